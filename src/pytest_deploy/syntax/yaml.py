"""YAML 1.2 core with positions, on PyYAML's C parser.

``on:`` is a string, ``no`` is a string, ``22:22`` is one, ``010`` is ten. Every scalar knows where it stands; duplicate keys are
reported; aliases are bounded; merge keys (``<<``) are merged; unknown tags are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml
from yaml.reader import ReaderError

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.syntax.yaml_nodes import (
    File,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Style,
    as_mapping,
    as_scalar,
    as_sequence,
    at,
    elements,
    items,
    strings,
    walk,
)
from pytest_deploy.tree import Source

__all__ = [
    "Document",
    "File",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "as_mapping",
    "as_scalar",
    "as_sequence",
    "at",
    "elements",
    "items",
    "load",
    "parse",
    "resolve",
    "strings",
    "walk",
]

DEEPEST = 100
"""Collections may be nested this deep, aliases counted as what they stand for."""

MOST_FROM_ALIASES = 100_000
"""All aliases of a file together may stand for this many nodes."""

_STYLES: dict[str | None, Style] = {None: "plain", "": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}


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
    file = File(source)
    if "\0" in source.text:
        raise SyntaxProblem("the file is binary: it has a NUL byte", file.place(source.text.index("\0")))
    try:
        return tuple(_Composer(source, file).documents())
    except yaml.MarkedYAMLError as error:
        raise _problem(error, file) from None
    except ReaderError as error:
        # libyaml counts bytes here.
        offset = len(source.text.encode()[: error.position].decode(errors="ignore"))
        raise SyntaxProblem(f"a character that YAML does not allow: {error.reason}", file.place(offset)) from None
    except UnicodeEncodeError as error:
        raise SyntaxProblem("a character that is no Unicode text: a lone surrogate", file.place(error.start)) from None


def load(source: Source) -> Node | None:
    """The root of the first document that is not empty; ``None`` when there is none. Raises as :func:`parse` does."""
    return next((document.root for document in parse(source) if document.root is not None), None)


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
_LONGEST_WORD = 6
_LONGEST_INTEGER = 4000  # digits; Python refuses to read more than 4300
_CORE = "tag:yaml.org,2002:"
_PROPERTIES = re.compile(r"(?:[!&][^\s]*(?:[ \t\n]|(?<=[ \t\n])#[^\n]*)*)*")
_RESOLVED = {"!!null", "!!bool", "!!int", "!!float"}


def resolve(text: str) -> str | bool | int | float | None:
    """What a plain scalar means in the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema)."""
    if len(text) < _LONGEST_WORD and text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text, 0 if text[1:2] in ("o", "x") else 10) if len(text) < _LONGEST_INTEGER else float(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


class _Open:
    """A collection that is being read: how many nodes and levels it has so far, the key that waits for its value."""

    __slots__ = ("anchor", "count", "height", "key", "merges", "node")

    def __init__(self, node: Mapping | Sequence, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.count = 1
        self.height = 1
        self.key: Scalar | None = None
        self.merges: list[Node] = []


class _Composer:
    """Makes nodes of the parser's events."""

    def __init__(self, source: Source, file: File) -> None:
        self.file = file
        # The C parser, where PyYAML was built with it; the other gives the same events.
        self.loader: Any = (getattr(yaml, "CSafeLoader", None) or yaml.SafeLoader)(source.text)
        self.from_aliases = 0
        self.last = 0  # where the last scalar, alias or bracket ended
        self.problems: list[SyntaxProblem] = []
        self.anchors: dict[str, tuple[Node | None, int, int]] = {}

    def documents(self) -> Iterator[Document]:
        get = self.loader.get_event
        try:
            while type(event := get()) is not yaml.StreamEndEvent:
                if type(event) is yaml.DocumentStartEvent:
                    self.problems, self.anchors = [], {}
                    root = self._node(get)
                    yield Document(None if isinstance(root, Scalar) and root.value is None else root, tuple(self.problems))
        finally:
            self.loader.dispose()

    def _node(self, get: Any) -> Node:
        """One node, read without recursion."""
        stack: list[_Open] = []
        scalar = self._scalar
        while True:
            event = get()
            kind = type(event)
            node: Node
            if kind is yaml.ScalarEvent:
                node, count, height = scalar(event), 1, 0
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._bound(len(stack) + 1, event)
                stack.append(self._open(Mapping() if kind is yaml.MappingStartEvent else Sequence(), event))
                continue
            elif kind is yaml.AliasEvent:
                node, count, height = self._alias(event)
                self._bound(len(stack) + height, event)
            else:
                node, count, height = self._close(stack.pop(), event)
            if not stack:
                return node
            top = stack[-1]
            top.count += count
            if height >= top.height:
                top.height = height + 1
            if type(top.node) is Sequence:
                top.node.append(node)
            elif top.key is None:
                top.key = node if type(node) is Scalar else self._odd_key(cast("Mapping | Sequence", node), event)
            else:
                self._entry(top, top.key, node)
                top.key = None

    def _scalar(self, event: Any) -> Scalar:
        text, tag, anchor = event.value, event.tag, event.anchor
        start, end = event.start_mark.index, event.end_mark.index
        style = _STYLES[event.style]
        if (tag is not None or anchor) and (match := _PROPERTIES.match(self.file.text, start, end)):
            start = match.end()
        if style == "literal" or style == "folded":
            # libyaml ends a block where the next token begins.
            end = start + len(self.file.text[start:end].rstrip())
        self.last = end
        if tag is None:
            node = Scalar(text, self.file, start, end, style, "", resolve(text) if style == "plain" else text)
        else:
            tag = _short(tag)
            node = Scalar(text, self.file, start, end, style, tag, resolve(text) if tag in _RESOLVED else text)
        if anchor:
            self.anchors[anchor] = (node, 1, 0)
        return node

    def _open(self, node: Mapping | Sequence, event: Any) -> _Open:
        node.tag = _short(event.tag or "")
        node.file = self.file
        node.start = node.end = self.last = event.start_mark.index
        if event.anchor:
            self.anchors[event.anchor] = (None, 0, 0)
        return _Open(node, event.anchor)

    def _close(self, done: _Open, event: Any) -> tuple[Node, int, int]:
        node = done.node
        if event.end_mark.index > event.start_mark.index:  # a bracket
            self.last = event.end_mark.index
        node.end = self.last
        if done.merges:
            node = _merge(cast(Mapping, node), done.merges)
        if done.anchor:
            self.anchors[done.anchor] = (node, done.count, done.height)
        return node, done.count, done.height

    def _alias(self, event: Any) -> tuple[Node, int, int]:
        name, start = event.anchor, event.start_mark.index
        if name not in self.anchors:
            raise SyntaxProblem(f"the alias *{name} has no anchor before it", self.file.place(start))
        node, count, height = self.anchors[name]
        if node is None:
            raise SyntaxProblem(f"the alias *{name} stands inside its own anchor", self.file.place(start))
        self.from_aliases += count
        self.last = event.end_mark.index
        if self.from_aliases > MOST_FROM_ALIASES:
            raise SyntaxProblem(f"aliases that stand for more than {MOST_FROM_ALIASES:,} nodes", self.file.place(start))
        return node, count, height

    def _bound(self, depth: int, event: Any) -> None:
        if depth > DEEPEST:
            raise SyntaxProblem(f"collections nested deeper than {DEEPEST}", self.file.place(event.start_mark.index))

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

    def _odd_key(self, node: Mapping | Sequence, event: Any) -> Scalar:
        """For a key that is a collection: its text, so that nothing is lost."""
        text = self.file.text[node.start : max(event.end_mark.index, node.start)].strip()
        message = "a key that is itself a collection; text of a template language has to stand in quotes"
        self.problems.append(SyntaxProblem(message, node.place))
        return Scalar(text, self.file, node.start, node.start + len(text), "plain", node.tag, text)


def _merge(own: Mapping, merges: list[Node]) -> Mapping:
    merged = Mapping()
    merged.file, merged.start, merged.end, merged.tag = own.file, own.start, own.end, own.tag
    for value in merges:
        for one in value if isinstance(value, Sequence) else (value,):
            for key, inner in items(one):
                if key not in own:
                    merged.setdefault(key, inner)
    merged.update(own)
    return merged


def _short(tag: str) -> str:
    return "!!" + tag[len(_CORE) :] if tag.startswith(_CORE) else tag


def _problem(error: yaml.MarkedYAMLError, file: File) -> SyntaxProblem:
    mark = error.problem_mark or error.context_mark
    told = " ".join(part for part in (error.problem, error.context) if part) or "it cannot be read"
    return SyntaxProblem(f"not valid YAML: {told}", file.place(mark.index if mark else 0))
