"""A result as plain data on a pytest report, so that it gets from an xdist worker to the process that sums up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pytest_deploy.report.result import Result

if TYPE_CHECKING:
    from pytest_deploy.smoke.latency import Latency

_NAME = "deploy_result"
_SMOKE = "deploy_smoke"
_LATENCY = "deploy_latency"
_RULE = "deploy_rule"


def attach(report: pytest.TestReport, result: Result) -> None:
    """Put a result on a report. xdist sends every attribute of a report that is plain data."""
    setattr(report, _NAME, msgspec.to_builtins(result))


def result_of(report: pytest.TestReport | pytest.CollectReport) -> Result | None:
    """The result on a report; ``None`` where it is of another test."""
    data: Any = getattr(report, _NAME, None)
    return None if data is None else msgspec.convert(data, Result)


def outcome_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Its outcome alone; empty where the report is of another test."""
    data: Any = getattr(report, _NAME, None)
    return "" if data is None else str(data["outcome"])


def mark_smoke(report: pytest.TestReport, latency: Mapping[str, Latency]) -> None:
    """Note that a report is that of a smoke test, and the latencies that it took. (A report's keywords hold the names of folders, too.)"""
    setattr(report, _SMOKE, True)
    if latency:
        setattr(report, _LATENCY, {name: list(taken.samples) for name, taken in latency.items()})


def is_smoke(report: pytest.TestReport) -> bool:
    """Whether a report is that of a smoke test."""
    return bool(getattr(report, _SMOKE, False))


def mark_rule(report: pytest.TestReport) -> None:
    """Note that a report is that of a rule about the repository, and no test of its program."""
    setattr(report, _RULE, True)


def is_rule(report: pytest.TestReport) -> bool:
    """Whether it is."""
    return bool(getattr(report, _RULE, False))


def latency_of(report: pytest.TestReport) -> dict[str, Latency]:
    """The latencies on a report, by endpoint."""
    from pytest_deploy.smoke.latency import Latency

    return {name: Latency(tuple(samples)) for name, samples in getattr(report, _LATENCY, {}).items()}
