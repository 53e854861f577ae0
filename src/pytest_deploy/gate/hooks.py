"""Hooks by which a plugin or a ``conftest.py`` adds to the gate. All are optional, and what all give is taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_deploy.checks.registry import Check
    from pytest_deploy.pipelines.readers import Reader
    from pytest_deploy.report.result import Run
    from pytest_deploy.repository import Kind


@pytest.hookspec
def pytest_deploy_checks(config: pytest.Config) -> Iterable[Check | Callable[..., Any]]:  # type: ignore[empty-body]  # a specification
    """Further checks: functions under :func:`pytest_deploy.check`. An id that is taken is an error."""


@pytest.hookspec
def pytest_deploy_kinds(config: pytest.Config) -> Iterable[Kind]:  # type: ignore[empty-body]  # a specification
    """Further kinds of files that checks can be about."""


@pytest.hookspec
def pytest_deploy_readers(config: pytest.Config) -> Iterable[Reader]:  # type: ignore[empty-body]  # a specification
    """Readers of further CI systems: where their pipelines are, and how one becomes a ``Pipeline``. One that claims a file which a
    built-in reader knows, too, has it."""


@pytest.hookspec
def pytest_deploy_reports(config: pytest.Config) -> Mapping[str, Callable[[Run], str]]:  # type: ignore[empty-body]  # a specification
    """Further formats of ``--deploy-report``: name -> a function from a finished run to the text of the report."""
