"""Smoke tests within a pytest run: what is known of the deployment, the built-in claims, and what each test came to.

A smoke run in which nothing ran proves nothing: it is not a success. What is done at the end is in :mod:`.smoke_end`.
"""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_deploy.gate import reports, smoke_asked, smoke_end, text, transport
from pytest_deploy.gate.engine import Gate, gate_of
from pytest_deploy.gate.progress import Told
from pytest_deploy.gate.scrubbing import scrub
from pytest_deploy.report import terminal
from pytest_deploy.report.result import Result, Run
from pytest_deploy.settings import LatencySettings
from pytest_deploy.smoke import endpoints, version
from pytest_deploy.smoke.address import Address
from pytest_deploy.smoke.failures import SmokeFailure

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from pytest_deploy.smoke.deployment import Deployment
    from pytest_deploy.smoke.latency import Latency

_KEY = pytest.StashKey["SmokeRun"]()
_RESULT = pytest.StashKey[Result]()
_NODE = endpoints.NODE


def start(config: pytest.Config, options: Sequence[str]) -> None:
    """Take part where this is a smoke run. ``options`` are the destinations of those that only a smoke run can do.

    Raises ``pytest.UsageError`` for a base URL that is none, and for options that this run cannot do.
    """
    if smoke_asked.is_asked(config, options):
        run = SmokeRun(config, smoke_asked.base_url(config), asked=smoke_asked.by_mark(config))
        config.stash[_KEY] = run
        config.pluginmanager.register(run, "deploy-smoke")


