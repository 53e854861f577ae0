"""A smoke run over many slow endpoints, and the same with a client that asks for one after another."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import PYTEST, ROOT, Command

_OTHERS = ("anyio", "hypothesispytest", "pytest_cov", "pytest_github_actions_annotate_failures", "xdist", "xdist.looponfail")
ALONE = (*PYTEST, *(word for name in _OTHERS for word in ("-p", f"no:{name}")))
"""pytest with no plugins but this one and pytest-base-url."""

SERIAL = """\
import httpx
import pytest


@pytest.fixture(scope="session")
def client(base_url):
    with httpx.Client(base_url=base_url, trust_env=False) as client:
        yield client


@pytest.mark.smoke
@pytest.mark.parametrize("path", [f"/endpoints/{number}" for number in range({count})])
def test_it_answers(client, path):
    assert client.get(path).status_code == 200
"""


@contextlib.contextmanager
def slow_service() -> Iterator[str]:
    """The service, and its URL."""
    words = [sys.executable, "-m", "benchmarks.slow_service"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        yield service.stdout.readline().strip()
        service.communicate("")


def ours(folder: Path, url: str, count: int) -> Command:
    """The smoke run: the endpoints are in the settings."""
    folder.mkdir()
    health = '[health]\npath = "/endpoints/0"\nanswers = 1\n'
    entries = "".join(f'[[smoke]]\npath = "/endpoints/{number}"\n' for number in range(count))
    (folder / "deploy.toml").write_text(health + entries)
    return Command((*ALONE, "-m", "smoke", "--base-url", url, f"--rootdir={folder}"), folder)


def serial(folder: Path, url: str, count: int) -> Command:
    """As many tests with a client of httpx, without this plugin."""
    folder.mkdir()
    (folder / "test_endpoints.py").write_text(SERIAL.replace("{count}", str(count)))
    return Command((*ALONE, "-p", "no:deploy", "-m", "smoke", "--base-url", url, "-W", "ignore", f"--rootdir={folder}"), folder)
