"""Branches of a script that its arguments decide: ``./go test`` and ``case "$1" in``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pytest_deploy.syntax.shell import Command

_ARM = re.compile(r"(?P<subject>[\"']?\$\S*) in (?P<patterns>.+)", re.DOTALL)
_TEST = re.compile(r"(?:\[\[?|test) (?P<left>\S+) (?P<sign>==?|!=) (?P<right>\S+?)(?: \]\]?)?")
_NAMES = re.compile(r"\$\{?(\w+)")

Known = Callable[[str], str]
"""Puts the values of variables into a word, as far as they are known."""


@dataclass(slots=True)
class Branches:
    """The branches of one script. ``arms`` are the patterns of each ``case`` by its subject; ``changing`` the variables that only some
    way through the script sets, whose value at a branch is therefore not that at the start."""

    arms: dict[str, set[str]] = field(default_factory=dict)
    changing: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, commands: Iterable[Command]) -> Branches:
        """Those of a script's commands."""
        found = cls()
        for command in commands:
            for guard in command.guards:
                if arm := _ARM.fullmatch(guard.removeprefix("! ")):
                    found.arms.setdefault(arm["subject"], set()).update(_patterns(arm["patterns"]))
            if command.conditional:
                found.changing.update(name.partition("[")[0].rstrip("+") for name, _ in command.assignments)
                found.changing.update(word.partition("=")[0] for word in command.words[1:] if "=" in word)
                if command.words[:1] == ("shift",):
                    found.changing.update("123456789")
        return found

    def left(self, guards: tuple[str, ...], known: Known) -> tuple[str, ...] | None:
        """The conditions that remain once the decided ones are taken out; ``None`` where one of them does not hold."""
        remaining = []
        for guard in guards:
            holds = self._holds(guard.removeprefix("! "), known)
            if holds is None:
                remaining.append(guard)
            elif holds == guard.startswith("! "):
                return None
        return tuple(remaining)

    def _holds(self, condition: str, known: Known) -> bool | None:
        if arm := _ARM.fullmatch(condition):
            value = self._value(arm["subject"], known)
            if value is None:
                return None
            patterns = _patterns(arm["patterns"])
            literal = any(pattern == value for pattern in patterns)
            if literal or not any(fnmatchcase(value, pattern) for pattern in patterns):
                return literal
            # A pattern holds for what no arm before it has taken, and those that hold nothing are not seen.
            return False if value in self.arms[arm["subject"]] else None
        if test := _TEST.fullmatch(condition):
            left, right = self._value(test["left"], known), self._value(test["right"], known)
            if left is None or right is None:
                return None
            if condition.startswith("[[") and test["right"][0] not in "\"'":
                return fnmatchcase(left, right) is (test["sign"] != "!=")
            return (left == right) is (test["sign"] != "!=")
        return None

    def _value(self, word: str, known: Known) -> str | None:
        if self.changing.intersection(_NAMES.findall(word)):
            return None
        value = known(word.strip("\"'"))
        return None if re.search(r"[$`<{]", value) else value


def _patterns(text: str) -> list[str]:
    return [one.strip().strip("\"'") for one in text.split("|")]