class SmokeRun:
    """A run against a deployment. ``url`` is the base URL as it was given, empty where none is; ``wanted`` are the names of the claims
    that the command line leaves (``None``: all).

    ``results`` are those of the claims by node, ``ran`` the smoke tests that ran, ``failed`` those of the project's own that failed,
    ``others_failed`` its failures in all; ``left_out`` counts smoke tests that were deselected; ``latency`` is what was measured. ``run``
    is the verdict, once there is one, and ``notes`` are lines about it.
    """

    def __init__(self, config: pytest.Config, url: str, *, asked: bool) -> None:
        self.config = config
        self.url = url
        self.asked = asked
        self.wanted: frozenset[str] | None = None
        self.results: dict[str, Result] = {}
        self.ran: set[str] = set()
        self.failed: set[str] = set()
        self.others_failed: set[str] = set()
        self.left_out = 0
        self.latency: dict[str, Latency] = {}
        self.run: Run | None = None
        self.notes: list[str] = []
        self._ahead: list[endpoints.Endpoint] = []
        self._deployments: dict[str, tuple[Deployment, httpx.Client]] = {}
        self._reports = reports.wanted(config)
        if url:
            try:
                self.address = Address.parse(url)
            except SmokeFailure as wrong:
                raise pytest.UsageError(f"--base-url: {wrong}") from None

    @functools.cached_property
    def gate(self) -> Gate:
        """Settings and repository."""
        return gate_of(self.config)

    @functools.cached_property
    def plan(self) -> endpoints.Plan:
        """What there is to ask."""
        found = self.gate.configuration
        return endpoints.plan(self.gate.repository, found.path, found.text, recording=self.is_recording)

    @property
    def shown(self) -> str:
        """The base URL, its secrets masked."""
        return str(self.address)

    @property
    def is_worker(self) -> bool:
        """Whether this is a worker of xdist: the controller sums up."""
        return hasattr(self.config, "workerinput")

    @property
    def is_recording(self) -> bool:
        """Whether a baseline of latencies is to be made."""
        return bool(self.config.option.deploy_record_baseline)

    @property
    def baseline(self) -> Path:
        """The file with the latencies of before."""
        return self.gate.root / (self.gate.settings.latency or LatencySettings()).baseline

    @functools.cached_property
    def version(self) -> version.Wanted | None:
        """The version that must run."""
        given = self.config.option.deploy_version
        return version.given(given, self.gate.root) if given else version.of_head(self.gate.root)

    @property
    def deployment(self) -> Deployment:
        """The deployment at the base URL. Raises ``SettingsProblem`` where it cannot be asked as things are set up."""
        return self.at(self.address)

    def at(self, address: Address) -> Deployment:
        """The deployment at an address (a ``base_url`` fixture may give another); its client is made when it is first asked."""
        if address.url not in self._deployments:
            from pytest_deploy.smoke.client import new_client
            from pytest_deploy.smoke.deployment import Deployment

            client = new_client(address, self.gate.settings, root=self.gate.root)
            made = Deployment(
                self.plan,
                address,
                client,
                wait=self.config.option.deploy_wait or 0.0,
                wanted=self.version,
                ahead=self._ahead if self.url and address == self.address else (),
                tell=Told(self.config, f"waiting for {address}: ").line,
                baseline=self.baseline,
                recording=self.is_recording,
            )
            self._deployments[address.url] = made, client
        return self._deployments[address.url][0]

    def wait(self, address: Address) -> None:
        """Wait for the deployment, once, where ``--deploy-wait`` asks for it; a test fails where it did not become healthy."""
        if not self.config.option.deploy_wait:
            return
        try:
            why = self.at(address).unready()
        except SmokeFailure as wrong:
            pytest.fail(str(wrong), pytrace=False)
        if why:
            pytest.fail(f"not asked, since the deployment did not become healthy: {why}", pytrace=False)

    def keep(self, item: pytest.Item, result: Result) -> None:
        """Remember the result of a claim until its report is made."""
        item.stash[_RESULT] = result

    @pytest.hookimpl(wrapper=True)
    def pytest_report_header(self) -> Generator[None, list[str | list[str]], list[str | list[str]]]:
        """pytest-base-url shows the base URL as it was given: a password in it is masked."""
        headers = yield
        return [self._masked(one) if isinstance(one, str) else [self._masked(line) for line in one] for one in headers]

    def _masked(self, line: str) -> str:
        return line.replace(self.url, self.shown) if self.url else line

    # --- collection ------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Leave pytest the arguments that are not ours."""
        ours = [one for one in self.config.args if one == _NODE or one.startswith(f"{_NODE}::")]
        ours = [one for one in ours if not (self.config.invocation_params.dir / _NODE).exists()]
        if not ours:
            return
        if _NODE not in ours:
            self.wanted = frozenset(one.partition("::")[2] for one in ours)
        self.config.args = [one for one in self.config.args if one not in ours]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """The claims come first: there is no use in asking more of what is not up."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed and self.url:
            from pytest_deploy.gate.smoke_items import Claims

            node = Claims.from_parent(collector, name=_NODE, nodeid=_NODE, path=self.gate.root, run=self)
            report.result = [node, *report.result]
        return report

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The claims keep their order where another plugin shuffles tests: health first, what measures last."""
        from pytest_deploy.gate.smoke_items import ClaimItem

        ours = sorted((item for item in items if isinstance(item, ClaimItem)), key=lambda item: item.number)
        items[:] = [*ours, *(item for item in items if not isinstance(item, ClaimItem))]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is asked ahead is what the tests that are left will ask, in their order. With workers each has some of the tests, and
        nothing is asked for those of the others."""
        from pytest_deploy.gate.smoke_items import ClaimItem

        if not self.is_worker:
            claims = [item for item in session.items if isinstance(item, ClaimItem) and item.claim.id in ("smoke-health", "smoke-endpoint")]
            self._ahead = [item.subject.endpoint for item in claims if item.subject.endpoint is not None]

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count smoke tests that this run leaves out."""
        self.left_out += sum(item.get_closest_marker("smoke") is not None for item in items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A test module that cannot be collected is a failure of the project's tests."""
        if report.failed:
            self.others_failed.add(report.nodeid)

    # --- results ---------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report; mask secrets, those of the project's own tests too."""
        if call.excinfo is not None and isinstance(call.excinfo.value, SmokeFailure):
            # It says all there is to say: of the way to it only the project's own part is of use.
            call.excinfo = pytest.ExceptionInfo.from_exception(call.excinfo.value.with_traceback(_of_the_project(call.excinfo.tb)))
        report = yield
        result = item.stash.get(_RESULT, None) if report.when == "call" else None
        if result is not None:
            transport.attach(report, result)
            if isinstance(report.longrepr, tuple):
                report.longrepr = (_NODE, 1, report.longrepr[2])
        if item.get_closest_marker("smoke") is not None:
            transport.mark_smoke(report, self._measured(result) if result is not None else {})
        scrub(report)
        return report

    def _measured(self, result: Result) -> dict[str, Latency]:
        """What the test of a claim has measured."""
        if result.id != "latency-baseline" or not self._deployments:
            return {}
        taken = self.deployment.measured.get(result.subject)
        return {} if taken is None else {result.subject: taken}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what ran, and gather the results, those of xdist's workers too. Of a test that was run again the last result counts."""
        result = transport.result_of(report)
        if result is not None and result.area == _NODE:
            self.results[result.node] = result
        elif report.failed and result is None:
            self.others_failed.add(report.nodeid)
        self.latency.update(transport.latency_of(report))
        if transport.is_smoke(report) and not report.skipped and (report.when == "call" or report.failed):
            self.ran.add(report.nodeid)
            if report.failed and result is None:
                self.failed.add(report.nodeid)

    # --- the end ---------------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Sum up; all skipped ends like none collected, and what stands against the deployment like a failure."""
        try:
            if self.config.option.collectonly or self.is_worker:
                return
            session.exitstatus = smoke_end.conclude(self, exitstatus)
            if self.run is not None and not self.config.pluginmanager.hasplugin("deploy-gate"):
                reports.write(self.config, self.run, self._reports)
        finally:
            for deployment, client in self._deployments.values():
                deployment.close()
                client.close()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, None, None]:
        """The verdict, behind everything else. With a gate in the run there is one verdict, and the gate gives it."""
        yield
        for note in self.notes:
            terminalreporter.write_line(note, red=True)
        if self.run is not None and not self.config.pluginmanager.hasplugin("deploy-gate"):
            for line in self._summary(self.run):
                terminalreporter.write_line(line)

    def _summary(self, run: Run) -> Iterator[str]:
        writer = self.config.get_terminal_writer()
        for result in run.results:
            if result.outcome == "advisory":
                yield from (f"advisory: {text.where(one)}  {one.message}  [{result.id}]" for one in result.findings)
        yield from terminal.lines(run, writer.fullwidth, writer.hasmarkup)
        yield from reports.workflow_commands(self.config, run, self.gate.root)


def _of_the_project(trace: TracebackType) -> TracebackType:
    """A traceback without what is ours, or of what we ask with."""
    entries: list[TracebackType] = []
    following: TracebackType | None = trace
    while following is not None:
        entries.append(following)
        following = following.tb_next
    kept: TracebackType | None = None
    for one in reversed(entries):
        if str(one.tb_frame.f_globals.get("__name__")).partition(".")[0] not in ("httpx", "pytest_deploy"):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept or trace


def run_of(config: pytest.Config) -> SmokeRun | None:
    """The smoke run of a pytest run, if it is one."""
    return config.stash.get(_KEY, None)
