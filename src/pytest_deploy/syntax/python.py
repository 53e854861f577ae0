"""Python source, read and never run."""

from __future__ import annotations

import ast
import warnings


def parse(text: str) -> ast.Module | None:
    """The module that a text is; ``None`` where it is none, or nested too deep to be read. What Python would warn about in it is not
    for the reader of this project's output."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
