"""One line on a terminal while a large repository is read."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import pytest

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
