"""A command as its follower sees it, and what stands behind it."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_deploy.places import Place, Text
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class Call:
    """A command that is about to run. ``directory`` is relative to the repository's root; ``variables`` are what it sees."""

    words: tuple[str, ...]
    place: Place
    directory: str
    variables: Mapping[str, str]
    tree: Tree
    heredoc: str | None = None
    script: str = ""
    """The path of the file that it stands in."""

    @property
    def name(self) -> str:
        """The program, without its folder."""
        return self.words[0].rpartition("/")[2]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words behind the program."""
        return self.words[1:]


@dataclass(frozen=True, slots=True)
class Link:
    """One thing that stands behind a command: a script (``text``) or a command (``words``) with its place.

    ``via`` are further stations between the command and it (``target build``). ``swallowed`` says why its failure is not the
    command's; ``stays`` means that it runs in the same shell (``source``): its variables and directory are kept.
    """

    text: Text | None = None
    words: tuple[str, ...] = ()
    place: Place | None = None
    directory: str = ""
    errexit: bool = False
    pipefail: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()
    swallowed: str = ""
    stays: bool = False
    function: bool = False
    """Whether only what stands in functions runs: the rest of ``text`` has run before."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind a command. ``instead``: the command only starts it (``poetry run``) and is not listed itself; ``beside``: the
    command also does something of its own (``npm ci`` and its lifecycle scripts); ``first``: it does so once they have succeeded."""

    links: tuple[Link, ...]
    instead: bool = False
    beside: bool = False
    first: bool = False


Resolver = Callable[[Call], Behind | None]
"""Tells what stands behind a command; ``None`` where it is not a runner's, or nothing is found."""


def joined(directory: str, path: str) -> str | None:
    """``path`` seen from ``directory``, relative to the root; ``None`` where it leaves the repository or holds a variable."""
    if "$" in path or "{{" in path:
        return None
    whole = posixpath.normpath(posixpath.join(directory, path)) if not path.startswith("/") else posixpath.normpath(path)
    if whole == ".":
        return ""
    return None if whole == ".." or whole.startswith(("../", "/")) else whole


def within(directory: str, name: str) -> str:
    """The path of a file in a folder."""
    return f"{directory}/{name}" if directory else name


def upwards(directory: str) -> list[str]:
    """A folder and those above it, up to the root."""
    found = [directory]
    while directory:
        directory = posixpath.dirname(directory)
        found.append(directory)
    return found


@dataclass(frozen=True, slots=True)
class Options:
    """The words of a command told apart: ``values`` of its options (all of them, in order), ``flags``, and the ``rest``."""

    values: Mapping[str, tuple[str, ...]]
    flags: frozenset[str]
    rest: tuple[str, ...]
    behind: tuple[str, ...] = ()
    """What stands behind ``--``."""

    def last(self, *names: str) -> str | None:
        """The last value of an option."""
        found = [value for name in names for value in self.values.get(name, ())]
        return found[-1] if found else None

    def all(self, *names: str) -> tuple[str, ...]:
        """All values of an option."""
        return tuple(value for name in names for value in self.values.get(name, ()))


def options(words: Sequence[str], taking: str, *, stop: bool = False) -> Options:
    """Tell options from the rest. ``taking`` lists those that take the next word; with ``stop`` everything behind the first word that is
    no option is rest (the words of a command that is run)."""
    valued = frozenset(taking.split())
    values: dict[str, list[str]] = {}
    flags: set[str] = set()
    rest: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        name, equals, value = word.partition("=")
        if word == "--":
            return Options({key: tuple(found) for key, found in values.items()}, frozenset(flags), tuple(rest), tuple(words[index:]))
        if not word.startswith("-") or word == "-":
            rest.append(word)
            if stop:
                rest.extend(words[index:])
                break
        elif equals and name in valued:
            values.setdefault(name, []).append(value)
        elif word in valued and index < len(words):
            values.setdefault(word, []).append(words[index])
            index += 1
        elif len(word) > 2 and word[:2] in valued and not word.startswith("--"):
            values.setdefault(word[:2], []).append(word[2:])
        else:
            flags.add(name)
            if equals:
                values.setdefault(name, []).append(value)
    return Options({key: tuple(found) for key, found in values.items()}, frozenset(flags), tuple(rest))


def appended(text: Text, arguments: Sequence[str]) -> Text:
    """A script with words behind it, as package managers do with what follows ``--``."""
    if not arguments:
        return text
    more = " " + " ".join(word if "$" in word else shlex.quote(word) for word in arguments)
    return Extended(str(text) + more, text)


def command_line(words: Sequence[str]) -> str:
    """Words as a command line that parts into them again; a variable stays one."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    if "$" not in word:
        return shlex.quote(word)
    if not any(character.isspace() or character in "\"'`\\" for character in word):
        return word
    return '"' + re.sub(r'(["`\\])', r"\\\1", word) + '"'


class Extended(Text):
    """A text whose value is another's with something behind it: places are those of the other."""

    __slots__ = ("original",)

    original: Text

    def __new__(cls, value: str, original: Text, *_: object) -> Extended:
        """``original`` is the text as written."""
        self = super().__new__(cls, value, original.path, original.line, original.column, original.end_line, original.end_column)
        self.original = original
        return self

    def locate(self, line: int, column: int = 1) -> Place:
        """The place of a line and column of the value; what was put behind is where the original ends."""
        lines = str(self.original).split("\n")
        if line > len(lines):
            return self.original.place
        return self.original.locate(line, min(column, max(len(lines[line - 1]), 1)))

    def __reduce__(self) -> tuple[object, ...]:
        return (Extended, (str(self), self.original))


def line_of(text: str, offset: int) -> int:
    """The 1-based line of an offset."""
    return text.count("\n", 0, offset) + 1
