"""Checks that ask what became of the project's own tests: they are run once all of these are over.

With xdist no worker knows it: there the item only says that its turn has come, and the controller, which hears of all tests, runs it in
the end.
"""

from __future__ import annotations

import os.path
from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_deploy.artifacts.test_results import FailedTest, TestResults
from pytest_deploy.gate import transport
from pytest_deploy.gate.collection import CheckItem, subjects
from pytest_deploy.gate.engine import Gate
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
        if not self.failed and all(isinstance(one, CheckItem) for one in item.session.items):
            return None
        if self._is_worker:
            item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        else:
            self._waiting.append(item)
        return True

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """On the controller: the turn of an item has come on a worker."""
        self._turns.append(nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """All tests are over: now they can be asked about. (A run that stops early raises here, and does not come this far.)"""
        result = yield
        if not self._is_worker and not self.config.option.collectonly:
            self._over = True
            if self.passed or self.failed:
                self.gate.repository.own_tests = TestResults("", len(self.passed), tuple(self.failed.values()), len(self.skipped))
            for item in self._waiting or self._remote(session):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return result

    def _remote(self, session: pytest.Session) -> list[CheckItem]:
        """The items whose turn came on workers; here nothing was collected."""
        turns = {self.gate.node(one.subject) + "::" + one.check.id: one for one in self.gate.tasks if one.check.after_tests}
        tasks = [turns[nodeid] for nodeid in dict.fromkeys(self._turns) if nodeid in turns]
        if not self.config.pluginmanager.has_plugin("dsession"):
            return []
        return [
            item
            for subject in subjects(session, self.gate, tasks)
            if isinstance(subject, pytest.Collector)
            for item in subject.collect()
            if isinstance(item, CheckItem)
        ]
