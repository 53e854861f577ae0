"""The gate within a pytest run: it is collected, its results are gathered, and the end of the run gives the verdict."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_deploy.gate import baseline, memory, reports, text, transport, verdict
from pytest_deploy.gate.afterwards import Afterwards
from pytest_deploy.gate.collection import CheckItem, subjects
from pytest_deploy.gate.engine import Gate, gate_of
from pytest_deploy.gate.evaluation import Task
from pytest_deploy.gate.protocol import Protocol
from pytest_deploy.gate.scrubbing import scrub
from pytest_deploy.gate.selection import narrow, refuse_unknown
from pytest_deploy.report import terminal
from pytest_deploy.report.result import Result, Run

SHOWN = 20
"""More advisory findings than these are counted."""


def start(config: pytest.Config) -> None:
    """Switch the gate on. Raises ``pytest.UsageError`` for wrong settings and options."""
    config.pluginmanager.register(Session(config, gate_of(config)), "deploy-gate")
    config.pluginmanager.register(Protocol(config), "deploy-protocol")
    config.pluginmanager.register(Afterwards(config, gate_of(config)), "deploy-afterwards")  # asked before the protocol


class Session:
    """The hooks of a run with the gate in it."""

    def __init__(self, config: pytest.Config, gate: Gate) -> None:
        self.config = config
        self.gate = gate
        self.kept = memory.Kept(config)
        self.reports = reports.wanted(config)
        self.tasks: tuple[Task, ...] = ()
        self.results: list[Result] = []
        self.other_failures: set[str] = set()
        self.run: Run | None = None
        self.note = ""

    @property
    def is_worker(self) -> bool:
        """Whether this is a worker of xdist: the controller sums up."""
        return hasattr(self.config, "workerinput")

    # --- collection ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Read the repository, and leave pytest the arguments that are not ours."""
        with self._progress(), memory.resting():
            tasks = self.gate.tasks
        self.kept.set_aside()
        given = self.config.args if self.config.args_source is pytest.Config.ArgsSource.ARGS else []
        narrowing = narrow(
            given,
            invocation=self.config.invocation_params.dir,
            root=self.gate.root,
            subjects=self.gate.subjects,
            test_paths=self.config.getini("testpaths"),
        )
        self.tasks = tuple(
            task
            for task in tasks
            if self.gate.asked_for(task) and narrowing.admits(task.subject, task.check.id) and not self._ignored(task.subject)
        )
        others = list(narrowing.rest) if given else list(self.config.args)
        if self.config.option.deploy_only:
            refuse_unknown(narrowing.rest, self.config.invocation_params.dir)
            others = []
        self.config.args = others

    def _ignored(self, subject: str) -> bool:
        """Whether ``--ignore`` or ``--ignore-glob`` names a file."""
        if not self.config.option.ignore and not self.config.option.ignore_glob:
            return False
        full = self.gate.root / subject
        invocation = self.config.invocation_params.dir
        named = (Path(os.path.normpath(invocation / one)) for one in self.config.option.ignore or ())
        globs = (str(invocation / one) for one in self.config.option.ignore_glob or ())
        return any(full.is_relative_to(one) for one in named) or any(fnmatch.fnmatch(str(full), one) for one in globs)

    def _progress(self) -> Any:
        from pytest_deploy.gate.progress import reading

        return reading(self.config)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The checklist keeps its order, at the end, where another plugin shuffles tests; ``--ff`` comes after this."""
        checks = sorted((item for item in items if isinstance(item, CheckItem)), key=lambda item: item.number)
        items[:] = [*(item for item in items if not isinstance(item, CheckItem)), *checks]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The checklist comes after the tests of the project."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            report.result = [*report.result, *subjects(collector, self.gate, self.tasks)]
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Where nothing but the checklist runs, what is made stays."""
        if not self.config.option.deploy_only:
            return (yield)
        with memory.resting():
            done = yield
        self.kept.set_aside()
        return done

    # --- results -------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report and the report at the right place; mask secrets, those of the project's own tests too."""
        report = yield
        if isinstance(item, CheckItem):
            if call.excinfo is not None and report.failed and (item.result is None or report.when != "call"):
                # Another plugin failed around the check: that is no failure of the project's tests, and no verdict of the check.
                result = item.keep(item.gate.error(item.task, call.excinfo.value))
                report.user_properties = list(item.user_properties)
                self._complete(report, item, result)
            elif item.result is not None and report.when == "call":
                self._complete(report, item, item.result)
        scrub(report)
        return report

    def _complete(self, report: pytest.TestReport, item: CheckItem, result: Result) -> None:
        transport.attach(report, result)
        first = next(iter(result.findings or result.waived), None)
        path, line = (first.place.path, first.place.line) if first else (item.task.subject, 1)
        report.location = item.place(path, line)
        if isinstance(report.longrepr, tuple):
            report.longrepr = (str(self.gate.root / path), line, report.longrepr[2])

    def pytest_report_teststatus(self, report: pytest.TestReport | pytest.CollectReport) -> Any:
        """Advisory findings pass, and show."""
        if report.passed and transport.outcome_of(report) == "advisory":
            return "passed", "a", ("ADVISORY", {"yellow": True})
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather results, those of xdist's workers too."""
        result = transport.result_of(report)
        if result is not None:
            self.results.append(result)
        elif report.failed:
            self.other_failures.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test module that cannot be collected is a failure of the project's tests."""
        if report.failed:
            self.other_failures.add(report.nodeid)

    # --- the end -------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Sum up and write the reports; before the terminal does, and without it as well."""
        if self.is_worker or self.config.option.collectonly:
            return
        self.run = verdict.conclude(self.gate, self.results, len(self.other_failures))
        smoke: Any = self.config.pluginmanager.get_plugin("deploy-smoke")  # its end was before this one
        if smoke is not None and smoke.run is not None:
            self.run = verdict.with_smoke(self.run, smoke.run)
        reports.write(self.config, self.run, self.reports)
        if self.config.option.deploy_write_baseline:
            self.note = self._write_baseline(self.run)

    def _write_baseline(self, run: Run) -> str:
        path = self.config.invocation_params.dir / self.config.option.deploy_write_baseline
        if run.incomplete:
            return f"no baseline is written: {run.incomplete}"
        tasks = self.gate.by_key  # what is found of a deployment is no debt of the repository
        found = [(task, finding) for one in run.results if (task := tasks.get((one.id, one.subject))) for finding in one.findings]
        try:
            count = baseline.write(path, found, self.gate)
        except OSError as error:
            raise pytest.UsageError(f"--deploy-write-baseline {path}: {error.strerror}") from None
        return f"baseline: {count} finding{'' if count == 1 else 's'} written to {self.config.option.deploy_write_baseline}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, None, None]:
        """The verdict. What is not applicable is counted in the list of skipped tests, not listed: it is most of a large gate."""
        stats = terminalreporter.stats
        skipped = stats.get("skipped", [])
        listed = [one for one in skipped if transport.outcome_of(one) != "not-applicable"]
        calm = len(skipped) - len(listed) if self.config.get_verbosity() < 2 else 0
        if calm:
            stats["skipped"] = listed
        try:
            yield
        finally:
            if calm:
                stats["skipped"] = skipped
        if calm and terminalreporter.hasopt("skipped"):
            terminalreporter.write_line(f"{calm} not applicable (-vv lists them)")
        if self.run is not None:
            for line in self._summary(self.run, terminalreporter):
                terminalreporter.write_line(line)

    def _summary(self, run: Run, terminalreporter: Any) -> Iterator[str]:
        writer = self.config.get_terminal_writer()
        advisory = [one for one in run.results if one.outcome == "advisory"]
        if advisory and self.config.get_verbosity() >= 0:
            terminalreporter.write_sep("-", "advisory")
            lines = [f"{text.where(one)}  {one.message}  [{result.id}]" for result in advisory for one in result.findings]
            shown = len(lines) if self.config.get_verbosity() > 0 else SHOWN
            yield from lines[:shown]
            if len(lines) > shown:
                yield f"and {len(lines) - shown} more (-v lists them)"
        yield from terminal.lines(run, writer.fullwidth, writer.hasmarkup)
        if self.note:
            yield self.note
        yield from reports.workflow_commands(self.config, run, self.gate.root)
