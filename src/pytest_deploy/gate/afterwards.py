"""Checks that ask what became of the project's own tests: they are run once all of these are over.

With xdist no worker knows it: there the item only says that its turn has come, and the controller, which hears of all tests, runs it in
the end.
"""

from __future__ import annotations

import functools
import os.path
from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_deploy.artifacts.test_results import FailedTest, TestResults
from pytest_deploy.gate import transport
from pytest_deploy.gate.collection import CheckItem, subjects
from pytest_deploy.gate.engine import Gate
from pytest_deploy.gate.evaluation import Task
from pytest_deploy.places import Place
from pytest_deploy.report.result import CHECKLIST


class Afterwards:
    """Listens to the tests, and keeps the items that ask about them."""

    def __init__(self, config: pytest.Config, gate: Gate) -> None:
        self.config = config
        self.gate = gate
        self.passed: set[str] = set()
        self.skipped: set[str] = set()
        self.failed: dict[str, FailedTest] = {}
        self._waiting: list[CheckItem] = []
        self._turns: list[str] = []
        self._over = False

    @property
    def _is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    # --- listening -----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tests of the house's own rules are no tests of what is deployed."""
        report = yield
        if any(item.iter_markers("deploy_each")) or any(item.iter_markers("deploy_checks")):
            transport.mark_rule(report)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of a test."""
        if transport.outcome_of(report) or transport.is_smoke(report) or transport.is_rule(report):
            return
        if report.failed:
            self.failed[report.nodeid] = FailedTest(report.nodeid, self._place(report.location[0], report.location[1]))
        elif report.skipped:
            self.skipped.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be collected is a failure."""
        if report.failed:
            self.failed[report.nodeid] = FailedTest(f"{report.nodeid}: its collection", self._place(report.nodeid.partition("::")[0], 0))

    def _place(self, path: str, line: int | None) -> Place:
        within = Path(os.path.relpath(self.config.rootpath / path, self.gate.root)).as_posix()
        return Place(CHECKLIST if within.startswith("..") else within, (line or 0) + 1)

    # --- their turn ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Keep an item back while there may be tests that are not over."""
        if self._over or not isinstance(item, CheckItem) or not item.task.check.after_tests:
            return None
        others = [one for one in item.session.items if not isinstance(one, CheckItem)]
        if self._is_worker and (others or self.failed):
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
            return True
        if others and others[-1] in item.session.items[item.session.items.index(item) :]:  # something else has ordered them
            self._waiting.append(item)
            return True
        self._tell()
        return None

    def _tell(self) -> None:
        if self.passed or self.failed:
            self.gate.repository.own_tests = TestResults("", len(self.passed), tuple(self.failed.values()), len(self.skipped))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """On the controller: the turn of an item has come on a worker."""
        if nodeid in self._by_node and self.config.pluginmanager.has_plugin("dsession"):
            self._turns.append(nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """All tests are over: now they can be asked about. (A run that stops early raises here, and does not come this far.)"""
        result = yield
        if not self._is_worker and not self.config.option.collectonly:
            self._over = True
            self._tell()
            for item in self._waiting or self._remote(session):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return result

    def _remote(self, session: pytest.Session) -> list[CheckItem]:
        """The items whose turn came on workers; here nothing was collected."""
        tasks = [self._by_node[nodeid] for nodeid in dict.fromkeys(self._turns)]
        return [item for subject in subjects(session, self.gate, tasks) for item in subject.collect() if isinstance(item, CheckItem)]

    @functools.cached_property
    def _by_node(self) -> dict[str, Task]:
        return {f"{self.gate.node(one.subject)}::{one.check.id}": one for one in self.gate.tasks if one.check.after_tests}
