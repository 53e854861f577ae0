"""The nodes of a YAML document, each with its place, and what readers ask of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, Self

from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.written import segments
from pytest_deploy.tree import Source

Style = Literal["plain", "single", "double", "literal", "folded"]


class File:
    """A file that nodes stand in: offsets in it as places."""

    __slots__ = ("_starts", "path", "text")

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.text = source.text
        self._starts: list[int] = []

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (1-based) of the character at an offset. libyaml's own lines end as in YAML 1.1, at further characters."""
        starts = self._starts
        if not starts:
            starts = self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        offset = min(offset, len(self.text))
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def place(self, start: int, end: int | None = None) -> Place:
        """The place of a span."""
        line, column = self.position(start)
        return Place(self.path, line, column, None if end is None else self.position(end)[0])


class Scalar(Text):
    """A scalar: the string as YAML gives it (quotes removed, blocks unfolded), where it stands, and what it means.

    ``value`` is what YAML 1.2 core makes of it: ``None``, ``bool``, ``int``, ``float`` or ``str`` (always ``str`` when quoted or a
    block). ``tag`` is an explicit tag such as ``!Ref`` (else empty). ``style`` is ``plain``, ``single``, ``double``, ``literal`` or
    ``folded``. It is written between the offsets ``start`` and ``end`` of ``file.text``.
    """

    __slots__ = ("end", "file", "start", "style", "tag", "value")

    file: File
    start: int
    end: int
    style: Style
    tag: str
    value: str | bool | int | float | None

    def __new__(cls, text: str, file: File, start: int, end: int, style: Style, tag: str, value: str | bool | int | float | None) -> Self:
        self = str.__new__(cls, text)
        self.file = file
        self.start = start
        self.end = end
        self.style = style
        self.tag = tag
        self.value = value
        return self

    @property
    def path(self) -> str:  # type: ignore[override]  # told from the offsets: most scalars are never asked
        """The file."""
        return self.file.path

    @property
    def line(self) -> int:  # type: ignore[override]  # as path
        """The line of its first character."""
        return self.file.position(self.start)[0]

    @property
    def column(self) -> int:  # type: ignore[override]  # as path
        """The column of its first character."""
        return self.file.position(self.start)[1]

    @property
    def end_line(self) -> int:  # type: ignore[override]  # as path
        """The line just behind its last character."""
        return self.file.position(self.end)[0]

    @property
    def end_column(self) -> int:  # type: ignore[override]  # as path
        """The column just behind its last character."""
        return self.file.position(self.end)[1]

    @property
    def place(self) -> Place:
        """From its first line to its last."""
        return self.file.place(self.start, self.end)

    def locate(self, line: int, column: int = 1) -> Place:
        """The place in the file of line ``line``, column ``column`` (1-based) of the value, however it is written."""
        before = 0
        for _ in range(line - 1):
            before = self.find("\n", before) + 1 or len(self)
        offset = min(before + column - 1, len(self) if (stop := self.find("\n", before)) < 0 else stop)
        table = segments(str(self), self.file.text, self.start, self.end, self.style)
        found = table[max(bisect_right(table, offset, key=lambda one: one.offset) - 1, 0)]
        return self.file.place(min(found.written + offset - found.offset, found.limit))

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (str(self), self.file, self.start, self.end, self.style, self.tag, self.value)


class _Collection:
    __slots__ = ()

    file: File
    start: int
    end: int
    tag: str

    @property
    def path(self) -> str:
        """The file."""
        return self.file.path

    @property
    def line(self) -> int:
        """Its first line: that of its first key or element, its bracket or its anchor."""
        return self.file.position(self.start)[0]

    @property
    def end_line(self) -> int:
        """The line of the last thing in it."""
        return self.file.position(self.end)[0]

    @property
    def place(self) -> Place:
        """From its first line to its last."""
        return self.file.place(self.start, self.end)


class Mapping(dict[Scalar, "Node"], _Collection):
    """A mapping; keys are scalars (look-ups by plain ``str`` work). ``place`` is its first line. ``tag`` as of a scalar."""

    __slots__ = ("end", "file", "start", "tag")

    if TYPE_CHECKING:
        # A plain str equals the Scalar of the same text.
        def get(self, key: str, default: None = None, /) -> Node | None: ...  # type: ignore[override]  # nobody gives another default
        def __getitem__(self, key: str, /) -> Node: ...

    def key(self, name: str) -> Scalar | None:
        """The key of that name as it is written, for its place."""
        return next((key for key in self if key == name), None) if name in self else None


class Sequence(list["Node"], _Collection):
    """A sequence, with ``place`` and ``tag``."""

    __slots__ = ("end", "file", "start", "tag")


Node = Scalar | Mapping | Sequence


# --- what readers ask of a node ------------------------------------------------------------------------------------


def as_mapping(node: Node | None) -> Mapping | None:
    """The node, if it is a mapping."""
    return node if isinstance(node, Mapping) else None


def as_sequence(node: Node | None) -> Sequence | None:
    """The node, if it is a sequence."""
    return node if isinstance(node, Sequence) else None


def as_scalar(node: Node | None) -> Scalar | None:
    """The node, if it is a scalar that is not null."""
    return node if isinstance(node, Scalar) and node.value is not None else None


def items(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    """The entries of a mapping; none of anything else."""
    if isinstance(node, Mapping):
        yield from node.items()


def elements(node: Node | None) -> Iterator[Node]:
    """The elements of a sequence; none of anything else."""
    if isinstance(node, Sequence):
        yield from node


def strings(node: Node | None) -> tuple[Scalar, ...]:
    """A scalar alone, or the scalars of a sequence (nested ones too, as GitLab flattens its scripts); null is none."""
    if isinstance(node, Scalar):
        return (node,) if node.value is not None else ()
    return tuple(scalar for inner in elements(node) for scalar in strings(inner))


def at(node: Node | None, *keys: str) -> Node | None:
    """What stands below these keys of nested mappings; ``None`` where one is missing."""
    for key in keys:
        if not isinstance(node, Mapping):
            return None
        node = node.get(key)
    return node


def walk(node: Node | None) -> Iterator[Node]:
    """A node and all below it, keys left out, in the order of the file."""
    if node is None:
        return
    yield node
    if isinstance(node, Mapping):
        for inner in node.values():
            yield from walk(inner)
    elif isinstance(node, Sequence):
        for inner in node:
            yield from walk(inner)
