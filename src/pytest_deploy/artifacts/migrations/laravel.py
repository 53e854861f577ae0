"""Laravel: PHP classes under ``database/migrations``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_deploy.artifacts.migrations import sql
from pytest_deploy.artifacts.migrations.chains import duplicates
from pytest_deploy.artifacts.migrations.model import History, Migration, Obstacle, Operation
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.syntax.grammar import first_error, line, parse, source, walk
from pytest_deploy.tree import Tree

if TYPE_CHECKING:
    from tree_sitter import Node

TOOL = "laravel"
_PATHS = r"(?:.*/)?database/migrations/(?:.*/)?[^/]+\.php"
_HINT = "Write what takes back each step of up(), the last one first."
_TYPES = {
    "string": "varchar", "char": "char", "text": "text", "mediumText": "mediumtext", "longText": "longtext", "tinyText": "tinytext",
    "integer": "int", "unsignedInteger": "int", "bigInteger": "bigint", "unsignedBigInteger": "bigint", "foreignId": "bigint",
    "smallInteger": "smallint", "tinyInteger": "tinyint", "mediumInteger": "mediumint", "unsignedSmallInteger": "smallint",
    "unsignedTinyInteger": "tinyint", "boolean": "boolean", "decimal": "decimal", "float": "float", "double": "double",
    "date": "date", "dateTime": "datetime", "dateTimeTz": "timestamptz", "timestamp": "timestamp", "timestampTz": "timestamptz",
    "time": "time", "year": "year", "json": "json", "jsonb": "jsonb", "uuid": "uuid", "ulid": "char", "enum": "enum", "binary": "binary",
    "ipAddress": "varchar", "foreignUuid": "uuid", "foreignUlid": "char", "morphs": "morphs", "uuidMorphs": "morphs", "set": "set",
}  # fmt: skip
_REMOVED = {
    "dropTimestamps": "created_at",
    "dropSoftDeletes": "deleted_at",
    "dropRememberToken": "remember_token",
    "dropTimestampsTz": "created_at",
}


def histories(tree: Tree) -> Iterator[History]:
    """One for each folder; a folder's order is that of its names."""
    folders: dict[str, list[Migration]] = {}
    for path in tree.matching(_PATHS):
        migration = tree.kept(_read, path)
        if migration is not None:
            folders.setdefault(path.rpartition("/")[0], []).append(migration)
    for folder, found in sorted(folders.items()):
        order = sorted(found, key=lambda one: one.revision)
        yield History(folder, TOOL, tuple(order), tuple(duplicates(order)))


def _read(tree: Tree, path: str) -> Migration | None:
    revision = path.rpartition("/")[2].removesuffix(".php")
    try:
        text = tree.read(path).text
    except SyntaxProblem as problem:
        return Migration(path, TOOL, revision, place=problem.place, unreadable=problem)
    return from_text(text, path) if re.search(r"\bextends\s+\\?[\w\\]*Migration\b", text) else None


def from_text(text: str, path: str) -> Migration:
    """The migration that a file is."""
    revision = path.rpartition("/")[2].removesuffix(".php")
    root = parse(text, "php")
    wrong = first_error(root)
    if wrong is not None:
        problem = SyntaxProblem("this is not PHP that can be read", Place(path, wrong))
        return Migration(path, TOOL, revision, place=problem.place, unreadable=problem)
    methods = {source(one.child_by_field_name("name")): one for one in walk(root) if one.type == "method_declaration"}
    place = next(
        (
            Place(path, line(one))
            for one in walk(root)
            if one.type in ("class_declaration", "anonymous_class", "object_creation_expression")
        ),
        Place(path),
    )
    up = methods.get("up")
    operations = tuple(_Reading(path, methods).of(up)) if up is not None else ()
    return Migration(path, TOOL, revision, (), operations, tuple(_way_back(path, methods, operations, place)), place)


def _way_back(path: str, methods: dict[str, Node], operations: tuple[Operation, ...], place: Place) -> Iterator[Obstacle]:
    down = methods.get("down")
    if down is None:
        yield Obstacle("there is no down()", place, _HINT)
        return
    body = down.child_by_field_name("body")
    doing = [one for one in body.named_children if one.type != "comment"] if body is not None else []
    if doing and doing[0].type in ("expression_statement", "throw_statement") and "throw" in source(doing[0])[:6]:
        yield Obstacle("down() only throws", Place(path, line(doing[0])), _HINT)
    elif all(one.type == "return_statement" for one in doing) and any(one.act != "data" for one in operations):
        yield Obstacle("down() is empty, and up() changes the schema", Place(path, line(down)), _HINT)


def _arguments(call: Node) -> list[Node]:
    listed = call.child_by_field_name("arguments")
    return (
        [one.named_children[-1] for one in listed.named_children if one.type == "argument" and one.named_children]
        if listed is not None
        else []
    )


