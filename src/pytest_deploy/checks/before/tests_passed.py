"""The tests of this commit passed

What is deployed is one commit, and it is that commit whose tests must have passed. The best evidence is this very run: the project's own
tests beside the checklist. Where they ran before, or are no tests of pytest, their reports in JUnit's XML format tell it: those of the
settings (`tests.reports`), else those in the usual places that git does not track. A report that is older than the commit speaks for
another one.

## Bad
```python app.py
def total(prices): return sum(prices)
```
```xml reports/junit.xml:3
<testsuites>
  <testsuite name="shop" tests="2">
    <testcase classname="tests.test_total" name="test_of_nothing"><failure message="1 is not 0"/></testcase>
    <testcase classname="tests.test_total" name="test_of_two"/>
  </testsuite>
</testsuites>
```

## Good
```python app.py
def total(prices): return sum(prices)
```
```git HEAD
```
```xml reports/junit.xml
<testsuites>
  <testsuite name="shop" tests="2">
    <testcase classname="tests.test_total" name="test_of_nothing"/>
    <testcase classname="tests.test_total" name="test_of_two"/>
  </testsuite>
</testsuites>
```

## References
- <https://docs.pytest.org/en/stable/how-to/output.html#creating-junitxml-format-files>
- <https://github.com/testmoapp/junitxml>
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from pytest_deploy.artifacts import test_results
from pytest_deploy.artifacts.identity import git
from pytest_deploy.artifacts.test_results import TestResults
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, SyntaxProblem, Unverified
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.tree import Tree

SHOWN = 20
"""More failed tests than these are counted."""


@check(after_tests=True)
def tests_passed(repository: Repository) -> Iterator[Finding]:
    """Ask this run, else the reports at hand."""
    if repository.own_tests is not None:
        yield from _failures(repository.own_tests, "this run")
        return
    head = _head(repository)
    patterns = repository.settings.tests.reports
    paths = test_results.reports(repository.tree, patterns or test_results.USUAL)
    if not patterns:
        tracked = set(git(repository.tree, "-c", "core.quotepath=off", "ls-files", "--", *paths).splitlines()) if paths else set()
        paths = tuple(path for path in paths if path not in tracked and test_results.is_report(repository.tree, path))
    if not paths:
        where = f"there is no report at {', '.join(patterns)}" if patterns else "no tests ran in this run, and there is no report of any"
        raise Unverified(f"{where}; run them with the checklist (--deploy-checks), or before it with --junitxml=reports/junit.xml")
    found = [finding for path in paths for finding in _reported(repository.tree, path, head)]
    yield from found
    if not found and head is None:
        raise Unverified(f"without git it cannot be told whether {', '.join(paths[:3])} is of this commit; run the gate in a clone")


def _reported(tree: Tree, path: str, head: datetime.datetime | None) -> Iterator[Finding]:
    try:
        results = test_results.read(tree, path)
    except SyntaxProblem as problem:
        yield Finding(f"the report of the tests cannot be read: {problem.message}", problem.place, "Let the tests write it anew.")
        return
    yield from _failures(results, "the report")
    if not results.passed and not results.failed:
        yield Finding("the report has no test that ran", Place(path), "See why the tests were not run.")
    if head is not None and results.written is not None and results.written < head:
        yield Finding(
            f"the report is of {_shown(results.written)}, older than the commit ({_shown(head)}): it speaks for another one",
            Place(path),
            "Run the tests of this commit, and let them write their report anew.",
        )


def _failures(results: TestResults, where: str) -> Iterator[Finding]:
    for one in results.failed[:SHOWN]:
        yield Finding(f"{one.name} failed in {where}", one.place, "Mend what the test found, or the test.")
    more = len(results.failed) - SHOWN
    if more > 0:
        yield Finding(f"{more} more failed in {where}", results.failed[SHOWN].place, "Mend what the tests found, or the tests.")


def _head(repository: Repository) -> datetime.datetime | None:
    """When HEAD was committed."""
    try:
        return datetime.datetime.fromisoformat(git(repository.tree, "log", "-1", "--format=%cI"))
    except ValueError:
        return None


def _shown(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
