"""What a script hands on to the steps and jobs behind it: ``echo "env=prod" >> $GITHUB_OUTPUT``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.pipelines.commands import Invocation

Kind = Literal["output", "variable"]

_FILES: Mapping[str, Kind] = {"GITHUB_OUTPUT": "output", "GITHUB_ENV": "variable"}
_REDIRECTED = re.compile(r">>?\s*[\"']?(?:\$\{?|\$env:)(\w+)\}?[\"']?")
_COMMAND = re.compile(r"::set-(output|env) name=([\w-]+)::(.*)", re.DOTALL)
_PAIR = re.compile(r"([A-Za-z_][\w-]*)=(.*)", re.DOTALL)
_OPEN = re.compile(r"[$`]|\{\{")
"""In a value: something that only the run will tell."""


@dataclass(frozen=True, slots=True)
class Handed:
    """One value that is handed on: an output of the step, or an environment variable of the job. ``value`` is ``None`` where only the
    run will tell it, or whether it is handed on at all."""

    kind: Kind
    name: str
    value: str | None


def hands_on(text: str) -> bool:
    """Whether a script could hand something on."""
    return any(name in text for name in (*_FILES, "::set-output", "::set-env"))


def handed(invocations: Iterable[Invocation]) -> tuple[Handed, ...]:
    """What the commands of a script hand on, each name once."""
    found: dict[tuple[Kind, str], str | None] = {}
    may_have_left = False
    open_ones: set[tuple[Kind, str]] = set()
    for invocation in invocations:
        if invocation.words[:1] == ("exit",) and invocation.conditional:
            may_have_left = True
        for kind, name, value in _written(invocation):
            known = not (invocation.conditional or may_have_left or _OPEN.search(value))
            if invocation.conditional or may_have_left:
                open_ones.add((kind, name))
            found[kind, name] = value if known else None
    return tuple(Handed(kind, name, None if (kind, name) in open_ones else value) for (kind, name), value in found.items())


def _written(invocation: Invocation) -> Iterator[tuple[Kind, str, str]]:
    """(kind, name, value as far as it is known) of each pair that a command writes."""
    words = invocation.words
    if words[:1] not in (("echo",), ("printf",), ("cat",)):
        return
    text = " ".join(word for word in words[1:] if word not in ("-e", "-n", "-E"))
    if match := _COMMAND.fullmatch(text):
        yield "output" if match[1] == "output" else "variable", match[2], match[3]
        return
    kind = next((_FILES[name] for one in invocation.redirects for name in _REDIRECTED.findall(one) if name in _FILES), None)
    if kind is None:
        return
    for line in (invocation.heredoc or "" if words[0] == "cat" else text.removesuffix("\\n")).split("\n"):
        if match := _PAIR.fullmatch(line.strip()):
            yield kind, match[1], match[2]
