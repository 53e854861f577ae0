"""What the analysis of failures keeps about a script while it walks through it.

A *mark* stands for a command: ``n`` (positive) for the failure of command ``n``, ``-n`` for what it writes. Sets of marks say what
depends on what.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_deploy.places import Place
from pytest_deploy.syntax.shell.nodes import Function, Simple, Word

Marks = frozenset[int]
NONE: Marks = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the status and the output of a piece of script depend on.

    ``hard`` and ``soft`` are the commands whose failure makes its status non-zero; the shell's errexit sees the hard ones only.
    ``inverts`` are those whose failure makes its status zero, or may. ``ends`` says that nothing behind it runs: ``exit``, ``return``,
    ``loop`` (the round), or empty; ``well`` that it then ends with status zero.
    """

    hard: Marks = NONE
    soft: Marks = NONE
    inverts: Marks = NONE
    output: Marks = NONE
    ends: str = ""
    well: bool = False

    @property
    def fails(self) -> Marks:
        """Commands whose failure makes the status non-zero."""
        return self.hard | self.soft


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A condition under which something runs. One of ``a && b`` (``needs`` are the marks of a) is none where a's failure fails the
    script as well."""

    text: str
    needs: Marks | None = None


@dataclass(slots=True)
class Frame:
    """A part of the script that control can leave: the shell itself (or a subshell), a function, a loop, a branch.

    ``control`` are the marks of failures that lead here, ``other`` those of commands whose success does; ``fatal`` those that make a
    shell or function end with a non-zero status; ``assigned`` the variables set in a loop; ``number`` tells shells apart.
    """

    kind: str
    control: Marks = NONE
    guards: list[Guard] = field(default_factory=list)
    other: Marks = NONE
    fatal: Marks = NONE
    assigned: set[str] = field(default_factory=set)
    number: int = 0


@dataclass(slots=True)
class Draft:
    """A command on its way to be a :class:`Command`."""

    node: Simple
    words: tuple[Word, ...]
    assignments: tuple[tuple[str, str], ...]
    place: Place
    guards: tuple[Guard, ...]
    function: str
    number: int
    shells: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The words' values."""
        return tuple(word.text for word in self.words)


@dataclass(slots=True)
class State:
    """What changes from command to command."""

    errexit: bool
    pipefail: bool
    inherit: bool = False
    switched_off: bool = False
    variables: dict[str, Marks] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    status: Marks = NONE
    """What ``$?`` depends on."""
    pipe_status: Marks = NONE
    started: Marks = NONE
    """The last one in the background: ``$!``."""
    background: Marks = NONE
    standard_input: Marks = NONE

    def copy(self) -> State:
        """A copy for a subshell."""
        return State(
            self.errexit,
            self.pipefail,
            self.inherit,
            self.switched_off,
            dict(self.variables),
            dict(self.functions),
            self.status,
            self.pipe_status,
            self.started,
            self.background,
            self.standard_input,
        )


def union(sets: Iterable[Marks]) -> Marks:
    """All of them."""
    return NONE.union(*sets)
