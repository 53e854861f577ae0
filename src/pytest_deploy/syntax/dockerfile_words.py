"""The arguments of a Dockerfile's instruction, taken apart as BuildKit does: flags, words, pairs, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from pytest_deploy.syntax.dockerfile_lex import SPACES, LexError, expand

BLANKS = re.compile(r"[\t\v\f\r ]+")
"""What stands between an instruction, its flags and its words."""

Parser = Callable[[str, str, str], tuple[tuple[str, ...], bool]]


@dataclass(frozen=True, slots=True)
class Marker:
    """The ``<<EOF`` of a here-document. ``expand``: variables are put into its text; ``chomp``: leading tabs go."""

    name: str
    descriptor: int
    expand: bool
    chomp: bool


class WordsError(ValueError):
    """Arguments that BuildKit refuses; the argument says why."""


def split_flags(line: str) -> tuple[tuple[str, ...], str]:
    """The flags before the arguments (``--from=builder``, without quotes), and the rest of the line."""
    flags: list[str] = []
    position = 0
    while True:
        while line[position : position + 1] and line[position] in SPACES:
            position += 1
        if not line.startswith("--", position):
            return tuple(flags), line[position:]
        word, position = _flag(line, position)
        if word == "--":
            return tuple(flags), line[position:]
        if word:
            flags.append(word)


def _flag(line: str, position: int) -> tuple[str, int]:
    out: list[str] = []
    quote = ""
    while position < len(line):
        character = line[position]
        if not quote and character in SPACES:
            break
        position += 1
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif character == "\\":
            out.append(line[position : position + 1])
            position += 1
        else:
            out.append(character)
    return "".join(out), position


def split_words(text: str, escape: str) -> tuple[str, ...]:
    """Words between white space; quotes hold them together and stay."""
    words: list[str] = []
    word: list[str] = []
    blank = False
    quote = ""
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if not quote and character in SPACES:
            if word or blank:
                words.append("".join(word))
            word, blank = [], False
            continue
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote, blank = character, True
        elif character == escape and quote != "'":
            if position == len(text):
                break  # an escape character at the very end is dropped
            word.append(character)
            character = text[position]
            position += 1
        word.append(character)
    if word or blank:
        words.append("".join(word))
    return tuple(words)


def markers(line: str) -> tuple[Marker, ...]:
    """The here-documents that a RUN, COPY or ADD line announces.

    Raises ``LexError`` for one whose name cannot be read.
    """
    try:
        words = expand(line, {}, raw_quotes=True, raw_escapes=True, keep_unset=True).words
    except LexError:
        return ()  # as BuildKit: a line with an open quote announces none
    return tuple(one for one in map(_marker, words) if one is not None)


def _marker(word: str) -> Marker | None:
    found = re.fullmatch(r"([0-9]*)<<(-?)([^<]*)", word)
    if found is None or not found[3]:
        return None
    bare = expand(found[3], {}, keep_unset=True).words
    if len(bare) != 1:
        return None
    raw = expand(found[3], {}, raw_quotes=True, raw_escapes=True, keep_unset=True).words
    return Marker(bare[0], int(found[1] or 0), bare == raw, bool(found[2]))


# --- the arguments of each instruction -----------------------------------------------------------------------------


def _json(text: str) -> tuple[str, ...] | None:
    text = text.lstrip(SPACES)
    if not text.startswith("["):
        return None
    try:
        value, _ = _DECODER.raw_decode(text)  # what follows the array is passed over, as BuildKit does
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(one, str) for one in value):
        raise WordsError("when using JSON array syntax, arrays must be comprised of strings only")
    return tuple(value)


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _string(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    return ((text,) if text else ()), False


def _blanks(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    return (tuple(BLANKS.split(text)) if text else ()), False


def _maybe_json(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    found = _json(text)
    return (found, True) if found is not None else _string(text, escape, name)


def _maybe_json_list(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    found = _json(text)
    return (found, True) if found is not None else _blanks(text, escape, name)


def _names(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    return split_words(text, escape), False


def _pairs(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    words = split_words(text, escape)
    if not words:
        return (), False
    if "=" not in words[0]:
        parts = BLANKS.split(text, maxsplit=1)
        if len(parts) < 2:
            raise WordsError(f"{name} must have two arguments")
        return tuple(parts), False
    for word in words:
        if "=" not in word:
            raise WordsError(f"can't find = in {word!r}: must be of the form name=value")
    return tuple(part for word in words for part in word.split("=", 1)), False


def _health(text: str, escape: str, name: str) -> tuple[tuple[str, ...], bool]:
    parts = re.split(f"[{SPACES}]+", text, maxsplit=1)
    if not parts[0]:
        return (), False
    words, is_json = _maybe_json(parts[1] if len(parts) > 1 else "", escape, name)
    return (parts[0], *words), is_json


PARSERS: dict[str, Parser] = {
    "ADD": _maybe_json_list,
    "ARG": _names,
    "CMD": _maybe_json,
    "COPY": _maybe_json_list,
    "ENTRYPOINT": _maybe_json,
    "ENV": _pairs,
    "EXPOSE": _blanks,
    "FROM": _blanks,
    "HEALTHCHECK": _health,
    "LABEL": _pairs,
    "MAINTAINER": _string,
    "ONBUILD": _string,
    "RUN": _maybe_json,
    "SHELL": _maybe_json,
    "STOPSIGNAL": _string,
    "USER": _string,
    "VOLUME": _maybe_json_list,
    "WORKDIR": _string,
}
"""Instruction -> how its arguments are read: (text, escape character, instruction) gives the words, and whether they were JSON.
They raise :class:`WordsError`."""
