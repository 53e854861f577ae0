"""A deployment for tests of claims: a fault server, settings as a person writes them, and a repository."""

from __future__ import annotations

import contextlib
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from pytest_deploy.findings import Finding
from pytest_deploy.repository import Repository
from pytest_deploy.settings import Settings
from pytest_deploy.smoke.address import Address
from pytest_deploy.smoke.claims import ALL
from pytest_deploy.smoke.client import new_client
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.endpoints import Plan, plan
from pytest_deploy.smoke.version import Wanted
from smoke.fault_server import Behaviour, FaultServer

QUICK = "[health]\nanswers = 1\ntimeout = 5.0\n"


def settings_of(text: str) -> Settings:
    return msgspec.convert(tomllib.loads(text), Settings)


@contextlib.contextmanager
def repository(files: Mapping[str, str], settings: str = "") -> Iterator[Repository]:
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        yield Repository(Path(folder), settings_of(settings))


def plan_of(settings: str = "", files: Mapping[str, str] | None = None) -> Plan:
    """The plan of a repository with these settings in its deploy.toml."""
    with repository(files or {}, settings) as one:
        return plan(one, "deploy.toml", settings)


@contextlib.contextmanager
def deployment(server: FaultServer, settings: str = QUICK, *, url: str = "", **rest: Any) -> Iterator[Deployment]:
    planned = plan_of(settings)
    address = Address.parse(url or server.url)
    with new_client(address, planned.settings) as client:
        one = Deployment(planned, address, client, **rest)
        try:
            yield one
        finally:
            one.close()


def findings(
    claim: str,
    behaviours: Mapping[str, Behaviour] | Behaviour,
    settings: str = QUICK,
    *,
    wanted: Wanted | None = None,
    wait: float = 0.0,
    **server: Any,
) -> list[Finding]:
    """What a claim finds of all its subjects, the server's own address written ``http://it``."""
    found: list[Finding] = []
    with FaultServer(behaviours, **server) as one, deployment(one, settings, wanted=wanted, wait=wait) as deployed:
        for subject in ALL[claim].subjects(deployed.plan):
            for finding in ALL[claim].run(deployed, subject):
                found.append(Finding(finding.message.replace(one.url, "http://it"), finding.place, finding.hint))
    return found


def messages(*arguments: Any, **rest: Any) -> list[str]:
    return [one.message for one in findings(*arguments, **rest)]
