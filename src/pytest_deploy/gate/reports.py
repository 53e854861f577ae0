"""The reports that ``--deploy-report`` asks for, and what GitHub Actions is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_deploy import report
from pytest_deploy.gate.configuration import did_you_mean
from pytest_deploy.report.result import Run

_ANNOTATE_FAILURES = ("pytest_github_actions_annotate_failures", "pytest_github_actions_annotate_failures.plugin")
"""The names of that plugin: as it is found by itself, and as it is named with ``-p``."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that was asked for."""

    format: str
    path: Path


def wanted(config: pytest.Config) -> tuple[Wanted, ...]:
    """The reports of the command line.

    Raises ``pytest.UsageError`` for one without a path and for a format that does not exist.
    """
    known = report.names(formats(config))
    out = []
    for value in config.option.deploy_report or ():
        name, colon, path = value.partition(":")
        if name not in known:
            raise pytest.UsageError(
                f"--deploy-report {value}: there is no format {name!r}{did_you_mean(name, known)}; one of {', '.join(known)}"
            )
        if not colon or not path:
            raise pytest.UsageError(f"--deploy-report {value}: where to? Write {name}:PATH")
        out.append(Wanted(name, config.invocation_params.dir / path))
    return tuple(out)


def formats(config: pytest.Config) -> dict[str, Callable[[Run], str]]:
    """The formats that hooks added."""
    found: dict[str, Callable[[Run], str]] = {}
    for given in config.hook.pytest_deploy_reports(config=config):
        found.update(given or {})
    return found


def write(config: pytest.Config, run: Run, reports: tuple[Wanted, ...]) -> None:
    """Write them. Raises ``pytest.UsageError`` when a file cannot be written."""
    for one in reports:
        try:
            report.write(run, one.format, one.path, formats(config))
        except OSError as error:
            raise pytest.UsageError(f"--deploy-report {one.format}:{one.path}: {error.strerror}") from None
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if on_github() and summary:
        from pytest_deploy.report import github

        try:
            github.append_summary(run, Path(summary))
        except OSError as error:
            raise pytest.UsageError(f"GITHUB_STEP_SUMMARY={summary}: {error.strerror}") from None


def on_github() -> bool:
    """Whether this is a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def workflow_commands(config: pytest.Config, run: Run, root: Path) -> list[str]:
    """The workflow commands to print; none outside of GitHub Actions."""
    if not on_github():
        return []
    from pytest_deploy.report import github

    checkout = os.environ.get("GITHUB_WORKSPACE")
    folder = os.path.relpath(root, checkout) if checkout else ""
    others = any(config.pluginmanager.hasplugin(name) for name in _ANNOTATE_FAILURES)
    return github.annotate(run, "" if folder == "." else folder, failures_annotated=others)
