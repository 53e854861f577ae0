"""Commands and packaged steps against the tables of known tools."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import get_args

from pytest_deploy.pipelines.acts import Role
from pytest_deploy.pipelines.classification.arguments import Arguments, matches, plain
from pytest_deploy.pipelines.classification.tables import ActionPattern, CommandPattern, tables

ROLES: tuple[Role, ...] = get_args(Role)


@functools.cache
def _commands() -> Mapping[str, tuple[tuple[Role, CommandPattern], ...]]:
    """Patterns by the first letters that a program's name must have; the empty key has those with a glob there."""
    found: dict[str, list[tuple[Role, CommandPattern]]] = {}
    for role in ROLES:
        if role not in tables().roles:
            continue
        for pattern in tables().roles[role].commands:
            for name in pattern.run.split()[0].split("|"):
                found.setdefault("" if "*" in name else name, []).append((role, pattern))
    return {name: tuple(patterns) for name, patterns in found.items()}


def command_patterns(arguments: Arguments, *, remote: bool = False) -> Iterator[tuple[Role, CommandPattern, tuple[str, ...]]]:
    """For every role that a command has: the first pattern that it matches, and its arguments behind the words of the pattern.
    ``remote``: it runs where the application does."""
    if not arguments.name or arguments.has("--help") or (not arguments.positional and arguments.options == (("--version", None),)):
        return
    known = _commands()
    seen: set[Role] = set()
    for role, pattern in (*known.get(arguments.name, ()), *(known.get("", ()) if arguments.path else ())):
        if role in seen or (pattern.remote and not remote):
            continue
        rest = _behind(arguments, pattern.run)
        if rest is not None and _terms_hold(arguments, pattern, tables().roles[role].without):
            seen.add(role)
            yield role, pattern, rest


def _behind(arguments: Arguments, run: str) -> tuple[str, ...] | None:
    first, *others = run.split()
    if not matches(arguments.name, first) or len(others) > len(arguments.positional):
        return None
    if all(_fits(word, wanted) for word, wanted in zip(arguments.positional, others, strict=False)):
        # globs at the end ask for an argument, which is one all the same
        while others and "*" in others[-1]:
            others.pop()
        return arguments.positional[len(others) :]
    return None


def _fits(word: str, wanted: str) -> bool:
    """Whether an argument is the one that a pattern wants; of a path, its last part."""
    if "/" in word and "/" not in wanted and "://" not in word:
        word = word.rstrip("/").rpartition("/")[2]
    return matches(word, wanted)


def _terms_hold(arguments: Arguments, pattern: CommandPattern, without: str) -> bool:
    one_of = pattern.with_.split()
    return (
        (not one_of or any(map(arguments.has, one_of)))
        and all(map(arguments.has, pattern.with_all.split()))
        and not any(map(arguments.has, (*pattern.without.split(), *without.split())))
    )


def own_roles(named: Mapping[str, tuple[str, ...]], words: tuple[str, ...]) -> Iterator[Role]:
    """The roles that the settings give a command by its first words."""
    for role in ROLES:
        for pattern in named.get(role, ()):
            first = tuple(pattern.split())
            if first and first in (words[: len(first)], plain(words)[: len(first)]):
                yield role
                break


def own_packaged_roles(named: Mapping[str, tuple[str, ...]], name: str) -> Iterator[Role]:
    """The roles that the settings give a packaged step by its name."""
    for role in ROLES:
        if any(fnmatchcase(name.lower(), pattern.lower().partition("@")[0]) for pattern in named.get(role, ())):
            yield role


def action_patterns(name: str, parameters: Mapping[str, str]) -> Iterator[tuple[Role, ActionPattern]]:
    """For every role that a packaged step has: the first pattern that it matches. ``parameters`` have names in lower case."""
    for role, patterns in _actions(name.lower()):
        for pattern in patterns:
            if all(matches(parameters.get(key.lower(), ""), wanted) for key, wanted in pattern.when.items()) and not any(
                matches(parameters.get(key.lower(), ""), wanted) for key, wanted in pattern.unless.items()
            ):
                yield role, pattern
                break


@functools.lru_cache(maxsize=1024)
def _actions(name: str) -> tuple[tuple[Role, tuple[ActionPattern, ...]], ...]:
    """The patterns that fit the name of a packaged step, whatever its parameters, for each role that has any."""
    found = {
        role: tuple(pattern for pattern in tables().roles[role].actions if matches(name, pattern.name.lower()))
        for role in ROLES
        if role in tables().roles
    }
    return tuple((role, patterns) for role, patterns in found.items() if patterns)


@functools.cache
def known_action(name: str) -> bool:
    """Whether the tables know a packaged step by its name, whatever its parameters make of it."""
    names = [pattern.name for table in tables().roles.values() for pattern in table.actions] + [runs.name for runs in tables().runs]
    return any(matches(name.lower(), one.lower()) for one in names)
