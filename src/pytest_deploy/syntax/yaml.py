"""YAML 1.2 core with positions, on PyYAML's C parser.

``on:`` is a string, ``no`` is a string, ``22:22`` is one, ``010`` is ten. Every scalar knows where it stands; duplicate keys are
reported; aliases are bounded; merge keys (``<<``) are merged; unknown tags are kept.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import yaml
from yaml.reader import ReaderError

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.written import segments
from pytest_deploy.tree import Source

DEEPEST = 100
"""Collections may be nested this deep, aliases counted as what they stand for."""

MOST_FROM_ALIASES = 100_000
"""All aliases of a file together may stand for this many nodes."""

Style = Literal["plain", "single", "double", "literal", "folded"]
_STYLES: dict[str | None, Style] = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}


class Scalar(Text):
    """A scalar: the string as YAML gives it (quotes removed, blocks unfolded), where it stands, and what it means.

    ``value`` is what YAML 1.2 core makes of it: ``None``, ``bool``, ``int``, ``float`` or ``str`` (always ``str`` when quoted or a
    block). ``tag`` is an explicit tag such as ``!Ref`` (else empty). ``style`` is ``plain``, ``single``, ``double``, ``literal`` or
    ``folded``. ``source`` is the text of the file, ``start`` and ``end`` are the offsets in it between which the scalar is written.
    """

    __slots__ = ("end", "source", "start", "style", "tag", "value")

    style: Style
    tag: str
    value: str | bool | int | float | None
    source: str
    start: int
    end: int

    def locate(self, line: int, column: int = 1) -> Place:
        """The place in the file of line ``line``, column ``column`` (1-based) of the value, however it is written."""
        before = 0
        for _ in range(line - 1):
            before = self.find("\n", before) + 1 or len(self)
        offset = min(before + column - 1, len(self) if (stop := self.find("\n", before)) < 0 else stop)
        table = segments(str(self), self.source, self.start, self.end, self.style)
        found = table[max(bisect_right(table, offset, key=lambda one: one.offset) - 1, 0)]
        written = min(found.written + offset - found.offset, found.limit)
        first = self.source.rfind("\n", 0, written) + 1
        return Place(self.path, self.line + self.source.count("\n", self.start, written), written - first + 1)


class _Collection:
    __slots__ = ()

    path: str
    line: int
    column: int
    end_line: int
    tag: str

    @property
    def place(self) -> Place:
        """From its first line to its last."""
        return Place(self.path, self.line, self.column, self.end_line)


class Mapping(dict[Scalar, "Node"], _Collection):
    """A mapping; keys are scalars (look-ups by plain ``str`` work). ``place`` is its first line. ``tag`` as of a scalar."""

    __slots__ = ("column", "end_line", "line", "path", "tag")

    def key(self, name: str) -> Scalar | None:
        """The key of that name as it is written, for its place."""
        return next((key for key in self if key == name), None) if name in self else None


class Sequence(list["Node"], _Collection):
    """A sequence, with ``place`` and ``tag``."""

    __slots__ = ("column", "end_line", "line", "path", "tag")


Node = Scalar | Mapping | Sequence


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream. ``root`` is ``None`` when it is empty. ``problems`` are faults that do not keep it from being read:
    a key that stands twice (the last one counts), a key that is a collection (an unquoted ``{{ template }}``), a merge of nothing."""

    root: Node | None
    problems: tuple[SyntaxProblem, ...] = ()


def parse(source: Source) -> tuple[Document, ...]:
    """All documents of a file, comments and empty ones left out.

    Raises ``SyntaxProblem`` at its line and column when the file is no YAML, or too deep or too large to be meant.
    """
    if "\0" in source.text:
        raise SyntaxProblem("the file is binary: it has a NUL byte", _place(source, source.text.index("\0")))
    try:
        return tuple(_Composer(source).documents())
    except yaml.MarkedYAMLError as error:
        raise _problem(error, source) from None
    except ReaderError as error:
        # libyaml counts bytes here.
        offset = len(source.text.encode()[: error.position].decode(errors="ignore"))
        raise SyntaxProblem(f"a character that YAML does not allow: {error.reason}", _place(source, offset)) from None
    except UnicodeEncodeError as error:
        raise SyntaxProblem("a character that is no Unicode text: a lone surrogate", _place(source, error.start)) from None


def load(source: Source) -> Node | None:
    """The root of the first document that is not empty; ``None`` when there is none. Raises as :func:`parse` does."""
    return next((document.root for document in parse(source) if document.root is not None), None)


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
        node = node.get(key)  # type: ignore[call-overload]  # a plain str equals the Scalar of the same text
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


