"""Histories that are graphs: revisions that name those before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_deploy.artifacts.migrations.model import Migration, Problem


def ordered(migrations: Iterable[Migration], label: str = "") -> tuple[Migration, ...]:
    """Each after those that it names, as far as there is such an order; among equals by name."""
    waiting = sorted(migrations, key=lambda one: one.revision)
    known = {one.revision for one in waiting}
    done: list[Migration] = []
    seen: set[str] = set()
    while waiting:
        ready = [one for one in waiting if all(parent in seen or parent not in known or parent == one.revision for parent in one.parents)]
        if not ready:
            ready = waiting  # a circle: the tool will complain, and any order will do
        done.extend(ready)
        seen.update(one.revision for one in ready)
        waiting = [one for one in waiting if one.revision not in seen]
    return tuple(done)


def duplicates(migrations: Iterable[Migration]) -> list[Problem]:
    """Files that claim the same revision."""
    first: dict[str, Migration] = {}
    found = []
    for one in migrations:
        other = first.setdefault(one.revision, one)
        if other is not one:
            found.append(
                Problem(f"revision {one.revision} is also that of {other.path}", one.place, "Give one of the two a number of its own.")
            )
    return found


def missing(migrations: Iterable[Migration], known: Iterable[str], hint: str) -> list[Problem]:
    """Parents that no file has."""
    names = frozenset(known)
    return [
        Problem(f"{one.revision} comes after {parent}, and no file has that revision", one.place, hint)
        for one in migrations
        for parent in one.parents
        if parent not in names
    ]


def leaves(migrations: Sequence[Migration]) -> list[Migration]:
    """Those after which nothing comes."""
    parents = {parent for one in migrations for parent in one.parents}
    return [one for one in migrations if one.revision not in parents]


def ancestors(leaf: Migration, migrations: Sequence[Migration]) -> list[Migration]:
    """A migration and all before it."""
    by_name = {one.revision: one for one in migrations}
    found: dict[str, Migration] = {}
    waiting = [leaf.revision]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found:
            found[name] = by_name[name]
            waiting.extend(by_name[name].parents)
    return list(found.values())
