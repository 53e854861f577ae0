"""What became of a project's tests: reports in JUnit's XML format, as nearly every test runner writes them.

There is no standard of it; what is read is common to the runners that write it (pytest, Surefire, Gradle, Jest, Mocha, PHPUnit, RSpec,
gotestsum, .NET): a ``testcase`` that holds a ``failure`` or an ``error`` failed, one with ``skipped`` did not run.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

LARGEST = 100_000_000
"""A report with more bytes than this is not read."""

USUAL = (
    "junit*.xml",
    "test-results.xml",
    "test-report.xml",
    "reports/junit*.xml",
    "reports/junit/*.xml",
    "reports/test*.xml",
    "test-results/*.xml",
    "test-results/*/*.xml",
    "test-reports/*.xml",
    "coverage/junit*.xml",
    "build/test-results/*/*.xml",
    "*/build/test-results/*/*.xml",
    "target/surefire-reports/TEST-*.xml",
    "target/failsafe-reports/TEST-*.xml",
    "*/target/surefire-reports/TEST-*.xml",
    "*/target/failsafe-reports/TEST-*.xml",
)
"""Where test runners write their reports, as globs from the root of the repository."""


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed, and where that stands."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class TestResults:
    """How many tests passed, and which failed; ``skipped`` ones did not run. ``written`` is when that was known (``None``: just now)."""

    __test__ = False  # pytest takes it for a class of tests by its name

    path: str
    passed: int
    failed: tuple[FailedTest, ...] = ()
    skipped: int = 0
    written: datetime.datetime | None = None


def reports(tree: Tree, patterns: Iterable[str]) -> tuple[str, ...]:
    """The files that match one of the globs, sorted. They need not belong to the repository: most are ignored by git."""
    found: set[str] = set()
    for pattern in patterns:
        for path in tree.root.glob(pattern):
            if path.is_file() and path.resolve().is_relative_to(tree.root):
                found.add(path.relative_to(tree.root).as_posix())
    return tuple(sorted(found))


def is_report(tree: Tree, path: str) -> bool:
    """Whether a file begins as such a report does."""
    try:
        with (tree.root / path).open("rb") as file:
            start = file.read(2_000)
    except OSError:
        return False
    return b"<testsuite" in start


def read(tree: Tree, path: str) -> TestResults:
    """Read a report. It was written when its suites say, if they give an offset from UTC, else when the file was last changed.

    Raises ``SyntaxProblem`` at its place when it is no XML, declares a document type, has no test suite, or is too large.
    """
    full = tree.root / path
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: reading.start(name, attributes, _here(path, parser))
    parser.EndElementHandler = reading.end
    parser.StartDoctypeDeclHandler = lambda *_: _refuse(_here(path, parser))
    try:
        size, changed = _status(full)
        if size > LARGEST:
            raise SyntaxProblem(f"the report has {size:,} bytes, more than the {LARGEST:,} that are read", Place(path))
        with full.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise SyntaxProblem(f"this is no XML: {expat.ErrorString(error.code)}", Place(path, error.lineno, error.offset + 1)) from None
    except (ValueError, LookupError):  # an encoding that Python does not know
        raise SyntaxProblem("the report is in an encoding that cannot be read", Place(path)) from None
    except OSError as error:
        raise SyntaxProblem(f"the report cannot be read: {error.strerror}", Place(path)) from None
    if not reading.suites:
        raise SyntaxProblem("this is no report of tests: it holds no testsuite", Place(path))
    passed = reading.tests - len(reading.failed) - reading.skipped
    return TestResults(path, passed, tuple(reading.failed), reading.skipped, max(reading.times, default=changed))


def _status(path: Path) -> tuple[int, datetime.datetime]:
    status: os.stat_result = path.stat()
    return status.st_size, datetime.datetime.fromtimestamp(status.st_mtime, datetime.UTC)


def _here(path: str, parser: expat.XMLParserType) -> Place:
    return Place(path, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)


def _refuse(place: Place) -> None:
    # No runner writes one, and entities that double themselves need one.
    raise SyntaxProblem("the report declares a document type, which reports of tests have no use for", place)


@dataclass(slots=True)
class _Reading:
    suites: int = 0
    tests: int = 0
    skipped: int = 0
    failed: list[FailedTest] = field(default_factory=list)
    times: list[datetime.datetime] = field(default_factory=list)
    _case: FailedTest | None = None
    _outcome: str = ""

    def start(self, name: str, attributes: dict[str, str], place: Place) -> None:
        if name in ("testsuite", "testsuites"):
            self.suites += 1
            self._note_time(attributes.get("timestamp", ""))
        elif name == "testcase":
            self.tests += 1
            parts = [part for part in (attributes.get("classname", ""), attributes.get("name", "")) if part]
            self._case = FailedTest("::".join(parts) or "a test without a name", place)
            self._outcome = ""
        elif name in ("failure", "error") and self._case is not None:
            self._outcome = "failed"
        elif name == "skipped" and self._case is not None and not self._outcome:
            self._outcome = "skipped"

    def end(self, name: str) -> None:
        if name != "testcase" or self._case is None:
            return
        if self._outcome == "failed":
            self.failed.append(self._case)
        self.skipped += self._outcome == "skipped"
        self._case = None

    def _note_time(self, text: str) -> None:
        try:
            time = datetime.datetime.fromisoformat(text)
        except ValueError:
            return
        if time.tzinfo is not None:  # without an offset it may be any zone's
            self.times.append(time)
