"""Running one check on one subject: what it said, whatever happens in it, with no secret in it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any, Literal

from pytest_deploy.checks.registry import Check
from pytest_deploy.findings import Finding, NotApplicable, Related, Unverified
from pytest_deploy.places import Place
from pytest_deploy.secrets import mask


@dataclass(frozen=True, slots=True)
class Task:
    """One check on one subject. ``trouble`` is the exception that kept the subject from being read at all."""

    check: Check
    subject: str
    model: Any
    trouble: Exception | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check said of a subject, before waivers and settings. ``trace`` is where an error came from."""

    outcome: Literal["passed", "failed", "unverified", "not-applicable", "error"]
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    trace: str = ""


def answer(task: Task, repository: Any, parses: str | None) -> Answer:
    """Run a check. ``parses`` is the id of the check that says whether such a file can be read (``None``: there is none).

    Never raises: an exception in a check is an answer too.
    """
    started = time.perf_counter()
    try:
        if task.trouble is not None:
            raise task.trouble
        _refuse_broken(task, parses)
        findings = tuple(_clean(one) for one in task.check(task.model, repository))
    except NotApplicable as reason:
        return Answer("not-applicable", mask(str(reason)), seconds=time.perf_counter() - started)
    except Unverified as reason:
        return Answer("unverified", mask(str(reason)), seconds=time.perf_counter() - started)
    except _Broken as broken:
        return Answer("failed", findings=broken.findings, seconds=time.perf_counter() - started)
    except Exception as error:  # one check's fault must not take the others along
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        trace = "".join(traceback.format_exception(error))
        return Answer("error", mask(said), seconds=time.perf_counter() - started, trace=mask(trace))
    return Answer("failed" if findings else "passed", "", findings, time.perf_counter() - started)


class _Broken(Exception):
    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__()
        self.findings = findings


def _refuse_broken(task: Task, parses: str | None) -> None:
    """A file that cannot be read fails once, in the check for just that; of nothing else in it anything can be said."""
    if not getattr(task.model, "broken", False) or task.check.id == parses:
        return
    if parses is not None:
        raise Unverified(f"{task.subject} cannot be read; {task.subject}::{parses} says where")
    problems = getattr(task.model, "problems", ())
    raise _Broken(tuple(_clean(Finding(f"the file cannot be read: {one.message}", one.place, "Mend the file.")) for one in problems))


def _clean(finding: Finding) -> Finding:
    """The same with plain, masked text: it is shown, stored and sent to other processes."""
    related = tuple(Related(mask(str(one.message)), _plain(one.place)) for one in finding.related)
    return Finding(mask(str(finding.message)), _plain(finding.place), mask(str(finding.hint)), related, finding.advisory)


def _plain(place: Place) -> Place:
    return Place(str(place.path), place.line, place.column, place.end_line)
