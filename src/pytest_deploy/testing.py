"""Test a check of your own in one line: ``assert_examples(my_check)``.

The examples are those of the check's own documentation; :func:`run_check` runs it on files that you give.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_deploy.checks.documentation import Example, examples
from pytest_deploy.checks.registry import Check, from_function
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.repository import Repository
from pytest_deploy.settings import Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said of one subject: ``passed``, ``failed``, ``not-applicable`` or ``unverified``."""

    subject: str
    outcome: str
    reason: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of the findings."""
        return tuple(finding.place.line for finding in self.findings)


def run_check(check: Check | Any, files: Mapping[str, str], *, settings: Settings | None = None) -> tuple[Outcome, ...]:
    """What ``check`` (a check, or the decorated function) says of each of its subjects in a repository made of ``files``."""
    one = check if isinstance(check, Check) else from_function(check)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        repository = Repository(Path(folder), settings)
        return tuple(outcome_of(one, name, subject, repository) for name, subject in repository.subjects(one.subject))


def outcome_of(check: Check, name: str, subject: Any, repository: Repository) -> Outcome:
    """What ``check`` says of one subject."""
    try:
        findings = tuple(check(subject, repository))
    except NotApplicable as reason:
        return Outcome(name, "not-applicable", str(reason))
    except Unverified as reason:
        return Outcome(name, "unverified", str(reason))
    return Outcome(name, "failed" if findings else "passed", "", findings)


def assert_examples(check: Check | Any) -> None:
    """Run the examples of a check's documentation: each bad one must be found at the lines that it marks and nowhere else,
    each good one must pass.

    Raises ``AssertionError`` that says which example and what came instead.
    """
    one = check if isinstance(check, Check) else from_function(check)
    found = examples(one.documentation)
    for kind in ("bad", "good"):
        if not any(example.kind == kind for example in found):
            raise AssertionError(f"{one.id}: its documentation has no {kind} example")
    for number, example in enumerate(found, 1):
        complaint = judge(one, example)
        if complaint:
            raise AssertionError(f"{one.id}, example {number} ({example.title or example.kind}): {complaint}")


def judge(check: Check, example: Example) -> str:
    """What is wrong with an example (empty: nothing)."""
    outcomes = run_check(check, example.files)
    got = {(finding.place.path, finding.place.line): finding.message for outcome in outcomes for finding in outcome.findings}
    said = "; ".join(
        f"{one.subject}: {one.outcome} {one.reason or [str(f.place) + ' ' + f.message for f in one.findings]}" for one in outcomes
    )
    if example.kind == "bad":
        if not example.expected:
            return "a bad example must mark a line: ```dockerfile Dockerfile:3"
        return "" if set(got) == example.expected else f"expected findings at {sorted(example.expected)}, got {said or 'no subject'}"
    if got or any(one.outcome == "unverified" for one in outcomes) or not any(one.outcome == "passed" for one in outcomes):
        return f"expected it to pass, got {said or 'no subject'}"
    return ""
