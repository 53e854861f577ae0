"""Quote removal that remembers where each piece of a word is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_deploy.syntax.shell.nodes import Segments

if TYPE_CHECKING:
    import tree_sitter

_BARE = re.compile(r"\\(\n|.)", re.DOTALL)
_DOUBLE = re.compile(r"\\([$`\"\\\n])")
_ANSI = re.compile(r"\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def segments(node: tree_sitter.Node, text: str, masked: str) -> Segments:
    """The pieces of a word's value. Expansions stay as written."""
    start, end = node.start_byte, node.end_byte
    match node.type:
        case "word" | "variable_name" | "number" | "regex" | "extglob_pattern" | "test_operator":
            return _unescaped(_BARE, text, masked, start, end)
        case "raw_string":
            return ((text[start + 1 : end - 1], start + 1),)
        case "ansi_c_string":
            return _ansi(text, start + 2, end - 1)
        case "string":
            return _string(node, text, masked)
        case "command_name" | "concatenation" | "translated_string" | "variable_assignment":
            return _joined(node, text, masked)
        case _:
            return ((text[start:end], start),)


def _joined(node: tree_sitter.Node, text: str, masked: str) -> Segments:
    pieces: list[tuple[str, int]] = []
    at = node.start_byte
    for child in node.children:
        if node.type == "translated_string" and child.type == "$":
            at = child.end_byte
            continue
        if child.start_byte > at:
            pieces.extend(_unescaped(_BARE, text, masked, at, child.start_byte))
        pieces.extend(segments(child, text, masked) if child.is_named else ((text[child.start_byte : child.end_byte], child.start_byte),))
        at = child.end_byte
    if node.end_byte > at:
        pieces.extend(_unescaped(_BARE, text, masked, at, node.end_byte))
    return tuple(pieces)


def _string(node: tree_sitter.Node, text: str, masked: str) -> Segments:
    pieces: list[tuple[str, int]] = []
    at = node.start_byte + 1
    end = node.end_byte - 1 if masked[node.end_byte - 1 : node.end_byte] == '"' and node.end_byte - 1 > node.start_byte else node.end_byte
    for child in node.children:
        if not child.is_named or child.type == "string_content":
            continue
        if child.start_byte > at:
            pieces.extend(_unescaped(_DOUBLE, text, masked, at, child.start_byte))
        pieces.append((text[child.start_byte : child.end_byte], child.start_byte))
        at = child.end_byte
    if end > at:
        pieces.extend(_unescaped(_DOUBLE, text, masked, at, end))
    return tuple(pieces)


def _unescaped(escape: re.Pattern[str], text: str, masked: str, start: int, end: int) -> Segments:
    pieces: list[tuple[str, int]] = []
    at = start
    for match in escape.finditer(masked, start, end):
        if match.start() > at:
            pieces.append((text[at : match.start()], at))
        if match[1] != "\n":
            pieces.append((text[match.start(1) : match.end(1)], match.start(1)))
        at = match.end()
    if end > at:
        pieces.append((text[at:end], at))
    return tuple(pieces)


def _ansi(text: str, start: int, end: int) -> Segments:
    pieces: list[tuple[str, int]] = []
    at = start
    for match in _ANSI.finditer(text, start, end):
        if match.start() > at:
            pieces.append((text[at : match.start()], at))
        pieces.append((_character(match[1]), match.start()))
        at = match.end()
    if end > at:
        pieces.append((text[at:end], at))
    return tuple(pieces)


def _character(escape: str) -> str:
    if escape[0] in "xuU" and len(escape) > 1:
        number = int(escape[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] == "c" and len(escape) == 2:
        return chr(ord(escape[1]) & 0x1F)
    return _LETTERS.get(escape, escape)
