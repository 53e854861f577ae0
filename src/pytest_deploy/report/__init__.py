"""What is made of a finished run: terminal, JSON, Markdown, annotations.

A format is a function from a :class:`~pytest_deploy.report.result.Run` to text. :func:`write` knows the built-in ones by name;
a hook hands it more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from pytest_deploy.report.result import Run

Render = Callable[[Run], str]

_HOME = {"json": "json_report", "markdown": "markdown"}


def names(more: Mapping[str, Render] | None = None) -> tuple[str, ...]:
    """The names of all formats, sorted; ``more`` are those that a hook added."""
    return tuple(sorted({*_HOME, *(more or {})}))


def render(run: Run, format: str, more: Mapping[str, Render] | None = None) -> str:  # noqa: A002  # the word that users type
    """A run as text in a format. One of ``more`` goes before a built-in one of the same name.

    Raises ``ValueError`` that names the known formats when there is no such one.
    """
    if more and format in more:
        return more[format](run)
    if format not in _HOME:
        raise ValueError(f"there is no report format {format!r}; there are {', '.join(names(more))}")
    function: Render = import_module(f"{__name__}.{_HOME[format]}").render
    return function(run)


def write(run: Run, format: str, path: Path, more: Mapping[str, Render] | None = None) -> None:  # noqa: A002  # see above
    """Write a report; missing folders are made, an older report is replaced.

    Raises ``ValueError`` for an unknown format and ``OSError`` when the file cannot be written.
    """
    text = render(run, format, more)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
