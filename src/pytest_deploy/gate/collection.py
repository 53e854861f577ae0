"""The checklist as pytest nodes: ``Dockerfile::nonroot-user``, ``checklist::rollback-plan-documented``.

The nodes are added to what pytest's session collects, and not found by way of pytest's path arguments: those would be swallowed (an
argument that another one contains is dropped, and then ``.github`` is passed over as a hidden folder), and with them would come
the packages and conftest files on the way. What the paths on the command line leave of the gate is told by
:mod:`pytest_deploy.gate.selection`, so every id that is printed can be given back.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pytest_deploy.gate import text
from pytest_deploy.gate.engine import Gate
from pytest_deploy.gate.evaluation import Task
from pytest_deploy.gate.selection import CHECKLIST
from pytest_deploy.report.result import Result


def subjects(session: pytest.Session, gate: Gate, tasks: Iterable[Task]) -> Iterator[pytest.Collector]:
    """One node for each subject, in the order of their paths; the repository as a whole comes first."""
    grouped: dict[str, list[Task]] = {}
    for task in tasks:
        grouped.setdefault(task.subject, []).append(task)
    first = 0
    for subject in sorted(grouped, key=lambda one: (one != CHECKLIST, one)):
        yield Subject.from_parent(
            session,
            name=subject,
            nodeid=gate.node(subject),
            path=gate.root if subject == CHECKLIST else gate.root / subject,
            gate=gate,
            tasks=tuple(grouped[subject]),
            first=first,
        )
        first += len(grouped[subject])


class Subject(pytest.Collector):
    """A file of the repository, or the repository as a whole. ``first`` is the number of its first item.

    It is no ``pytest.File``: ``--lf`` passes over the files in which nothing failed by their paths, which would lose the checklist.
    """

    def __init__(self, *, gate: Gate, tasks: tuple[Task, ...], first: int, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # handed on as pytest gives it
        self.gate = gate
        self.tasks = tasks
        self.first = first

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each check."""
        for number, task in enumerate(self.tasks, self.first):
            yield CheckItem.from_parent(self, name=task.check.id, number=number, gate=self.gate, task=task)


class Failure(Exception):
    """A check that failed; the text is what people read."""


class CheckItem(pytest.Item):
    """One check on one subject. ``number`` is its place in the collected checklist."""

    def __init__(self, *, number: int, gate: Gate, task: Task, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # handed on as pytest gives it
        self.gate = gate
        self.task = task
        self.number = number
        self.result: Result | None = None
        check = task.check
        tier = "required" if gate.is_required(check) else "advisory"
        self.add_marker(_mark(check.area, check.id, tier))
        self.extra_keyword_matches.update((check.area, tier))

    def runtest(self) -> None:
        """Run the check; findings that stand are a failure, waived ones an expected one."""
        result = self.keep(self.gate.result(self.task))
        match result.outcome:
            case "failed" | "error":
                raise Failure(text.failure(result, self.gate, self._trace()))
            case "unverified" if self.gate.strict:
                raise Failure(text.unverified(result))
            case "unverified":
                pytest.skip(f"unverified: {result.reason}")
            case "not-applicable":
                pytest.skip(result.reason)
            case "waived":
                pytest.xfail(result.reason)
                raise Failure(text.failure(result, self.gate))  # only --runxfail comes here

    def keep(self, result: Result) -> Result:
        """Remember what became of the check; JUnit gets it as properties of the test case."""
        self.result = result
        self.user_properties = [(name, value) for name, value in self.user_properties if not name.startswith("deploy.")]
        for name, value in (("check", result.id), ("area", result.area), ("tier", result.tier), ("outcome", result.outcome)):
            self.user_properties.append((f"deploy.{name}", value))
        return result

    def _trace(self) -> str:
        if self.config.option.fulltrace or self.config.get_verbosity() >= 2:
            return self.gate.answer(self.task).trace
        return ""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]  # a str is all there is to say
        """The text of a failure. A plain string: plugins that annotate then take the place from the report, not from a traceback."""
        if isinstance(excinfo.value, Failure):
            return str(excinfo.value)
        return str(excinfo.getrepr(style="native"))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file, its first line (0-based), and a title."""
        return self.path, 0, self.location[2]

    @property
    def location(self) -> tuple[str, int, str]:
        """The same, with the path relative to pytest's root. pytest would work it out of :meth:`reportinfo`, for thousands of items."""
        return self.place(self.task.subject, 1)

    def place(self, path: str, line: int) -> tuple[str, int, str]:
        """Where a report points to: ``line`` (1-based) of a file of the repository.

        The title is no end of the node id: in one that is, pytest writes the dots of a file name as ``::``.
        """
        return self.gate.node(path), line - 1, f"{self.task.check.id}: {self.gate.node(self.task.subject)}"


@functools.cache
def _mark(area: str, check: str, tier: str) -> pytest.MarkDecorator:
    """The mark that all items of a check share."""
    return pytest.mark.deploy(area=area, id=check, tier=tier)
