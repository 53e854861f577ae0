"""The words of a command told apart: its name, its arguments, its options."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from pytest_deploy.pipelines.classification.tables import tables

_VERSIONED = re.compile(r"^(python|pip|php|ruby|node|pytest|bundle)-?\d[\d.]*$")
_SUFFIX = re.compile(r"\.(exe|cmd|bat|phar)$", re.IGNORECASE)
_CLUSTER = re.compile(r"^-[A-Za-z]{2,6}$")
_LONG_WITH_ONE_DASH = frozenset({"terraform", "tofu", "terragrunt", "go", "mvn", "java", "javac", "ng", "packer", "migrate", "find"})
"""Tools whose long options have one dash: ``-auto`` is no ``-a -u -t -o``."""

_CLUSTERED = frozenset({"curl", "gsutil"})
"""Tools whose short options are often written together with a value behind: ``-sSfo FILE``."""


def tool(word: str) -> str:
    """The name of a program without its folder, suffix and version: ``./vendor/bin/phpunit`` is ``phpunit``."""
    name = _SUFFIX.sub("", word.replace("\\", "/").rstrip("/").rpartition("/")[2])
    name = name.removeprefix("-") if name.startswith("-") else name
    versioned = _VERSIONED.match(name)
    if versioned:
        return versioned[1]
    return {"gradlew": "gradle", "mvnw": "mvn", "terraform1": "terraform", "nodejs": "node", "py": "python"}.get(name, name)


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command. ``name`` is that of the program; ``positional`` what is neither option nor option's value; ``options`` the others
    as written, with their values (``None``: it has none). ``variables`` are the environment variables it sees."""

    name: str
    positional: tuple[str, ...] = ()
    options: tuple[tuple[str, str | None], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    path: bool = False
    """Whether the program is named by its file: what is not may be a function of the script."""

    def values(self, *names: str) -> Iterator[str]:
        """The values of the options with these names, in the order of the command."""
        return (value for option, value in self.options if option in names and value is not None)

    def value(self, *names: str) -> str | None:
        """The value of the last of the options with these names."""
        return next(iter(reversed(tuple(self.values(*names)))), None)

    def has(self, term: str) -> bool:
        """Whether a term of the tables holds: ``--flag``, ``--flag=value``, ``$VARIABLE=value`` or a further argument. Values and
        arguments are globs; alternatives are parted by ``|``."""
        name, equals, wanted = term.partition("=")
        if name.startswith("$"):
            value = self.variables.get(name[1:])
            return value is not None and (not equals or matches(value, wanted))
        if not name.startswith("-"):
            return any(matches(one.lower(), term.lower()) for one in self.positional)
        found = any(
            any(self._is(option, one) for one in name.split("|")) and (not equals or matches("" if value is None else value, wanted))
            for option, value in self.options
        )
        # behind ``--`` stand the options of what is started: cargo fmt -- --check
        return found or (not equals and any(one in self.positional for one in name.split("|")))

    def _is(self, option: str, wanted: str) -> bool:
        if option == wanted or (("*" in wanted) and fnmatchcase(option, wanted)):
            return True
        return len(wanted) == 2 and self.name not in _LONG_WITH_ONE_DASH and bool(_CLUSTER.match(option)) and wanted[1] in option


def matches(text: str, alternatives: str) -> bool:
    """Whether a text is one of ``a|b*|c``."""
    plain, globs = _alternatives(alternatives)
    return text in plain or any(fnmatchcase(text, one) for one in globs)


@functools.lru_cache(maxsize=8192)
def _alternatives(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The alternatives that are plain words, and those with a glob in them."""
    every = text.split("|")
    globs = tuple(one for one in every if any(sign in one for sign in "*?["))
    return frozenset(one for one in every if one not in globs), globs


def read(words: tuple[str, ...], variables: Mapping[str, str] | None = None) -> Arguments:
    """Tell the words of a command apart. Which options take a value is in the tables; of others an option is taken to have none
    but what stands behind its ``=``."""
    words = plain(words)
    if not words:
        return Arguments("")
    name = tool(words[0])
    valued = _valued(name)
    positional: list[str] = []
    options: list[tuple[str, str | None]] = []
    rest = iter(words[1:])
    for word in rest:
        if word == "--":
            positional.extend(rest)
        elif word.startswith("-") and len(word) > 1 and not word[1].isspace():
            option, equals, value = word.partition("=")
            if equals:
                options.append((option, value))
            elif option in valued or (_CLUSTER.match(option) and name in _CLUSTERED and f"-{option[-1]}" in valued):
                options.append((option, next(rest, None)))
            else:
                options.append((option, None))
        else:
            positional.append(word)
            if len(positional) <= 2:
                deeper = _valued(" ".join((name, *positional)))
                valued = deeper or valued
    return Arguments(name, tuple(positional), tuple(options), variables or {}, "/" in words[0] or "." in words[0])


@functools.cache
def _valued(command: str) -> frozenset[str]:
    return frozenset(tables().valued.get(command, "").split())


_INTERPRETERS = frozenset({"php", "node", "ruby"})
_BINARY_FOLDERS = ("vendor/bin/", "node_modules/.bin/")


def plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without what only starts the program, ``php vendor/bin/X``, ``docker-compose``, a container of a known tool, and
    without the stage of a command of Google's: ``gcloud beta``."""
    if not words:
        return words
    name = tool(words[0])
    rest = words[1:]
    if name == "gcloud" and rest and rest[0] in ("alpha", "beta", "preview"):
        return (words[0], *rest[1:])
    if name == "docker-compose":
        return ("docker", "compose", *rest)
    if name in _INTERPRETERS and rest and any(f"/{folder}" in f"/{rest[0].removeprefix('./')}" for folder in _BINARY_FOLDERS):
        return rest
    if name in ("docker", "podman") and rest and rest[0] == "run":
        return _container(words)
    return words


def _container(words: tuple[str, ...]) -> tuple[str, ...]:
    valued = frozenset(tables().valued["docker run"].split())
    index = 2
    while index < len(words) and words[index].startswith("-"):
        index += 2 if words[index] in valued else 1
    if index >= len(words):
        return words
    image = re.sub(r"(@sha256:.*|:[^/:]*)$", "", words[index])
    program = tables().containers.get(image)
    return words if program is None else (*program.split(), *words[index + 1 :])
