"""From tree-sitter's nodes to our own."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_deploy.syntax.shell.masking import mask
from pytest_deploy.syntax.shell.nodes import (
    Arm,
    Background,
    Case,
    Chain,
    Function,
    If,
    Loop,
    Node,
    Not,
    Pipeline,
    Redirect,
    Redirected,
    Segments,
    Sequence,
    Simple,
    Subshell,
    Word,
)
from pytest_deploy.syntax.shell.quoting import segments

if TYPE_CHECKING:
    import tree_sitter

DEEPEST = 100
"""Nesting beyond this is a problem of the script, not read."""

_SUBSTITUTIONS = ("command_substitution", "process_substitution")
_EXPRESSIONS = ("binary_expression", "unary_expression", "ternary_expression", "parenthesized_expression", "postfix_expression", "ERROR")
_REDIRECTS = ("file_redirect", "heredoc_redirect", "herestring_redirect")
_EMPTY = Sequence(())


@functools.cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@functools.lru_cache(maxsize=512)  # pipelines that are like each other have the same scripts
def read(text: str, written: Segments | None = None) -> tuple[Node, tuple[int, ...]]:
    """The script, and the offsets of what could not be read.

    ``written`` are the pieces of ``text`` where it is a word of another script: offsets are then those in that script.
    """
    reader = _Reader(text, written)
    root = _parser().parse(reader.masked.encode("ascii")).root_node
    return reader.sequence(root.children), tuple(sorted(set(reader.problems)))


class _Reader:
    def __init__(self, text: str, written: Segments | None) -> None:
        self.text = text
        self.written = written
        self.masked = mask(text)
        self.problems: list[int] = []
        self.depth = 0

    def at(self, offset: int) -> int:
        """The offset as others know it."""
        if self.written is None:
            return offset
        last = 0
        for piece, start in self.written:
            if offset < len(piece):
                return start + offset
            offset -= len(piece)
            last = start + len(piece)
        return last

    def problem(self, offset: int) -> None:
        self.problems.append(self.at(offset))

    def raw(self, start: int, end: int) -> str:
        return " ".join(self.text[start:end].replace("\\\n", " ").split())

    # --- statements ------------------------------------------------------------------------------------------------

    def sequence(self, children: Iterable[tree_sitter.Node]) -> Node:
        items: list[Node] = []
        for child in children:
            if child.type == "&" and items:
                items[-1] = Background(items[-1])
            elif child.is_missing:
                self.problem(child.start_byte)
            elif child.is_named and (node := self.statement(child)) is not None:
                items.append(node)
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def statement(self, node: tree_sitter.Node) -> Node | None:
        if self.depth >= DEEPEST:
            self.problem(node.start_byte)
            return None
        self.depth += 1
        try:
            return self._statement(node)
        finally:
            self.depth -= 1

    def _statement(self, node: tree_sitter.Node) -> Node | None:
        match node.type:
            case "command" | "declaration_command" | "unset_command" | "test_command" | "variable_assignment" | "variable_assignments":
                return self._simple(node)
            case "redirected_statement":
                return self._redirected(node)
            case "list":
                return self._list(node)
            case "pipeline":
                parts = [part for child in node.children if child.is_named and (part := self.statement(child)) is not None]
                return _pipeline(parts)
            case "negated_command":
                return Not(self.sequence(node.children))
            case "subshell":
                return Subshell(self.sequence(node.children))
            case "compound_statement":
                return self._simple(node) if node.children and node.children[0].type == "((" else self.sequence(node.children)
            case "if_statement":
                return self._if(node)
            case "while_statement" | "for_statement" | "c_style_for_statement":
                return self._loop(node)
            case "case_statement":
                return self._case(node)
            case "function_definition":
                name = node.child_by_field_name("name")
                body = node.child_by_field_name("body")
                inner = (self.statement(body) if body is not None else None) or _EMPTY
                return Function(self.text[name.start_byte : name.end_byte] if name is not None else "", inner)
            case "comment" | "heredoc_body" | "heredoc_end" | "heredoc_start" | "heredoc_content":
                return None
            case "ERROR":
                self.problem(node.start_byte)
                return self.sequence(node.children)
            case kind if kind in _REDIRECTS:
                return self._finish((), (), self._redirects([node]), node)
            case _:
                # Words that stand where a command should: within an ERROR.
                return None

    def _list(self, node: tree_sitter.Node) -> Node | None:
        left: Node | None = None
        operator = ""
        end = node.start_byte
        for child in node.children:
            if child.type in ("&&", "||"):
                operator = child.type
            elif child.is_named and (right := self.statement(child)) is not None:
                if left is None:
                    left = right
                else:
                    left = Chain(operator, left, right, self.raw(node.start_byte, end), self.raw(child.start_byte, child.end_byte))
                end = child.end_byte
        return left

    def _redirected(self, node: tree_sitter.Node) -> Node | None:
        body: Node | None = None
        redirects = [child for child in node.children if child.type in _REDIRECTS]
        others = [child for child in node.children if child.type not in _REDIRECTS and child.is_named]
        for child in others:
            body = self.statement(child) or body
        if body is None:
            return self._finish((), (), self._redirects(redirects), node)
        first = others[0]
        if others[-1].type == "command":
            body = _given(body, (*self._lost(others[-1], redirects[0]), *self._behind_targets(redirects)))
        body = _attach(body, self._redirects(redirects))
        for redirect in redirects:
            # What stands behind `<<EOF` on its line is, to the grammar, part of the redirection.
            operator = ""
            for child in redirect.children:
                if child.type in ("&&", "||"):
                    operator = child.type
                elif child.type == "pipeline":
                    rest = [part for one in child.children if one.is_named and (part := self.statement(one)) is not None]
                    for part in rest:
                        body = self._graft(body, "|", part, self.raw(first.start_byte, first.end_byte), "")
                elif operator and child.is_named and child.type not in ("heredoc_body", "heredoc_end"):
                    right = self.statement(child)
                    if right is not None:
                        left_raw, right_raw = self.raw(first.start_byte, first.end_byte), self.raw(child.start_byte, child.end_byte)
                        body = self._graft(body, operator, right, left_raw, right_raw)
                    operator = ""
        return body

    def _lost(self, command: tree_sitter.Node, redirect: tree_sitter.Node) -> tuple[Word, ...]:
        """The `-` of `cat - <<EOF`, which the grammar passes over."""
        gap = self.text[command.end_byte : redirect.start_byte]
        if gap.strip(" \t") != "-":
            return ()
        at = self.at(command.end_byte + gap.index("-"))
        return (Word("-", "-", at, (("-", at),)),)

    def _behind_targets(self, redirects: Iterable[tree_sitter.Node]) -> tuple[Word, ...]:
        """The words behind a redirection's file: to the grammar a part of it, `echo >file a b`."""
        found: list[Word] = []
        for node in redirects:
            if node.type == "file_redirect":
                words = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
                found.extend(self.word(child) for child in words[1:])
            elif node.type == "heredoc_redirect":
                found.extend(self._behind_targets(node.children))
        return tuple(found)

    def _graft(self, left: Node, operator: str, right: Node, left_raw: str, right_raw: str) -> Node:
        if isinstance(right, Chain):
            inner = self._graft(left, operator, right.left, left_raw, right.left_raw)
            return Chain(right.operator, inner, right.right, left_raw, right.right_raw)
        if operator == "|":
            if isinstance(left, Chain):
                return Chain(left.operator, left.left, self._graft(left.right, "|", right, "", ""), left.left_raw, left.right_raw)
            return _pipeline([left, right]) or left
        return Chain(operator, left, right, left_raw, right_raw)

    def _if(self, node: tree_sitter.Node) -> Node:
        arms: list[Arm] = []
        otherwise: Node | None = None
        condition: list[tree_sitter.Node] = []
        body: list[tree_sitter.Node] = []
        into = condition

        def finish() -> None:
            if condition or body:
                raw = self.raw(condition[0].start_byte, condition[-1].end_byte).rstrip(" ;") if condition else ""
                arms.append(Arm(self.sequence(condition), self.sequence(body), raw))

        for child in node.children:
            if child.type in ("if", "fi"):
                continue
            if child.type == "then":
                into = body
            elif child.type == "elif_clause":
                finish()
                condition, body = [], []
                for inner in child.children:
                    if inner.type == "elif":
                        into = condition
                    elif inner.type == "then":
                        into = body
                    else:
                        into.append(inner)
            elif child.type == "else_clause":
                otherwise = self.sequence(inner for inner in child.children if inner.type != "else")
            else:
                into.append(child)
        finish()
        return If(tuple(arms), otherwise)

    def _loop(self, node: tree_sitter.Node) -> Node:
        kind = "for" if node.type != "while_statement" else node.children[0].type
        body = next((child for child in node.children if child.type in ("do_group", "compound_statement")), None)
        inner = self.sequence(body.children) if body is not None else _EMPTY
        raw = self.raw(node.start_byte, body.start_byte if body is not None else node.end_byte).rstrip(" ;")
        if kind in ("while", "until"):
            condition = [child for child in node.children[1:] if body is None or child.end_byte <= body.start_byte]
            return Loop(kind, self.sequence(condition), "", (), inner, raw.removeprefix(kind).strip())
        variable = node.child_by_field_name("variable")
        name = self.text[variable.start_byte : variable.end_byte] if variable is not None else ""
        words = tuple(
            self.word(child) for index, child in enumerate(node.children) if child.is_named and node.field_name_for_child(index) == "value"
        )
        if node.type == "c_style_for_statement":
            words = tuple(self.word(child) for child in node.children if child.is_named and child is not body and child.type != "do_group")
            assigned = next((child for child in node.children if child.type == "variable_assignment"), None)
            name = self.text[assigned.start_byte : assigned.end_byte].partition("=")[0] if assigned is not None else ""
        return Loop(kind, None, name, words, inner, raw)

    def _case(self, node: tree_sitter.Node) -> Node:
        value = node.child_by_field_name("value")
        subject = self.word(value) if value is not None else Word("", "", self.at(node.start_byte), ())
        arms = []
        for item in node.children:
            if item.type != "case_item":
                continue
            close = next((child for child in item.children if child.type == ")"), None)
            end = close.start_byte if close is not None else item.start_byte
            body = [child for child in item.children if close is not None and child.start_byte >= close.end_byte]
            arms.append(Arm(None, self.sequence(body), f"{subject.raw} in {self.raw(item.start_byte, end).lstrip('(')}"))
        return Case(subject, tuple(arms))

    # --- commands and words ----------------------------------------------------------------------------------------

    def _simple(self, node: tree_sitter.Node) -> Node:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects: list[tree_sitter.Node] = []
        plain = node.type in ("test_command", "compound_statement")
        for child in [node] if node.type == "variable_assignment" else node.children:
            if child.is_missing:
                self.problem(child.start_byte)
            elif child.type in _REDIRECTS:
                redirects.append(child)
            elif child.type == "variable_assignment" and node.type != "declaration_command" and not plain:
                assignments.append(self._assignment(child))
            elif plain:
                words.extend(self._operands(child))
            elif child.end_byte > child.start_byte and (child.is_named or child.type not in ("==", "=~")):
                words.append(self.word(child))
        words.extend(self._behind_targets(redirects))
        return self._finish(tuple(words), tuple(assignments), self._redirects(redirects), node)

    def _finish(
        self, words: tuple[Word, ...], assignments: tuple[tuple[str, Word], ...], redirects: tuple[Redirect, ...], node: tree_sitter.Node
    ) -> Simple:
        offset = words[0].offset if words else self.at(node.start_byte)
        return Simple(words, assignments, redirects, offset, self.raw(node.start_byte, node.end_byte))

    def _operands(self, node: tree_sitter.Node) -> list[Word]:
        found: list[Word] = []
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one.type in _EXPRESSIONS:
                waiting.extend(reversed(one.children))
            else:
                found.append(self.word(one))
        return found

    def _assignment(self, node: tree_sitter.Node) -> tuple[str, Word]:
        text = self.text[node.start_byte : node.end_byte]
        match = re.match(r"[^=]*=", text)
        name = match[0][:-1] if match else text
        value = node.child_by_field_name("value")
        if value is None:
            return name, Word("", "", self.at(node.end_byte), ())
        return name, self.word(value)

    def word(self, node: tree_sitter.Node) -> Word:
        pieces = tuple((piece, self.at(offset)) for piece, offset in segments(node, self.text, self.masked))
        raw = self.text[node.start_byte : node.end_byte]
        return Word("".join(piece for piece, _ in pieces), raw, self.at(node.start_byte), pieces, self._substitutions(node))

    def _substitutions(self, node: tree_sitter.Node) -> tuple[Node, ...]:
        if node.type in _SUBSTITUTIONS:
            if self.depth >= DEEPEST:
                self.problem(node.start_byte)
                return ()
            self.depth += 1
            try:
                return (self.sequence(node.children),)
            finally:
                self.depth -= 1
        found: list[Node] = []
        waiting = list(reversed(node.children))
        while waiting:
            child = waiting.pop()
            if child.type in _SUBSTITUTIONS:
                found.extend(self._substitutions(child))
            else:
                waiting.extend(reversed(child.children))
        return tuple(found)

    def _redirects(self, nodes: Iterable[tree_sitter.Node]) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        for node in nodes:
            if node.type == "heredoc_redirect":
                found.append(self._heredoc(node))
                found.extend(self._redirects(child for child in node.children if child.type in _REDIRECTS))
                continue
            words = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
            operator = "".join(child.type for child in node.children if not child.is_named)
            target = self.word(words[0]) if words else None
            found.append(Redirect(self.raw(node.start_byte, node.end_byte), target, None, ">" in operator and "&" not in operator[1:]))
        return tuple(found)

    def _heredoc(self, node: tree_sitter.Node) -> Redirect:
        start = next((child for child in node.children if child.type == "heredoc_start"), None)
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        end = next((child for child in node.children if child.type == "heredoc_end"), None)
        dash = any(child.type == "<<-" for child in node.children)
        first = body.start_byte if body is not None else node.end_byte
        # The grammar leaves leading blanks of the first line out of the body.
        while first > 0 and self.text[first - 1] in " \t":
            first -= 1
        last = end.start_byte if end is not None else (body.end_byte if body is not None else first)
        pieces: list[tuple[str, int]] = []
        offset = first
        for line in re.findall(r"[^\n]*\n|[^\n]+", self.text[first:last]):
            kept = line.lstrip("\t") if dash else line
            pieces.append((kept, self.at(offset + len(line) - len(kept))))
            offset += len(line)
        if end is not None and dash and pieces and not pieces[-1][0].strip("\t"):
            pieces.pop()
        word = Word(
            "".join(piece for piece, _ in pieces), "", self.at(first), tuple(pieces), self._substitutions(body) if body is not None else ()
        )
        return Redirect(self.raw(node.start_byte, start.end_byte if start is not None else node.end_byte), None, word)


