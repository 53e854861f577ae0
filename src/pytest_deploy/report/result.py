"""The result of a run as plain data: what every report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_deploy.findings import Finding

Outcome = Literal["passed", "failed", "advisory", "waived", "unverified", "not-applicable", "error"]
Verdict = Literal["go", "no-go", "incomplete"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one check on one subject. ``seconds`` is the time it took; ``fingerprint``-like identities are (id, subject)."""

    id: str
    area: str
    tier: Literal["required", "advisory"]
    subject: str
    node: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PathStep:
    """One station of a release path: a job or a gate; ``mark`` is ``✓``, ``✗`` or empty."""

    name: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run. ``release_paths`` are the ways to the environments, each a row of stations; ``incomplete`` says why the run
    does not speak for the
    whole gate (empty: it does). ``expiring`` is the nearest date at which a waiver ends (ISO)."""

    tool: str
    target: str
    commit: str
    verdict: Verdict
    results: tuple[Result, ...]
    release_paths: tuple[tuple[PathStep, ...], ...] = ()
    incomplete: str = ""
    expiring: str = ""
    other_failures: int = 0
    """How many of the project's own tests failed in the same run."""
    source_lines: tuple[tuple[str, int, str], ...] = ()
    """(path, line, text) of every finding, secrets masked."""
