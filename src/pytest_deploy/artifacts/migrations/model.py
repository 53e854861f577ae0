"""Migrations in neutral terms: what one does to the schema, what keeps it from being undone, what comes before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place

Act = Literal[
    "create-table",
    "drop-table",
    "rename-table",
    "add-column",
    "drop-column",
    "rename-column",
    "alter-type",
    "set-not-null",
    "create-index",
    "add-unique",
    "data",
    "other",
]
"""``data`` changes rows and no schema; ``other`` is a change of the schema that takes nothing from the code that runs."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One change. ``name`` is the column's (or index's), ``to`` the new name of what is renamed, the new type,
    or the columns of an index, with commas between them.

    ``was`` is the type before (empty: not written). ``required``: an added column is NOT NULL and the database has no default for it.
    ``concurrently``: PostgreSQL builds the index without a lock.
    """

    act: Act
    place: Place
    table: str = ""
    name: str = ""
    to: str = ""
    was: str = ""
    required: bool = False
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a migration cannot be undone."""

    message: str
    place: Place
    hint: str


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration: the file, its ``revision`` (a name that is unique in its history) and those that come before it.

    ``operations`` are those of going up, in the order of the file. ``unreadable`` says why it cannot be read. ``lasting``: the tool has no
    way back but another migration, and the obstacles are advisory.
    """

    path: str
    tool: str
    revision: str
    parents: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    place: Place = field(default=Place(""))
    labels: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    unreadable: SyntaxProblem | None = None
    lasting: bool = False
    postgresql: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a history."""

    message: str
    place: Place
    hint: str


@dataclass(frozen=True, slots=True)
class History:
    """The migrations of one folder, in the order in which the tool applies them. ``problems`` are what keeps the tool from knowing that
    order. ``leaves`` are those after which nothing comes."""

    path: str
    tool: str
    migrations: tuple[Migration, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def newest(self) -> Migration:
        """The last one."""
        return self.migrations[-1]


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that orders names as people count: ``V1_99`` before ``V1_233``."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.findall(r"\d+|\D+", text) if part)


def breaking(migration: Migration) -> tuple[Operation, ...]:
    """The operations that take something from the code that still runs.

    What the migration itself makes is not missed by anybody: its own tables and, when dropped again, its own columns. A table that is
    built anew under another name and then takes the place of the old one (as is done in SQLite) is not dropped.
    """
    made = {one.table for one in migration.operations if one.act == "create-table"}
    swapped = {one.to for one in migration.operations if one.act == "rename-table" and one.table in made}
    own = {(one.table, one.name) for one in migration.operations if one.act == "add-column"}
    found = []
    for one in migration.operations:
        if one.table in made or (one.act == "drop-table" and one.table in swapped):
            continue
        if one.act in ("drop-column", "rename-column") and (one.table, one.name) in own:
            continue
        if (
            one.act in ("drop-table", "rename-table", "drop-column", "rename-column", "set-not-null")
            or (one.act == "add-column" and one.required)
            or (one.act == "alter-type" and narrower(one.was, one.to) is not False)
        ):
            found.append(one)
    return tuple(found)


_INTEGERS = {
    "tinyint": 1,
    "smallint": 2,
    "int2": 2,
    "smallinteger": 2,
    "smallserial": 2,
    "mediumint": 3,
    "int": 4,
    "integer": 4,
    "int4": 4,
    "serial": 4,
}
_INTEGERS |= {"positiveinteger": 4, "positivesmallinteger": 2, "bigint": 8, "int8": 8, "biginteger": 8, "bigserial": 8, "bigautofield": 8}
_TEXTS = {
    "varchar",
    "character varying",
    "string",
    "char",
    "character",
    "nvarchar",
    "unicode",
    "text",
    "tinytext",
    "mediumtext",
    "longtext",
    "clob",
    "citext",
    "autostring",
}
_ENDLESS = {"text", "unicodetext", "mediumtext", "longtext", "clob", "citext"}
_TIMES = {"date": 1, "timestamp": 2, "datetime": 2, "timestamp without time zone": 2, "timestamptz": 3, "timestamp with time zone": 3}
_NUMBERS = {"decimal", "numeric", "float", "double", "double precision", "real"}


def narrower(was: str, to: str) -> bool | None:
    """Whether a type holds less than the one before; ``None``: that cannot be told.

    Types are written as SQL writes them, in lower case: ``varchar(20)``.
    """
    if was == to and was:
        return False
    kind, size = _taken_apart(to)
    if not was:
        # Nothing holds more than these.
        return False if kind in _ENDLESS or kind in ("bigint", "jsonb", "json", "int8", "biginteger") else None
    old, old_size = _taken_apart(was)
    if kind in _TEXTS:
        if old not in _TEXTS:
            return None if old in ("", "enum") else old in ("json", "jsonb")
        if kind in _ENDLESS or not size:
            return False
        return old in _ENDLESS or not old_size or old_size[0] > size[0]
    if old in _TEXTS:
        return True
    if kind in _INTEGERS and old in _INTEGERS:
        return _INTEGERS[kind] < _INTEGERS[old]
    if kind in _NUMBERS:
        if old in _INTEGERS:
            return False
        if kind == old and len(size) == len(old_size) == 2:
            return size[0] - size[1] < old_size[0] - old_size[1] or size[1] < old_size[1]
        return None if old in _NUMBERS else True
    if kind in _TIMES and old in _TIMES:
        return _TIMES[kind] < _TIMES[old]
    if kind == "enum" and old == "enum":
        return None
    if {kind, old} <= {"json", "jsonb"} or {kind, old} <= {"bytea", "blob", "largebinary", "binary", "varbinary"}:
        return False
    return None if kind == old or not kind else True


def _taken_apart(written: str) -> tuple[str, tuple[int, ...]]:
    kind, _, rest = written.lower().partition("(")
    return kind.strip(), tuple(int(number) for number in re.findall(r"\d+", rest))
