"""What a person is shown while something takes its time."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_deploy.gate.scrubbing import clean

_LINE = "reading the repository …"


@contextlib.contextmanager
def reading(config: pytest.Config) -> Iterator[None]:
    """Show the line, on a terminal only, and take it away again."""
    shown = sys.stderr.isatty() and config.pluginmanager.hasplugin("terminalreporter") and config.get_verbosity() >= 0
    if shown:
        sys.stderr.write(_LINE)
        sys.stderr.flush()
    try:
        yield
    finally:
        if shown:
            sys.stderr.write("\r" + " " * len(_LINE) + "\r")
            sys.stderr.flush()


class Told:
    """Lines between those of pytest, each behind ``prefix``, without secrets. A worker of xdist has no terminal, and with ``-q`` nothing is
    told."""

    def __init__(self, config: pytest.Config, prefix: str) -> None:
        self._config = config
        self._prefix = prefix
        self._live = False

    def line(self, text: str) -> None:
        """A line that stays."""
        with self._reporter() as reporter:
            if reporter is not None:
                self._begin(reporter)
                reporter.write_line(self._prefix + clean(text))

    def live(self, text: str, is_news: bool) -> None:
        """A line that takes the place of the one before, on a terminal; elsewhere only what is news is a line."""
        with self._reporter() as reporter:
            if reporter is not None and reporter.isatty:
                if not self._live:
                    self._begin(reporter)
                width = self._config.get_terminal_writer().fullwidth - 1
                reporter.rewrite((self._prefix + clean(text))[:width].ljust(width))
                self._live = True
            elif reporter is not None and is_news:
                self._begin(reporter)
                reporter.write_line(self._prefix + clean(text))

    def end(self) -> None:
        """What follows begins below a live line."""
        with self._reporter() as reporter:
            if reporter is not None:
                self._begin(reporter)

    def _begin(self, reporter: Any) -> None:
        reporter.ensure_newline()
        if self._config.get_terminal_writer().width_of_current_line:  # a live line, or the row of dots that xdist leaves open
            reporter.write_line("")
        self._live = False

    @contextlib.contextmanager
    def _reporter(self) -> Iterator[Any]:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self._config.get_verbosity() < 0:
            yield None
            return
        capture: Any = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture is not None else contextlib.nullcontext():
            yield reporter
