"""The JSON report, version 1: ``schema-1.json`` beside this file is its published schema.

Keys may be added within a version; none goes away or changes its meaning.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_deploy.findings import Finding
from pytest_deploy.places import Place
from pytest_deploy.report import deployed
from pytest_deploy.report.result import Result, Run

VERSION = 1


def render(run: Run) -> str:
    """The report as text, with a line feed at its end."""
    return json.dumps(data(run), indent=2, ensure_ascii=False) + "\n"


def data(run: Run) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "version": VERSION,
        "tool": run.tool,
        "title": run.title,
        "target": run.target,
        "commit": run.commit,
        "verdict": run.verdict,
        "because": list(run.because),
        "incomplete": run.incomplete,
        "release_paths": [[{"name": step.name, "mark": _MARKS[step.mark]} for step in path] for path in run.release_paths],
        **deployed.data(run),
        "checks": [_check(result) for result in run.ordered],
    }


_MARKS = {"": "", "✓": "holds", "✗": "missing"}


def _check(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "area": result.area,
        "tier": result.tier,
        "subject": result.subject,
        "node": result.node,
        "outcome": result.outcome,
        "reason": result.reason,
        "findings": [_finding(finding) for finding in result.findings],
        "waived": [_finding(finding) for finding in result.waived],
        "seconds": round(result.seconds, 6),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        **_place(finding.place),
        "message": finding.message,
        "hint": finding.hint,
        "related": [{**_place(one.place), "message": one.message} for one in finding.related],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.line if place.end_line is None else place.end_line,
    }
