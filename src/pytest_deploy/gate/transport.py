"""A result as plain data on a pytest report, so that it gets from an xdist worker to the process that sums up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pytest_deploy.report.result import Result

_NAME = "deploy_result"


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
