"""One installation of dependencies, and command lines taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.checks.container._commands import Ran
from pytest_deploy.places import Place

Kind = Literal["project", "packages", "tool", "prune"]


@dataclass(frozen=True, slots=True)
class Install:
    """One installation.

    ``kind``: what the project's manifest asks for (``project``), packages added to the project by name (``packages``), tools of their own
    (``tool``: globally installed, or outside of a project), or the removal of development dependencies (``prune``). ``packages`` are the
    names as written. ``production``: without development dependencies. ``locked``: held to the lock file (``None``: there is none to
    hold it to). ``folder`` is the project's; ``targets`` are where things go (absolute, in the image). ``lockfiles`` are the names that a
    lock may have, where it only needs to be there.
    """

    manager: str
    kind: Kind
    ran: Ran
    folder: str
    targets: tuple[str, ...]
    packages: tuple[str, ...] = ()
    production: bool = False
    locked: bool | None = None
    lockfiles: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.ran.place

    @property
    def text(self) -> str:
        """The command, short."""
        shown = " ".join(self.ran.words)
        return shown if len(shown) <= 60 else shown[:57] + "…"


@dataclass(frozen=True, slots=True)
class Line:
    """A command line taken apart: the words that are no options, and the options with their values."""

    words: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]

    def has(self, *names: str) -> bool:
        return any(name in self.options and self.options[name] != ("false",) for name in names)

    def values(self, *names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in self.options.get(name, ()))


def command_line(words: tuple[str, ...], valued: frozenset[str]) -> Line:
    bare: list[str] = []
    options: dict[str, tuple[str, ...]] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            bare.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and name in valued:
            value = next(rest, "")
        options[name] = (*options.get(name, ()), value)
    return Line(tuple(bare), options)


def is_true(value: str | None) -> bool:
    return value is not None and value.lower() in ("1", "true", "yes", "on")
