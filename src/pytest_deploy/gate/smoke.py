"""A smoke run in which nothing ran proves nothing: it is not a success."""

from __future__ import annotations

import ast
from typing import Any

import pytest


def start(config: pytest.Config) -> None:
    """Count the smoke tests of a run whose ``-m`` asks for them."""
    if asks_for_smoke(config.option.markexpr):
        config.pluginmanager.register(_Count(config), "deploy-smoke-count")


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