def _pipeline(parts: list[Node]) -> Node | None:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Pipeline) else [part])
    if len(flat) < 2:
        return flat[0] if flat else None
    if isinstance(flat[0], Not):
        # To the grammar, `! a | b` negates a alone.
        return Not(Pipeline((flat[0].body, *flat[1:])))
    return Pipeline(tuple(flat))


def _given(node: Node, words: tuple[Word, ...]) -> Node:
    """A command with more words."""
    if not words or not isinstance(node, Simple):
        return node
    return Simple((*node.words, *words), node.assignments, node.redirects, node.offset, node.raw)


def _attach(node: Node, redirects: tuple[Redirect, ...]) -> Node:
    """Redirections behind a list or pipeline belong to its last command."""
    if not redirects:
        return node
    if isinstance(node, Simple):
        return Simple(node.words, node.assignments, (*node.redirects, *redirects), node.offset, node.raw)
    if isinstance(node, Chain):
        return Chain(node.operator, node.left, _attach(node.right, redirects), node.left_raw, node.right_raw)
    if isinstance(node, Pipeline):
        return Pipeline((*node.parts[:-1], _attach(node.parts[-1], redirects)))
    if isinstance(node, Not):
        return Not(_attach(node.body, redirects))
    return Redirected(node, redirects)
