"""``--deploy-list``, ``--deploy-explain`` and ``--deploy-init``: what prints or writes something, and stops."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_deploy.checks.registry import AREAS, Check
from pytest_deploy.gate.configuration import did_you_mean
from pytest_deploy.gate.engine import Gate, gate_of


def main(config: pytest.Config) -> int:
    """Run the one that was asked for; the exit code. Raises ``pytest.UsageError`` for a check that does not exist."""
    gate = gate_of(config)
    if config.option.deploy_explain is not None:
        lines: Iterator[str] = iter(explain(gate, config.option.deploy_explain))
    elif config.option.deploy_init:
        lines = initialise(gate.root)
    else:
        lines = listed(gate)
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


def listed(gate: Gate) -> Iterator[str]:
    """The checks by area: id, tier (as the settings have it), and what each claims."""
    from pytest_deploy.smoke.claims import ALL

    rows = [(one.area, one.id, "required" if gate.is_required(one) else "advisory", one.summary) for one in gate.checks]
    rows += [("smoke", one.id, one.tier, one.summary) for one in ALL.values()]
    wide = max(len(name) for _, name, _, _ in rows)
    for number, area in enumerate(AREAS, 1):
        found = [row for row in rows if row[0] == area]
        if found:
            yield f"{number} {area}"
        for _, name, tier, summary in found:
            yield f"  {name:{wide}}  {tier}  {summary}"


def explain(gate: Gate, name: str) -> list[str]:
    """The documentation of a check, or of a claim about a running deployment."""
    from pytest_deploy.smoke.claims import ALL

    if name in ALL:
        return [f"{name}  ({AREAS.index('smoke') + 1} smoke, {ALL[name].tier})", "", ALL[name].documentation.rstrip()]
    check: Check | None = next((one for one in gate.checks if one.id == name), None)
    if check is None:
        raise pytest.UsageError(f"--deploy-explain: there is no check {name!r}{did_you_mean(name, gate.ids | ALL.keys())}")
    tier = "required" if gate.is_required(check) else "advisory"
    return [f"{check.id}  ({AREAS.index(check.area) + 1} {check.area}, {tier})", "", check.documentation.rstrip()]


def initialise(root: Path) -> Iterator[str]:
    """Write the starting files that are missing. What is there is never touched."""
    for path, text, others in (
        ("SECURITY_CHECKLIST.md", _CHECKLIST, ("docs/SECURITY_CHECKLIST.md", ".github/SECURITY_CHECKLIST.md")),
        ("docs/rollback.md", _ROLLBACK, ("ROLLBACK.md", "docs/ROLLBACK.md")),
    ):
        there = next((one for one in (path, *others) if (root / one).exists()), None)
        if there:
            yield f"{there} is there already"
        else:
            yield _write(root / path, path, text)
    pyproject = root / "pyproject.toml"
    if (root / "deploy.toml").exists() or (pyproject.is_file() and "[tool.pytest-deploy" in pyproject.read_text("utf-8", "replace")):
        yield "settings are there already"
    else:
        yield _write(root / "deploy.toml", "deploy.toml", _SETTINGS)


def _write(file: Path, path: str, text: str) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8", newline="\n") as opened:
        opened.write(text)
    return f"{path} written"


_SETTINGS = """\
# Settings of the deployment gate (pytest --deploy-only). Everything has a default; these are the ones most often changed.
target = "production"
# ignore = ["pipeline-image-tag-immutable"]   # check ids (with *) or areas
# required = ["pipeline-actions-pinned"]      # promote: a finding fails the run
# advisory = ["pipeline-runs-typecheck"]      # demote: a finding is shown only

# [[waivers]]
# check = "nonroot-user"
# path = "legacy/**"
# reason = "moves in Q1, OPS-123"
# expires = 2027-01-31
"""

_CHECKLIST = """\
# Security checklist

Tick what holds for this release; strike through (`~~…~~`) what does not apply, and say why.

- [ ] Dependencies have no known critical vulnerability
- [ ] Secrets come from a secret store, and none is in the repository
- [ ] Every endpoint that changes something needs a login
- [ ] Input from outside is validated; output is escaped
- [ ] Logs hold no personal data and no secret
- [ ] Access to production is limited to those who need it
"""

_ROLLBACK = """\
# Rollback plan

Fill in every section; the gate looks for each of them.

## Decision
Who decides to roll back, and how to reach them.

## Previous version
How to find the version that ran before.

## Command
The command that puts it back.

## Database
Whether the migrations of the release can be undone, and how.

## Caches
What becomes of caches.

## Rehearsal
The date on which this was last rehearsed.
"""