# --- composing -----------------------------------------------------------------------------------------------------

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_LONGEST_INTEGER = 4000  # digits; Python refuses to read more than 4300
_CORE = "tag:yaml.org,2002:"
_PROPERTIES = re.compile(r"(?:[!&][^\s]*(?:[ \t\n]|(?<=[ \t\n])#[^\n]*)*)*")
_OTHER_BREAKS = re.compile("[\x85\u2028\u2029]")


def resolve(text: str) -> str | bool | int | float | None:
    """What a plain scalar means in the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text, 0 if text[1:2] in ("o", "x") else 10) if len(text) < _LONGEST_INTEGER else float(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


class _Open:
    """A collection that is being read: how many nodes and levels it has so far, the key that waits for its value."""

    __slots__ = ("anchor", "count", "height", "key", "merges", "node", "offset")

    def __init__(self, node: Mapping | Sequence, anchor: str | None, offset: int) -> None:
        self.node = node
        self.anchor = anchor
        self.offset = offset
        self.count = 1
        self.height = 1
        self.key: Scalar | None = None
        self.merges: list[Node] = []


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        # The C parser, where PyYAML was built with it; the other gives the same events.
        self.loader: Any = (getattr(yaml, "CSafeLoader", None) or yaml.SafeLoader)(source.text)
        # libyaml counts lines as YAML 1.1 does, which has further line ends: its lines and columns are those of others then.
        self.counts_alike = not _OTHER_BREAKS.search(self.text)
        self.from_aliases = 0
        self.last_line = 1
        self.problems: list[SyntaxProblem] = []
        self.anchors: dict[str, tuple[Node | None, int, int]] = {}

    def documents(self) -> Iterator[Document]:
        get = self.loader.get_event
        try:
            while (event := get()) is not None and not isinstance(event, yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    self.problems, self.anchors = [], {}
                    root = self._node(get)
                    yield Document(None if isinstance(root, Scalar) and root.value is None else root, tuple(self.problems))
        finally:
            self.loader.dispose()

    def _node(self, get: Any) -> Node:
        """One node, read without recursion."""
        stack: list[_Open] = []
        while True:
            event = get()
            kind = type(event)
            if kind is yaml.ScalarEvent:
                node: Node = self._scalar(event)
                count, height = 1, 0
                if event.anchor:
                    self.anchors[event.anchor] = (node, 1, 0)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                stack.append(self._open(Mapping() if kind is yaml.MappingStartEvent else Sequence(), event))
                self._bound(len(stack), event)
                continue
            elif kind is yaml.AliasEvent:
                node, count, height = self._alias(event)
                self._bound(len(stack) + height, event)
            else:
                done = stack.pop()
                node, count, height = self._close(done, event)
            if not stack:
                return node
            top = stack[-1]
            top.count += count
            top.height = max(top.height, height + 1)
            if isinstance(top.node, Sequence):
                top.node.append(node)
            elif top.key is None:
                top.key = node if type(node) is Scalar else self._odd_key(node, top, event)
            else:
                self._entry(top, top.key, node)
                top.key = None

    def _scalar(self, event: Any) -> Scalar:
        start, end, tag = event.start_mark, event.end_mark, event.tag
        text = event.value
        node = str.__new__(Scalar, text)
        node.path = self.source.path
        node.source = self.text
        style = node.style = _STYLES[event.style]
        first, last = start.index, end.index
        if tag is None:
            node.tag = ""
            node.value = resolve(text) if style == "plain" else text
        else:
            node.tag = tag = "!!" + tag[len(_CORE) :] if tag.startswith(_CORE) else tag
            node.value = resolve(text) if tag in ("!!null", "!!bool", "!!int", "!!float") else text
        if (tag is not None or event.anchor) and (match := _PROPERTIES.match(self.text, first, last)):
            first = match.end()
        node.start, node.end = first, last
        if first == start.index and self.counts_alike:
            node.line, node.column = start.line + 1, start.column + 1
        else:
            node.line, node.column = self._position(first)
        if style in ("literal", "folded"):
            # libyaml ends a block where the next token begins.
            node.end = last = first + len(self.text[first:last].rstrip())
            node.end_line, node.end_column = self._position(last)
        elif self.counts_alike:
            node.end_line, node.end_column = end.line + 1, end.column + 1
        else:
            node.end_line, node.end_column = self._position(last)
        self.last_line = node.end_line
        return node

    def _open(self, node: Mapping | Sequence, event: Any) -> _Open:
        tag = event.tag or ""
        node.tag = "!!" + tag[len(_CORE) :] if tag.startswith(_CORE) else tag
        node.path = self.source.path
        if self.counts_alike:
            node.line, node.column = event.start_mark.line + 1, event.start_mark.column + 1
        else:
            node.line, node.column = self._position(event.start_mark.index)
        node.end_line = self.last_line = node.line
        if event.anchor:
            self.anchors[event.anchor] = (None, 0, 0)
        return _Open(node, event.anchor, event.start_mark.index)

    def _close(self, done: _Open, event: Any) -> tuple[Node, int, int]:
        node = done.node
        if event.end_mark.index > event.start_mark.index:  # a bracket
            self.last_line = self._line(event.end_mark)
        node.end_line = self.last_line
        if done.merges:
            node = self._merge(cast(Mapping, node), done.merges)
        if done.anchor:
            self.anchors[done.anchor] = (node, done.count, done.height)
        return node, done.count, done.height

    def _alias(self, event: Any) -> tuple[Node, int, int]:
        if event.anchor not in self.anchors:
            raise SyntaxProblem(f"the alias *{event.anchor} has no anchor before it", _place(self.source, event.start_mark.index))
        node, count, height = self.anchors[event.anchor]
        if node is None:
            raise SyntaxProblem(f"the alias *{event.anchor} stands inside its own anchor", _place(self.source, event.start_mark.index))
        self.from_aliases += count
        self.last_line = self._line(event.end_mark)
        if self.from_aliases > MOST_FROM_ALIASES:
            message = f"aliases that stand for more than {MOST_FROM_ALIASES:,} nodes"
            raise SyntaxProblem(message, _place(self.source, event.start_mark.index))
        return node, count, height

    def _bound(self, depth: int, event: Any) -> None:
        if depth > DEEPEST:
            raise SyntaxProblem(f"collections nested deeper than {DEEPEST}", _place(self.source, event.start_mark.index))

    def _entry(self, top: _Open, key: Scalar, value: Node) -> None:
        mapping = cast(Mapping, top.node)
        if key == "<<" and key.style == "plain" and not key.tag:
            if isinstance(value, Mapping) or (isinstance(value, Sequence) and all(isinstance(one, Mapping) for one in value)):
                top.merges.append(value)
                return
            self.problems.append(SyntaxProblem("a merge (<<) of something that is no mapping", key.place))
        if key in mapping:
            self.problems.append(SyntaxProblem(f"the key {str(key)!r} stands twice in one mapping; the last one counts", key.place))
            del mapping[key]  # a dict would keep the place of the first key
        mapping[key] = value

    def _merge(self, own: Mapping, merges: list[Node]) -> Mapping:
        merged = Mapping()
        merged.path, merged.line, merged.column, merged.end_line, merged.tag = own.path, own.line, own.column, own.end_line, own.tag
        for value in merges:
            for one in value if isinstance(value, Sequence) else (value,):
                for key, inner in items(one):
                    if key not in own:
                        merged.setdefault(key, inner)
        merged.update(own)
        return merged

    def _odd_key(self, node: Node, top: _Open, event: Any) -> Scalar:
        """A key that is a collection: the text of it, so that nothing is lost."""
        if isinstance(node, Scalar):  # an alias of a scalar
            return node
        start = self._starts[node.line - 1] + node.column - 1
        end = max(event.end_mark.index, start)
        key = str.__new__(Scalar, self.text[start:end].strip())
        key.path, key.source, key.style, key.tag, key.start = self.source.path, self.text, "plain", node.tag, start
        key.value, key.end = str(key), start + len(key)
        key.line, key.column = node.line, node.column
        key.end_line, key.end_column = self._position(key.end)
        message = "a key that is itself a collection; text of a template language has to stand in quotes"
        self.problems.append(SyntaxProblem(message, node.place))
        return key

    def _line(self, mark: Any) -> int:
        return int(mark.line) + 1 if self.counts_alike else self._position(mark.index)[0]

    def _position(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self._starts, offset)
        return index, offset - self._starts[index - 1] + 1

    @functools.cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]


def _place(source: Source, offset: int) -> Place:
    offset = min(offset, len(source.text))
    return Place(source.path, source.text.count("\n", 0, offset) + 1, offset - source.text.rfind("\n", 0, offset))


def _problem(error: yaml.MarkedYAMLError, source: Source) -> SyntaxProblem:
    mark = error.problem_mark or error.context_mark
    told = " ".join(part for part in (error.problem, error.context) if part) or "it cannot be read"
    return SyntaxProblem(f"not valid YAML: {told}", _place(source, mark.index if mark else 0))
