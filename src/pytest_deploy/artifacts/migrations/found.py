"""All migrations of a repository, and which of them a deploy would apply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pytest_deploy.artifacts import releases
from pytest_deploy.artifacts.migrations import alembic, django, files_of_sql, knex, laravel, rails
from pytest_deploy.artifacts.migrations.model import History, Migration, natural
from pytest_deploy.artifacts.releases import Head, Tag
from pytest_deploy.tree import Tree

READERS: tuple[Callable[[Tree], Iterator[History]], ...] = (
    alembic.histories,
    django.histories,
    rails.histories,
    laravel.histories,
    files_of_sql.histories,
    knex.histories,
)
STALE = 180 * 24 * 3600
"""Seconds: a release older than this says nothing of what runs today."""
_NOT_OURS = re.compile(
    r"(?:.*/)?(?:tests?|testing|spec|specs|__tests__|fixtures?|examples?|samples?|demo|docs?|documentation|vendor|third[-_]party|templates?"
    r"|stubs|e2e|testdata|benchmarks?|node_modules|site-packages)/.*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Migrations:
    """What a repository has. ``pending`` are the files that the newest release does not hold; without such a release (none, or one too
    long ago) the newest ones stand for them. ``since`` is that release's tag."""

    histories: tuple[History, ...]
    pending: tuple[Migration, ...]
    since: str = ""

    @property
    def tools(self) -> frozenset[str]:
        """The tools that they are written for."""
        return frozenset(one.tool for one in self.histories)

    @property
    def by_folder(self) -> Mapping[str, History]:
        """Histories by the folder that holds them."""
        return {one.path: one for one in self.histories}

    @property
    def by_path(self) -> Mapping[str, Migration]:
        """Pending migrations by their file."""
        return {one.path: one for one in self.pending}


def find(tree: Tree, newest: Tag | None, head: Head | None) -> Migrations:
    """All of them, but those of tests, examples and other people's code."""
    histories = tuple(
        history for reader in READERS for history in reader(tree) if not _NOT_OURS.fullmatch(f"{history.path}/") and history.migrations
    )
    before = None
    if newest is not None and head is not None and head.written - newest.written <= STALE:
        before = releases.files_of(tree, newest)
    pending: list[Migration] = []
    since = ""
    if before is not None and newest is not None:
        pending = [one for history in histories for one in history.migrations if one.path not in before]
        since = newest.name
    return Migrations(histories, tuple(pending or _newest(histories)), since if pending else "")


def _newest(histories: tuple[History, ...]) -> list[Migration]:
    """The last migration of each tool; with Django, and where revisions are graphs, that of each folder."""
    found: list[Migration] = []
    for tool in sorted({one.tool for one in histories}):
        last = [[one for one in history.migrations if one.unreadable is None][-1:] for history in histories if history.tool == tool]
        candidates = [one[0] for one in last if one]
        if tool in ("django", "alembic"):
            found.extend(candidates)
        elif candidates:
            found.append(max(candidates, key=lambda one: natural(one.revision)))
    return found
