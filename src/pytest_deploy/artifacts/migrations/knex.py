"""Knex: JavaScript or TypeScript modules with ``up`` and ``down``."""

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

TOOL = "knex"
_PATHS = r"(?:.*/)?migrations/(?:.*/)?\d[\w.-]*\.(?:js|cjs|mjs|ts)"
_MARK = re.compile(r"\bknex\b", re.IGNORECASE)
_HINT = "Write what takes back each step of up, the last one first."
_TYPES = {
    "string": "varchar",
    "text": "text",
    "integer": "int",
    "bigInteger": "bigint",
    "float": "float",
    "decimal": "decimal",
    "boolean": "boolean",
}
_TYPES |= {
    "date": "date",
    "datetime": "timestamp",
    "timestamp": "timestamp",
    "json": "json",
    "jsonb": "jsonb",
    "uuid": "uuid",
    "enum": "enum",
}
_TYPES |= {"enu": "enum", "binary": "binary", "specificType": "", "time": "time", "smallint": "smallint", "tinyint": "tinyint"}


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
    try:
        text = tree.read(path).text
    except SyntaxProblem:
        return None
    return from_text(text, path) if _MARK.search(text) else None


def from_text(text: str, path: str) -> Migration | None:
    """The migration that a file is; ``None``: it has no ``up``."""
    revision = re.sub(r"\.\w+$", "", path.rpartition("/")[2])
    root = parse(text, "typescript")
    functions = {name: node for one in root.named_children for name, node in _exported(one)}
    up = functions.get("up")
    wrong = first_error(root)
    if wrong is not None:
        problem = SyntaxProblem("this is not JavaScript or TypeScript that can be read", Place(path, wrong))
        return Migration(path, TOOL, revision, place=problem.place, unreadable=problem)
    if up is None:
        return None
    operations = tuple(_operations(up, path))
    return Migration(path, TOOL, revision, (), operations, tuple(_way_back(path, functions, operations)), Place(path, line(up)))


def _exported(node: Node) -> Iterator[tuple[str, Node]]:
    """(name, function) of ``exports.up = …``, ``export function up``, ``export const up = …`` and ``module.exports = { up }``."""
    for one in walk(node):
        if one.type == "function_declaration":
            yield source(one.child_by_field_name("name")), one
        elif one.type == "variable_declarator" and (value := one.child_by_field_name("value")) is not None:
            yield source(one.child_by_field_name("name")), value
        elif one.type == "assignment_expression" and (value := one.child_by_field_name("right")) is not None:
            yield source(one.child_by_field_name("left")).rpartition(".")[2], value
        elif one.type in ("method_definition", "pair"):
            key = one.child_by_field_name("name") or one.child_by_field_name("key")
            yield source(key), one


def _way_back(path: str, functions: dict[str, Node], operations: tuple[Operation, ...]) -> Iterator[Obstacle]:
    down = functions.get("down")
    if down is None:
        yield Obstacle("there is no down", Place(path, line(functions["up"])), _HINT)
        return
    body = next((one for one in walk(down) if one.type == "statement_block"), None)
    doing = [one for one in body.named_children if one.type != "comment"] if body is not None else [down]
    if doing and doing[0].type == "throw_statement":
        yield Obstacle("down only throws", Place(path, line(doing[0])), _HINT)
    elif not doing and any(one.act != "data" for one in operations):
        yield Obstacle("down is empty, and up changes the schema", Place(path, line(down)), _HINT)


def _operations(up: Node, path: str) -> list[Operation]:
    found: list[tuple[int, Operation]] = []
    created: list[tuple[int, int]] = []
    for node in walk(up):
        if node.type != "call_expression":
            continue
        function = node.child_by_field_name("function")
        if function is None or function.type != "member_expression":
            continue
        name, place = source(function.child_by_field_name("property")), Place(path, _line_of(function))
        words = _words(node)
        table, inside = _table(node)
        if any(start <= node.start_byte < end for start, end in created):
            continue
        made: list[Operation] = []
        if name in ("createTable", "createTableIfNotExists"):
            created.append((node.child_by_field_name("arguments").start_byte, node.end_byte))  # type: ignore[union-attr]  # a call has arguments
            made.append(Operation("create-table", place, words[0] if words else ""))
        elif name in ("dropTable", "dropTableIfExists"):
            made.append(Operation("drop-table", place, words[0] if words else ""))
        elif name == "renameTable" and len(words) > 1:
            made.append(Operation("rename-table", place, words[0], to=words[1]))
        elif name == "raw" and words:
            made.extend(sql.operations(words[0], path, place.line, exact=False))
        elif inside and name in ("dropColumn", "dropColumns", "dropTimestamps"):
            made.extend(Operation("drop-column", place, table, one) for one in words or ["created_at"])
        elif inside and name == "renameColumn" and len(words) > 1:
            made.append(Operation("rename-column", place, table, words[0], words[1]))
        elif inside and name in _TYPES and words:
            made.extend(_column(node, name, words, table, place))
        elif inside and name in ("index", "unique"):
            made.append(Operation("add-unique" if name == "unique" else "create-index", place, table))
        elif inside and name == "dropNullable" and words:
            made.append(Operation("set-not-null", place, table, words[0]))
        elif inside and name not in ("nullable", "notNullable", "defaultTo", "alter"):
            made.append(Operation("other", place, table))
        found.extend((function.end_byte, one) for one in made)
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _line_of(function: Node) -> int:
    name = function.child_by_field_name("property")
    return line(name if name is not None else function)


def _column(node: Node, kind: str, words: list[str], table: str, place: Place) -> Iterator[Operation]:
    said: dict[str, str] = {}
    outer = node
    while outer.parent is not None and outer.parent.type == "member_expression" and outer.parent.parent is not None:
        name = source(outer.parent.child_by_field_name("property"))
        outer = outer.parent.parent
        said[name] = source(outer.child_by_field_name("arguments"))
    strict = "notNullable" in said or said.get("nullable") == "(false)"
    if "alter" in said:
        written = _TYPES[kind]
        size = words[1] if len(words) > 1 and words[1].isdigit() else "255"
        yield Operation("alter-type", place, table, words[0], f"{written}({size})" if written == "varchar" else written)
        if strict and "defaultTo" not in said:
            yield Operation("set-not-null", place, table, words[0])
    else:
        yield Operation("add-column", place, table, words[0], _TYPES[kind], required=strict and "defaultTo" not in said)


def _table(node: Node) -> tuple[str, bool]:
    """The table whose callback a call stands in, and whether it stands in one."""
    above = node.parent
    while above is not None:
        if above.type == "call_expression":
            function = above.child_by_field_name("function")
            if source(function).endswith((".table", ".alterTable", ".createTable")) and not source(node).startswith(source(function)):
                words = _words(above)
                return (words[0] if words else ""), True
        above = above.parent
    return "", False


def _words(call: Node) -> list[str]:
    arguments = call.child_by_field_name("arguments")
    found: list[str] = []
    for one in arguments.named_children if arguments is not None else ():
        if one.type == "array":
            found.extend(source(each).strip("'\"`") for each in one.named_children)
        elif one.type in ("string", "template_string", "number"):
            found.append(source(one).strip("'\"`"))
        elif one.type == "identifier":
            found.append(source(one))
    return found