def _words(nodes: list[Node]) -> list[str]:
    found = []
    for node in nodes:
        if node.type == "array_creation_expression":
            found.extend(_words([one.named_children[-1] for one in node.named_children if one.named_children]))
        elif node.type in ("string", "encapsed_string", "heredoc", "nowdoc"):
            found.append(
                source(node).strip("'\"") if node.type in ("string", "encapsed_string") else "\n".join(source(node).split("\n")[1:-1])
            )
        else:
            found.append(source(node))
    return found


class _Reading:
    """Reads ``up()`` and the methods of the class that it calls."""

    def __init__(self, path: str, methods: dict[str, Node]) -> None:
        self.path = path
        self.methods = methods
        self._entered: set[str] = set()

    def of(self, method: Node) -> Iterator[Operation]:
        """Its operations, in the order of the text."""
        body = method.child_by_field_name("body")
        if body is not None:
            yield from self._visit(body, "")

    def _visit(self, node: Node, table: str) -> Iterator[Operation]:
        if node.type == "scoped_call_expression":
            handled = list(self._static(node))
            if handled:
                yield from handled
                return
        if node.type == "member_call_expression":
            chain = _chain(node)
            target = source(chain[0].child_by_field_name("object"))
            if target == "$this":
                yield from self._own(source(chain[0].child_by_field_name("name")))
            elif table and target.startswith("$"):
                yield from self._column(chain, table)
                return
        for one in node.named_children:
            yield from self._visit(one, table)

    def _own(self, name: str) -> Iterator[Operation]:
        if name in self.methods and name not in self._entered:
            self._entered.add(name)
            yield from self.of(self.methods[name])

    def _static(self, node: Node) -> Iterator[Operation]:
        scope = source(node.child_by_field_name("scope")).rpartition("\\")[2]
        name = source(node.child_by_field_name("name"))
        arguments = _arguments(node)
        words = _words(arguments[:2])
        place = Place(self.path, line(node))
        if scope == "Schema":
            table = words[0] if words else ""
            if name == "create":
                yield Operation("create-table", place, table)
            elif name in ("drop", "dropIfExists"):
                yield Operation("drop-table", place, table)
            elif name == "rename":
                yield Operation("rename-table", place, table, to=words[-1])
            elif name == "dropColumns":
                yield from (Operation("drop-column", place, table, one) for one in _words(arguments[1:]))
            elif name == "table":
                yield from (one for argument in arguments[1:] for one in self._visit(argument, table or "?"))
        elif scope == "DB" and name in ("statement", "unprepared"):
            written = words[0] if words else ""
            yield from tuple(sql.operations(written, self.path, place.line, exact=False)) or (Operation("other", place),)
        elif scope == "DB":
            yield Operation("data", place)

    def _column(self, chain: list[Node], table: str) -> Iterator[Operation]:
        """What a statement on the table says: ``$table->string('a', 20)->nullable()->change()``."""
        first = chain[0]
        name, place = source(first.child_by_field_name("name")), Place(self.path, line(first))
        words = _words(_arguments(first))
        said = {source(one.child_by_field_name("name")): _words(_arguments(one)) for one in chain[1:]}
        column = words[0] if words else ""
        if name == "dropColumn":
            yield from (Operation("drop-column", place, table, one) for one in words)
        elif name in _REMOVED:
            yield Operation("drop-column", place, table, _REMOVED[name])
        elif name in ("dropConstrainedForeignId", "dropForeignIdFor", "dropConstrainedForeignIdFor", "dropMorphs"):
            yield Operation("drop-column", place, table, column)
        elif name == "renameColumn":
            yield Operation("rename-column", place, table, column, words[1] if len(words) > 1 else "")
        elif name == "rename":
            yield Operation("rename-table", place, table, to=column)
        elif name in ("drop", "dropIfExists"):
            yield Operation("drop-table", place, table)
        elif name == "unique":
            yield Operation("add-unique", place, table, to=",".join(words))
        elif name in ("index", "fullText", "spatialIndex"):
            yield Operation("create-index", place, table)
        elif "change" in said:
            kind = _TYPES.get(name, "")
            size = words[1] if len(words) > 1 and words[1].isdigit() else "255"
            yield Operation("alter-type", place, table, column, f"{kind}({size})" if kind == "varchar" else kind)
            if "nullable" in said and said["nullable"][:1] == ["false"] and "default" not in said:
                yield Operation("set-not-null", place, table, column)
        elif name in _TYPES:
            optional = "nullable" in said and said["nullable"][:1] != ["false"]
            given = "default" in said or "useCurrent" in said or "storedAs" in said or "virtualAs" in said or "generatedAs" in said
            yield Operation("add-column", place, table, column, _TYPES[name], required=not (optional or given))
        else:
            yield Operation("other", place, table)


def _chain(node: Node) -> list[Node]:
    """The calls of a chain, the innermost first."""
    calls = [node]
    while True:
        inner = calls[0].child_by_field_name("object")
        if inner is None or inner.type != "member_call_expression":
            return calls
        calls.insert(0, inner)
