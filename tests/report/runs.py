"""Runs to make reports of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_deploy.findings import Finding, Related
from pytest_deploy.places import Place
from pytest_deploy.report.result import PathStep, Result, Run

ROOT = Finding(
    "the final stage runs as root: no USER after FROM python:3.13-slim",
    Place("svc/Dockerfile", 12, 1, 12),
    "Add a USER that is not root behind the last instruction that needs root.",
    (Related("the stage begins here", Place("svc/Dockerfile", 9, 1)),),
)
PATH = (
    PathStep("push main"),
    PathStep("test", "✓"),
    PathStep("build", "✓"),
    PathStep("scan", "✗"),
    PathStep("staging", "✓"),
    PathStep("approval", "✓"),
    PathStep("production"),
)


def result(id: str = "nonroot-user", area: str = "container", subject: str = "svc/Dockerfile", **more: Any) -> Result:  # noqa: A002
    """A result, passed unless said otherwise."""
    return Result(**{"tier": "required", "node": f"{subject}::{id}", "outcome": "passed", **more}, id=id, area=area, subject=subject)


def many(count: int, area: str, **more: Any) -> list[Result]:
    """So many results of an area."""
    return [result(f"{area}-{more.get('outcome', 'passed')}-{number:03}", area, **more) for number in range(count)]


def run(*results: Result, **more: Any) -> Run:
    """A run of these results."""
    common = {"tool": "pytest-deploy 0.1.0", "target": "production", "commit": "0" * 40, "verdict": "go"}
    return Run(**{**common, **more}, results=results)


def shown() -> Run:
    """The run whose end the documentation shows."""
    results = [
        *many(9, "pipeline"),
        result("pipeline-scans-image", "pipeline", ".github/workflows/ci.yml", outcome="failed", findings=(ROOT,)),
        *many(1, "pipeline", outcome="advisory", tier="advisory"),
        *many(12, "container"),
        *many(2, "container", outcome="waived", waived=(ROOT,), reason="moves in Q1, OPS-123"),
        *many(5, "rollback", subject="checklist"),
        *many(1, "rollback", outcome="unverified", subject="checklist", reason="unverified: no tag of the version before; fetch the tags"),
    ]
    return run(
        *reversed(results),
        verdict="no-go",
        release_paths=(PATH,),
        expiring="2026-12-31",
        source_lines=(("svc/Dockerfile", 12, 'CMD ["app"]'),),
    )


def with_path(one: Run, path: tuple[PathStep, ...]) -> Run:
    """The same run with one more release path."""
    return replace(one, release_paths=(*one.release_paths, path))
