"""What a check says: findings, and the two ways of having nothing to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from pytest_deploy.places import Place


class Placed(Protocol):
    """Anything that knows its place: text out of a file, an instruction, a job."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Related:
    """A further place that helps to understand a finding."""

    message: str
    place: Place


@dataclass(frozen=True, slots=True, init=False)
class Finding:
    """One thing that is wrong, at its place.

    ``message`` says what is wrong *here*, naming the stage, job or resource; ``at`` is a place or anything that has
    one; ``hint`` is one sentence that tells how to mend it. ``advisory`` says whether this finding of a required check is
    an advisory one; ``None`` leaves it to the subject (those of a development-only file are advisory).
    """

    message: str
    place: Place
    hint: str
    related: tuple[Related, ...] = field(default=())
    advisory: bool | None = None

    def __init__(
        self, message: str, at: Place | Placed, hint: str, related: tuple[Related, ...] = (), advisory: bool | None = None
    ) -> None:
        place = at if isinstance(at, Place) else at.place
        object.__setattr__(self, "message", message)
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "hint", hint)
        object.__setattr__(self, "related", related)
        object.__setattr__(self, "advisory", advisory)


class NotApplicable(Exception):
    """The subject holds nothing that the check speaks about; the argument is the reason."""


class Unverified(Exception):
    """The check applies, but what it needs is not at hand; the argument says what, and how to supply it."""


class SyntaxProblem(Exception):
    """A file cannot be read as what it claims to be; the only error that a reader raises."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
