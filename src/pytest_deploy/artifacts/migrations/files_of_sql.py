"""Tools whose migrations are SQL: Prisma, Flyway, golang-migrate, goose, dbmate."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.migrations import sql
from pytest_deploy.artifacts.migrations.chains import duplicates
from pytest_deploy.artifacts.migrations.model import History, Migration, Obstacle, Operation, natural
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

_PRISMA = r"(?:.*/)?migrations/\d{8,}[^/]*/migration\.sql"
_FLYWAY = re.compile(r"(?P<kind>V|B)(?P<version>[0-9][0-9._]*?)__.+\.sql")
_UP = re.compile(r"(?P<version>\d+)_(?P<name>[^/]+?)\.up\.sql")
_MARKED = re.compile(r"(?P<version>\d+)[_-][^/]+\.sql")
_GOOSE = re.compile(r"^--\s*\+goose\s+(?P<way>Up|Down)\b", re.IGNORECASE | re.MULTILINE)
_DBMATE = re.compile(r"^--\s*migrate:(?P<way>up|down)\b", re.IGNORECASE | re.MULTILINE)


def histories(tree: Tree) -> Iterator[History]:
    """Those of all these tools."""
    folders: dict[tuple[str, str], list[Migration]] = {}
    for path in tree.matching(r"(?:.*/)?[^/]+\.sql"):
        found = tree.kept(_read, path)
        if found is not None:
            folder = path.rpartition("/")[0]
            if found.tool == "prisma":
                folder = folder.rpartition("/")[0]
            folders.setdefault((folder, found.tool), []).append(found)
    for (folder, tool), migrations in sorted(folders.items()):
        order = sorted(migrations, key=lambda one: natural(one.revision.replace("_", ".") if tool == "flyway" else one.revision))
        yield History(folder, tool, tuple(order), tuple(duplicates(order)))


def _read(tree: Tree, path: str) -> Migration | None:
    tool, revision = _tool(tree, path)
    if not tool:
        return None
    try:
        text = tree.read(path).text
    except SyntaxProblem as problem:
        return Migration(path, tool, revision, place=problem.place, unreadable=problem)
    return from_text(text, path, tool, revision, has_down=tree.has(path.removesuffix(".up.sql") + ".down.sql"), undo=_undo(tree, path))


def _tool(tree: Tree, path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    if re.fullmatch(_PRISMA, path):
        parent = folder.rpartition("/")[0]
        above = parent.rpartition("/")[0]
        prisma = tree.has(f"{parent}/migration_lock.toml") or tree.has(f"{above}/schema.prisma".lstrip("/"))
        return ("prisma", folder.rpartition("/")[2]) if prisma else ("", "")
    if match := _FLYWAY.fullmatch(name):
        return ("flyway", match["version"].strip("._")) if match["kind"] == "V" else ("", "")
    if match := _UP.fullmatch(name):
        return "golang-migrate", match["version"]
    if match := _MARKED.fullmatch(name):
        try:
            text = tree.read(path).text
        except SyntaxProblem:
            return "", ""
        if _GOOSE.search(text):
            return "goose", match["version"]
        if _DBMATE.search(text):
            return "dbmate", match["version"]
    return "", ""


def _undo(tree: Tree, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return tree.has(f"{folder}/down.sql") or (name.startswith("V") and tree.has(f"{folder}/U{name[1:]}"))


def from_text(text: str, path: str, tool: str, revision: str, *, has_down: bool = False, undo: bool = False) -> Migration:
    """The migration that a file is. ``has_down``: its ``.down.sql`` is there; ``undo``: so is another tool's file for the way back."""
    place = Place(path)
    postgresql = bool(re.search(r"\b(?:SERIAL|BIGSERIAL|JSONB|TIMESTAMPTZ|plpgsql|CONCURRENTLY|UUID|TEXT\[\])\b", text, re.IGNORECASE))
    if tool in ("goose", "dbmate"):
        up, wrong = _both_ways(text, path, _GOOSE if tool == "goose" else _DBMATE)
        return Migration(path, tool, revision, (), up, wrong, place, postgresql=postgresql)
    operations = tuple(sql.operations(text, path))
    obstacles: tuple[Obstacle, ...] = ()
    if tool == "golang-migrate" and not has_down:
        name = path.rpartition("/")[2].removesuffix(".up.sql")
        obstacles = (Obstacle(f"there is no {name}.down.sql", place, "Write the file that takes it back."),)
    elif tool in ("prisma", "flyway") and not undo:
        what = "down.sql beside it" if tool == "prisma" else f"U{path.rpartition('/')[2][1:]}"
        obstacles = (Obstacle(f"there is no {what}", place, "Keep the SQL that takes it back, for the day that needs it."),)
    return Migration(path, tool, revision, (), operations, obstacles, place, lasting=tool in ("prisma", "flyway"), postgresql=postgresql)


def _both_ways(text: str, path: str, mark: re.Pattern[str]) -> tuple[tuple[Operation, ...], tuple[Obstacle, ...]]:
    """The operations of the part that goes up, and what is wrong with the one that goes down."""
    marks = list(mark.finditer(text))
    up: list[Operation] = []
    down: list[Operation] = []
    line_of_down = 0
    ends = [one.start() for one in marks[1:]] + [len(text)]
    for one, end in zip(marks, ends, strict=False):
        part = text[one.end() : end]
        line = text.count("\n", 0, one.end()) + 1
        if one["way"].lower() == "up":
            up.extend(sql.operations(part, path, line))
        else:
            line_of_down = line
            down.extend(sql.operations(part, path, line))
    hint = "Write what takes the part above it back."
    changes = any(one.act != "data" for one in up)
    if not line_of_down:
        return tuple(up), (Obstacle("there is no part that goes down", Place(path), hint),)
    if not down and changes:
        return tuple(up), (Obstacle("the part that goes down is empty", Place(path, line_of_down), hint),)
    return tuple(up), ()
