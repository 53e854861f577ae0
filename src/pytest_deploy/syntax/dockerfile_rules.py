"""What BuildKit refuses in an instruction that reads well: unknown ones, wrong numbers of arguments, wrong order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.syntax.dockerfile_lex import LexError, expand
from pytest_deploy.syntax.dockerfile_words import PARSERS

if TYPE_CHECKING:
    from pytest_deploy.syntax.dockerfile import Instruction

_FLAGS = {
    "ADD": {"chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"},
    "COPY": {"from", "chown", "chmod", "link", "parents", "exclude"},
    "FROM": {"platform"},
    "HEALTHCHECK": {"interval", "timeout", "start-period", "start-interval", "retries"},
    "RUN": {"mount", "network", "security", "device"},
}
_AT_LEAST = {"ADD": 2, "COPY": 2, "ARG": 1, "ENV": 1, "LABEL": 1, "EXPOSE": 1, "VOLUME": 1, "HEALTHCHECK": 1}
_EXACTLY_ONE = {"USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"}
_EXPANDED = {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
"""Instructions in whose words BuildKit itself puts variables; those of the others are the shell's."""
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")


def complaints(path: str, instructions: Iterable[Instruction], escape: str = "\\") -> Iterator[SyntaxProblem]:
    """What is wrong, each at its line. ``escape`` is the escape character of the file."""
    stages = False
    for one in instructions:
        message = _complaint(one) or _word(one, escape)
        if not message and one.name not in ("FROM", "ARG") and not stages:
            message = f"{one.name} stands before the first FROM: there is no build stage yet"
        stages = stages or one.name == "FROM"
        if message:
            yield SyntaxProblem(message, one.place)
    if not stages and any(one.name == "ARG" for one in instructions):
        yield SyntaxProblem("the file has no FROM: there is no build stage", Place(path))


def _complaint(one: Instruction) -> str:
    if one.name not in PARSERS:
        near = difflib.get_close_matches(one.name, PARSERS, 1)
        return f"unknown instruction: {one.name}" + (f" (did you mean {near[0]}?)" if near else "")
    for flag in one.flags:
        name = flag.removeprefix("--").partition("=")[0]
        if name not in _FLAGS.get(one.name, ()):
            return f"{one.name} has an unknown flag: {name}"
    if one.name == "FROM":
        return _from(one)
    if one.name == "ONBUILD":
        return _onbuild(one)
    if one.name == "HEALTHCHECK" and one.words and one.words[0].upper() not in ("NONE", "CMD"):
        return f"unknown type {one.words[0]!r} in HEALTHCHECK: it is CMD or NONE"
    if one.name == "SHELL" and not one.json:
        return "SHELL requires the arguments to be in JSON form"
    if len(one.words) < _AT_LEAST.get(one.name, 0) and not _refused_by_its_words(one):
        number = _AT_LEAST[one.name]
        return f"{one.name} requires at least {'two arguments' if number == 2 else 'one argument'}"
    if one.name in _EXACTLY_ONE and not one.words:
        return f"{one.name} requires exactly one argument"
    return ""


def _word(one: Instruction, escape: str) -> str:
    """Why a word with variables cannot be expanded, whatever their values."""
    if one.name not in _EXPANDED:
        return ""
    for word in one.words:
        try:
            expand(word, {}, escape=escape, keep_unset=True)
        except LexError as error:
            return f"{one.name}: {error}: {word[:80]}"
    return ""


def _refused_by_its_words(one: Instruction) -> bool:
    # Its arguments could not be taken apart, which has been said already.
    return not one.words and bool(one.value) and not one.json


def _from(one: Instruction) -> str:
    if len(one.words) not in (1, 3) or (len(one.words) == 3 and one.words[1].lower() != "as"):
        return "FROM requires either one or three arguments: FROM image, or FROM image AS name"
    if len(one.words) == 3 and not _STAGE_NAME.fullmatch(one.words[2].lower()):
        return f"invalid name for build stage: {one.words[2]!r}"
    return ""


def _onbuild(one: Instruction) -> str:
    if one.child is None:
        return "ONBUILD requires at least one argument"
    if one.child.name in ("ONBUILD", "FROM", "MAINTAINER"):
        return f"{one.child.name} isn't allowed as an ONBUILD trigger"
    return _complaint(one.child)
