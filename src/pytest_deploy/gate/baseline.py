"""A list of the findings that an old repository already has: they are waived, what is new fails."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_deploy.findings import Finding
from pytest_deploy.gate.evaluation import Task

if TYPE_CHECKING:
    from pytest_deploy.gate.engine import Gate

VERSION = 1


class Baseline:
    """The findings of a baseline file, told by what they are about and not by their line, which moves."""

    def __init__(self, path: Path, known: Counter[str]) -> None:
        self.path = path
        self._known = known

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Raises ``pytest.UsageError`` when the file cannot be read or is no baseline."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            known = Counter(str(one["fingerprint"]) for one in data["findings"])
            version = data["version"]
        except OSError as error:
            raise pytest.UsageError(f"--deploy-baseline {path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            raise pytest.UsageError(f"--deploy-baseline {path}: this is no baseline; --deploy-write-baseline writes one") from None
        if version != VERSION:
            raise pytest.UsageError(f"--deploy-baseline {path}: version {version} is not known here; write it again")
        return cls(path, known)

    def reason(self, task: Task, finding: Finding, gate: Gate) -> str:
        """Why a finding is waived (empty: it is not). Of findings that are alike only as many as are listed."""
        alike = [one for one in fingerprints(task, gate.answer(task).findings, gate) if one[1] == fingerprint(task, finding, gate)]
        place = next(index for index, (one, _) in enumerate(alike) if one is finding)
        return f"in the baseline {self.path.name}" if place < self._known[alike[place][1]] else ""


def fingerprints(task: Task, findings: Iterable[Finding], gate: Gate) -> list[tuple[Finding, str]]:
    """Every finding with its fingerprint."""
    return [(one, fingerprint(task, one, gate)) for one in findings]


def fingerprint(task: Task, finding: Finding, gate: Gate) -> str:
    """What stays the same about a finding when lines move: the check, the file, what the message says, and the text of the line."""
    parts = (task.check.id, task.subject, finding.place.path, finding.message, gate.source_line(finding.place.path, finding.place.line))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def write(path: Path, findings: Iterable[tuple[Task, Finding]], gate: Gate) -> int:
    """Write a baseline of ``findings``; how many they are. Raises ``OSError``."""
    entries = sorted(
        (
            {"check": task.check.id, "subject": task.subject, "message": one.message, "fingerprint": fingerprint(task, one, gate)}
            for task, one in findings
        ),
        key=lambda entry: (entry["check"], entry["subject"], entry["fingerprint"]),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(entries)
