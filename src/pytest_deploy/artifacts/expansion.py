"""Variables of a Dockerfile: which are known where, and words with them put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_deploy.syntax.dockerfile_lex import LexError, expand

PLATFORM_ARGUMENTS = frozenset(f"{where}{what}" for where in ("TARGET", "BUILD") for what in ("PLATFORM", "OS", "ARCH", "VARIANT"))
"""ARGs that BuildKit itself sets; they always have a value, which only the build knows."""


_BRACED = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Word:
    """A word with variables put in. ``missing`` are those without a known value; ``error`` is why BuildKit refuses it."""

    text: str
    missing: frozenset[str] = frozenset()
    error: str = ""

    @property
    def known(self) -> bool:
        """Whether the text is certain."""
        return not self.missing and not self.error


@dataclass(frozen=True, slots=True)
class Scope:
    """The variables in force at one place: ``values`` that are known, and names that have a value which is not (``unknown``).
    ``lasting`` are the names set by ENV: those that the image keeps. A name in none of these is not set, as far as the file says."""

    values: Mapping[str, str]
    unknown: frozenset[str]
    escape: str = "\\"
    lasting: frozenset[str] = frozenset()

    def expand(self, text: str) -> Word:
        """Put variables into a word and take its quotes off. Never raises."""
        try:
            found = expand(text, self.values, escape=self.escape, unknown=self.unknown)
        except LexError as error:
            return Word(text, frozenset(), str(error))
        return Word(found.text, found.missing)

    def path(self, text: str) -> str:
        """A path with variables put in; those without a known value stay as ``$NAME``, so that the same path is still the same."""
        try:
            found = expand(text, self.values, escape=self.escape, keep_unset=True).text
        except LexError:
            return text
        return _BRACED.sub(r"$\1", found)

    def with_value(self, name: str, word: Word, *, lasting: bool = False) -> Scope:
        """The same with one variable more; one whose value is not certain becomes unknown."""
        kept = self.lasting | {name} if lasting else self.lasting
        values = {key: value for key, value in self.values.items() if key != name}
        if not word.known:
            return replace(self, values=values, unknown=self.unknown | {name}, lasting=kept)
        return replace(self, values={**values, name: word.text}, unknown=self.unknown - {name}, lasting=kept)

    def without(self, name: str) -> Scope:
        """The same with one variable not set."""
        return replace(self, values={key: value for key, value in self.values.items() if key != name}, unknown=self.unknown - {name})

    def get(self, name: str) -> str | None:
        """The value of a variable, when it is known."""
        return self.values.get(name)
