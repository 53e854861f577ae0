"""Test a check of your own in one line: ``assert_examples(my_check)``.

The examples are those of the check's own documentation; :func:`run_check` runs it on files that you give.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_deploy.checks.documentation import Commit, Example, examples
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


def run_check(
    check: Check | Any, files: Mapping[str, str], *, settings: Settings | None = None, commits: Sequence[Commit] = ()
) -> tuple[Outcome, ...]:
    """What ``check`` (a check, or the decorated function) says of each of its subjects in a repository made of ``files``.

    With ``commits`` it is a repository of git with that history, and files that none of them has are not tracked.
    """
    one = check if isinstance(check, Check) else from_function(check)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for commit in commits:
            _write(folder, {path: files[path] for path in commit.paths})
            _commit(folder, commit)
        committed = {path for commit in commits for path in commit.paths}
        _write(folder, {path: text for path, text in files.items() if path not in committed})
        repository = Repository(folder, settings)
        return tuple(outcome_of(one, name, subject, repository) for name, subject in repository.subjects(one.subject))


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


def _commit(folder: Path, commit: Commit) -> None:
    # Nothing of the settings of whoever runs the tests: they may sign, or run hooks.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    author = ("-c", "user.name=Example", "-c", "user.email=example@example.org")
    commands = [("init", "--quiet", "--initial-branch=main"), ("add", "--all")]
    commands += [(*author, "commit", "--quiet", "--allow-empty", "--message", commit.tag or "A change")]
    commands += [("tag", commit.tag)] if commit.tag else []
    for words in commands:
        subprocess.run(["git", *words], cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603, S607  # words of this module, and git is found on PATH


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
    outcomes = run_check(check, example.files, commits=example.commits)
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
