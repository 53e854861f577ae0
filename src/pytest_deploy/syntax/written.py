"""How the value of a YAML scalar lines up with the text that it was written as."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

_BREAK = re.compile(r"[ \t]*\n[ \t\n]*")
_ESCAPED_BREAK = re.compile(r"\\\n[ \t]*")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)", re.DOTALL)


class Segment(NamedTuple):
    """From ``offset`` in the value on, its characters stand one by one at ``written`` in the text, but not behind ``limit``."""

    offset: int
    written: int
    limit: int


@functools.lru_cache(maxsize=1024)  # every word of a script asks for the place of its scalar
def segments(value: str, source: str, start: int, end: int, style: str) -> tuple[Segment, ...]:
    """The stretches of a scalar's value that stand character by character in ``source[start:end]``."""
    if style in ("literal", "folded"):
        return _block(value, source, start, end)
    return _flow(value, source, start, end, style)


def _block(value: str, source: str, start: int, end: int) -> tuple[Segment, ...]:
    first = source.find("\n", start, end) + 1
    if not first or not value.strip("\n"):
        return (Segment(0, start, end),)
    table = []
    offset = 0
    indentation: int | None = None
    for line in source[first:end].split("\n"):
        if indentation is None and line.strip(" "):
            # As the value shows it: the header may give the indentation, and leading spaces may belong to the text.
            told = value.lstrip("\n")
            indentation = len(line) - len(line.lstrip(" ")) - (len(told) - len(told.lstrip(" ")))
        content = line[indentation or 0 :]
        if content:
            offset = max(value.find(content, offset), offset)
            table.append(Segment(offset, first + (indentation or 0), first + len(line)))
            offset += len(content)
        elif offset < len(value):
            # An empty line is one line end of the value in a literal block.
            table.append(Segment(offset + (1 if table and value[offset] == "\n" else 0), first, first + len(line)))
            if value[offset : offset + 1] == "\n":
                offset += 1
        first += len(line) + 1
    return tuple(sorted(table))


def _flow(value: str, source: str, start: int, end: int, style: str) -> tuple[Segment, ...]:
    position = start + (style != "plain")
    stop = end - (style != "plain")
    table = [Segment(0, position, end)]
    offset = 0
    while position < stop:
        written, made = 1, 1
        if match := _BREAK.match(source, position, stop):
            written = len(match[0])
            made = max(match[0].count("\n") - 1, 1)
        elif style == "single" and source.startswith("''", position):
            written = 2
        elif style == "double" and source[position] == "\\":
            if match := _ESCAPED_BREAK.match(source, position, stop):
                written, made = len(match[0]), 0
            elif match := _ESCAPE.match(source, position, stop):
                written = len(match[0])
        position, offset = position + written, offset + made
        if written != made:
            table.append(Segment(offset, position, end))
    return tuple(table)
