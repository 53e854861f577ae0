"""A smoke run in which nothing ran proves nothing: it is not a success."""

from __future__ import annotations

from typing import Any

import pytest


def start(config: pytest.Config) -> None:
    """Count the smoke tests of a run."""
    config.pluginmanager.register(_Count(config), "deploy-smoke-count")


class _Count:
    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.ran = 0
        self.nothing_ran = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if "smoke" in report.keywords and not report.skipped and (report.when == "call" or report.failed):
            self.ran += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """All skipped ends like none collected; without this pytest calls it a success."""
        if self.ran or exitstatus != pytest.ExitCode.OK or self.config.option.collectonly or hasattr(self.config, "workerinput"):
            return
        self.nothing_ran = True
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.nothing_ran:
            terminalreporter.write_line("no smoke test ran: this is no success", red=True)
