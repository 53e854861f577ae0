"""PHP, Ruby, JavaScript and TypeScript, read by tree-sitter's grammars; each is loaded when the first file of its kind is there."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

Language = Literal["php", "ruby", "typescript"]
"""TypeScript's grammar reads JavaScript too."""


@functools.cache
def _parser(language: Language) -> Parser:
    from tree_sitter import Language as Grammar
    from tree_sitter import Parser

    if language == "php":
        import tree_sitter_php

        return Parser(Grammar(tree_sitter_php.language_php()))
    if language == "ruby":
        import tree_sitter_ruby

        return Parser(Grammar(tree_sitter_ruby.language()))
    import tree_sitter_typescript

    return Parser(Grammar(tree_sitter_typescript.language_typescript()))


def parse(text: str, language: Language) -> Node:
    """The root of the tree; what is no such language stands in it as nodes of errors."""
    return _parser(language).parse(text.encode("utf-8", "surrogatepass")).root_node


def line(node: Node) -> int:
    """The 1-based line on which a node begins."""
    return int(node.start_point[0]) + 1


def source(node: Node | None) -> str:
    """The text of a node; empty for none."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.children))


def first_error(root: Node) -> int | None:
    """The 1-based line of the first thing that the grammar does not know; ``None``: there is none. Where it can make nothing of the text
    as a whole, because something is never closed, that is its last line."""
    if not root.has_error:
        return None
    found = next((one for one in walk(root) if one is not root and (one.is_error or one.is_missing)), None)
    whole = found is None or (found.is_error and found.end_byte - found.start_byte > (root.end_byte - root.start_byte) * 0.8)
    if found is None or whole:
        return source(root).rstrip().count("\n") + 1 + root.start_point[0]
    return line(found)
