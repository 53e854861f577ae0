"""Smoke tests within a pytest run: what is known of the deployment, the built-in claims, and a verdict at the end.

A smoke run in which nothing ran proves nothing: it is not a success.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_deploy import __version__
from pytest_deploy.gate import reports, text, transport, verdict
from pytest_deploy.gate.engine import Gate, gate_of
from pytest_deploy.gate.scrubbing import scrub
from pytest_deploy.report import terminal
from pytest_deploy.report.result import Result, Run
from pytest_deploy.smoke import endpoints, version
from pytest_deploy.smoke.address import Address
from pytest_deploy.smoke.failures import NotHealthy, SmokeFailure

if TYPE_CHECKING:
    from pytest_deploy.smoke.deployment import Deployment

_KEY = pytest.StashKey["SmokeRun"]()
_NODE = endpoints.NODE


def start(config: pytest.Config) -> None:
    """Take part where ``-m`` asks for smoke tests, or where the settings describe some and a base URL is known."""
    asked = asks_for_smoke(config.option.markexpr)
    url = getattr(config.option, "base_url", None) or ""
    if not asked and not (url and gate_of(config).settings.smoke):
        return
    run = SmokeRun(config, url, asked=asked)
    config.stash[_KEY] = run
    config.pluginmanager.register(run, "deploy-smoke")


def asks_for_smoke(expression: str) -> bool:
    """Whether a mark expression selects smoke tests: ``smoke and not slow`` does, ``not (smoke or slow)`` does not."""

    def asks(node: ast.expr, wanted: bool) -> bool:
        match node:
            case ast.UnaryOp(ast.Not(), operand):
                return asks(operand, not wanted)
            case ast.BoolOp(_, values):
                return any(asks(value, wanted) for value in values)
            case ast.Name("smoke") | ast.Call(ast.Name("smoke")):
                return wanted
        return False

    try:
        return asks(ast.parse(expression.strip(), mode="eval").body, True)
    except SyntaxError:  # pytest itself complains, or knows names that Python does not
        return False


class SmokeRun:
    """A run against a deployment. ``url`` is the base URL as it was given, empty where none is; ``wanted`` are the names of the claims
    that the command line leaves (``None``: all)."""

    def __init__(self, config: pytest.Config, url: str, *, asked: bool) -> None:
        self.config = config
        self.url = url
        self.asked = asked
        self.wanted: frozenset[str] | None = None
        self.results: list[Result] = []
        self.ran = 0
        self.others_failed: set[str] = set()
        self.run: Run | None = None
        self.nothing_ran = False
        self._deployment: Deployment | None = None
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
        return endpoints.plan(self.gate.repository, found.path, found.text)

    @property
    def shown(self) -> str:
        """The base URL, its secrets masked."""
        return str(self.address)

    @property
    def deployment(self) -> Deployment:
        """The deployment; its client is made when it is first asked."""
        if self._deployment is None:
            from pytest_deploy.smoke.client import new_client
            from pytest_deploy.smoke.deployment import Deployment

            client = new_client(self.address, self.gate.settings, root=self.gate.root)
            # With workers each has some of the tests, and nothing is asked for those of the others.
            ahead = () if hasattr(self.config, "workerinput") else (*self.plan.health, *self.plan.endpoints)
            self._deployment = Deployment(
                self.plan,
                self.address,
                client,
                wait=self.config.option.deploy_wait or 0.0,
                wanted=self._version(),
                ahead=ahead,
                tell=self._tell,
            )
        return self._deployment

    def _version(self) -> version.Wanted | None:
        given = self.config.option.deploy_version
        return version.given(given, self.gate.root) if given else version.of_head(self.gate.root)

    def _tell(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and self.config.get_verbosity() >= 0:
            capture: Any = self.config.pluginmanager.get_plugin("capturemanager")
            with capture.global_and_fixture_disabled() if capture is not None else contextlib.nullcontext():
                reporter.ensure_newline()
                reporter.write_line(f"waiting for {self.shown}: {line}")

    def wait(self) -> None:
        """Wait for the deployment, once, where ``--deploy-wait`` asks for it; a test fails where it did not become healthy."""
        if self.url and self.config.option.deploy_wait:
            waited = self.deployment.ready()
            if isinstance(waited, NotHealthy):
                pytest.fail(f"not asked, since the deployment did not become healthy: {waited.reason}", pytrace=False)

    def keep(self, item: pytest.Item, result: Result) -> None:
        """Remember the result of a claim until its report is made."""
        item.stash[_RESULT] = result

    # --- hooks -----------------------------------------------------------------------------------------------------------

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

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report; mask secrets, those of the project's own tests too."""
        report = yield
        result = item.stash.get(_RESULT, None)
        if result is not None and report.when == "call":
            transport.attach(report, result)
            if isinstance(report.longrepr, tuple):
                report.longrepr = (_NODE, 1, report.longrepr[2])
        scrub(report)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what ran, and gather the results, those of xdist's workers too."""
        result = transport.result_of(report)
        if result is not None and result.area == "smoke":
            self.results.append(result)
        elif report.failed and result is None:
            self.others_failed.add(report.nodeid)
        if "smoke" in report.keywords and not report.skipped and (report.when == "call" or report.failed):
            self.ran += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """All skipped ends like none collected, and too few like a failure; without this pytest calls both a success."""
        if self._deployment is not None:
            self._deployment.close()
            self._deployment.client.close()
        if self.config.option.collectonly or hasattr(self.config, "workerinput"):
            return
        fewest = self.config.option.deploy_min_smoke or 0
        few = self.ran < fewest
        if self.asked and not self.ran and exitstatus == pytest.ExitCode.OK:
            self.nothing_ran = True
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        elif few and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.url:
            self.run = self._conclude(f"{self.ran} smoke tests ran, {fewest} are asked for" if few else "")
            reports.write(self.config, self.run, reports.wanted(self.config))

    def _conclude(self, reason: str) -> Run:
        bad = bool(reason) or bool(self.others_failed) or any(one.outcome in ("failed", "error") for one in self.results)
        incomplete = "" if self.ran else "no smoke test ran"
        return Run(
            tool=f"pytest-deploy {__version__}",
            target=self.shown,
            commit=verdict.commit(self.gate.root),
            verdict="no-go" if bad else "incomplete" if incomplete else "go",
            results=tuple(self.results),
            incomplete=incomplete,
            other_failures=len(self.others_failed),
            reasons=(reason,) if reason else (),
            title="smoke run",
        )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, None, None]:
        """The verdict, behind everything else."""
        yield
        if self.nothing_ran:
            hint = "" if self.url else "; --base-url URL says what to test"
            terminalreporter.write_line(f"no smoke test ran: this is no success{hint}", red=True)
        if self.run is None:
            return
        for line in self._summary(self.run):
            terminalreporter.write_line(line)

    def _summary(self, run: Run) -> Iterator[str]:
        writer = self.config.get_terminal_writer()
        for result in run.results:
            if result.outcome == "advisory":
                yield from (f"advisory: {text.where(one)}  {one.message}  [{result.id}]" for one in result.findings)
        yield from terminal.lines(run, writer.fullwidth, writer.hasmarkup)


_RESULT = pytest.StashKey[Result]()


def run_of(config: pytest.Config) -> SmokeRun | None:
    """The smoke run of a pytest run, if it is one."""
    return config.stash.get(_KEY, None)
