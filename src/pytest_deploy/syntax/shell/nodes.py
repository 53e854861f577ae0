"""The shape of a shell script: what :mod:`reading` makes of tree-sitter's nodes."""

from __future__ import annotations

from dataclasses import dataclass

Segments = tuple[tuple[str, int], ...]
"""Pieces of a value, each with the offset in the text where it is written."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word after quote removal; ``raw`` as written, ``offset`` where. ``substitutions`` are the scripts within it."""

    text: str
    raw: str
    offset: int
    segments: Segments
    substitutions: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Redirect:
    """A redirection as written. ``target`` is the file or here-string; ``heredoc`` the body of a here-document."""

    text: str
    target: Word | None = None
    heredoc: Word | None = None
    writes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """A simple command. ``raw`` is its text on one line; ``offset`` that of its first word (without words: of the first assignment)."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    redirects: tuple[Redirect, ...]
    offset: int
    raw: str


@dataclass(frozen=True, slots=True, eq=False)
class Redirected:
    """A compound command with redirections."""

    body: Node
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """``a | b``."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Not:
    """``! a``."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """``a && b`` or ``a || b``; ``left_raw`` and ``right_raw`` are their texts."""

    operator: str
    left: Node
    right: Node
    left_raw: str
    right_raw: str


@dataclass(frozen=True, slots=True, eq=False)
class Background:
    """``a &``."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Subshell:
    """``( a )``."""

    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One branch of an ``if`` (with its condition) or of a ``case``. ``raw`` is the text of the condition or pattern."""

    condition: Node | None
    body: Node
    raw: str


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """``if … elif … else … fi``."""

    arms: tuple[Arm, ...]
    otherwise: Node | None


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """``case WORD in …``."""

    subject: Word
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """``while``, ``until`` (with a condition) and ``for`` (with words; none: it may not run at all)."""

    kind: str
    condition: Node | None
    variable: str
    words: tuple[Word, ...]
    body: Node
    raw: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A definition."""

    name: str
    body: Node


Node = Simple | Redirected | Sequence | Pipeline | Not | Chain | Background | Subshell | If | Case | Loop | Function
