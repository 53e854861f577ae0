"""Alembic and Flask-Migrate: Python files with a ``revision`` and a ``down_revision``, read and never imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from pytest_deploy.artifacts.migrations import sql
from pytest_deploy.artifacts.migrations.chains import ancestors, duplicates, leaves, missing, ordered
from pytest_deploy.artifacts.migrations.model import Act, History, Migration, Obstacle, Operation, Problem
from pytest_deploy.artifacts.migrations.python import argument, assigned, called, constant, does_nothing, last, parsed, strings, text
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

TOOL = "alembic"
_PATHS = r"(?:.*/)?(?:versions|migrations?|alembic|revisions|database)/(?:.*/)?(?!__init__\.py$|env\.py$)[^/]+\.py"
_MARK = re.compile(r"^down_revision\b", re.MULTILINE)
_SCHEMA: Mapping[str, Act] = {
    "create_table": "create-table",
    "drop_table": "drop-table",
    "rename_table": "rename-table",
    "drop_column": "drop-column",
    "create_index": "create-index",
    "create_unique_constraint": "add-unique",
}
_OTHER = frozenset(
    [
        "drop_index",
        "drop_constraint",
        "create_foreign_key",
        "create_check_constraint",
        "create_primary_key",
        "create_exclude_constraint",
        "create_table_comment",
        "drop_table_comment",
        "create",
        "drop",
        "sync_enum_values",
        "create_view",
        "drop_view",
        "replace_view",
        "create_function",
        "drop_function",
    ]
)
_BATCH_FIRST = frozenset({"add_column", "drop_column", "alter_column"})


def histories(tree: Tree) -> Iterator[History]:
    """One for each folder that holds revisions."""
    folders: dict[str, list[Migration]] = {}
    for path in tree.matching(_PATHS):
        migration = tree.kept(_read, path)
        if migration is not None:
            folders.setdefault(_folder(path), []).append(migration)
    known = {one.revision for found in folders.values() for one in found}
    for folder, found in sorted(folders.items()):
        readable = [one for one in found if one.unreadable is None]
        if readable:
            yield History(folder, TOOL, (*ordered(readable), *(one for one in found if one.unreadable)), _problems(readable, known))


def _folder(path: str) -> str:
    head, mark, _ = path.rpartition("/versions/")
    return f"{head}/versions" if mark else path.rpartition("/")[0]


def _problems(found: Sequence[Migration], known: set[str]) -> tuple[Problem, ...]:
    problems = [*duplicates(found), *missing(found, known, "Commit that revision, or name the one that is there as down_revision.")]
    heads = leaves(found)
    unlabelled = [one for one in heads if not any(before.labels for before in ancestors(one, found))]
    if not heads:
        problems.append(
            Problem("the revisions go in a circle: there is no head", found[0].place, "Let one revision have no down_revision.")
        )
    if len(heads) > 1 and unlabelled:
        names = ", ".join(sorted(one.revision for one in heads))
        problems.extend(
            Problem(f"{one.revision} is one of {len(heads)} heads ({names})", one.place, "Join them with `alembic merge heads`.")
            for one in heads
        )
    return tuple(problems)


def _read(tree: Tree, path: str) -> Migration | None:
    try:
        source = tree.read(path).text
    except SyntaxProblem:
        return None
    if not _MARK.search(source) or "revision" not in source:
        return None
    return from_text(source, path)


def from_text(source: str, path: str) -> Migration:
    """The migration that a file is."""
    try:
        module = parsed(source, path)
    except SyntaxProblem as problem:
        return Migration(path, TOOL, path, place=problem.place, unreadable=problem)
    values = dict(assigned(module.body))
    functions = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    revision = text(values.get("revision")) or path.rpartition("/")[2].removesuffix(".py")
    line = values["revision"].lineno if "revision" in values else 1
    up = functions.get("upgrade")
    operations = tuple(_Reading(path, values, functions).of(up)) if up else ()
    return Migration(
        path,
        TOOL,
        revision,
        strings(values.get("down_revision")),
        operations,
        tuple(_obstacles(path, functions, operations)),
        Place(path, line),
        labels=strings(values.get("branch_labels")),
    )


def _obstacles(path: str, functions: Mapping[str, ast.FunctionDef], operations: tuple[Operation, ...]) -> Iterator[Obstacle]:
    down = functions.get("downgrade")
    hint = "Write what takes back each step of upgrade(), the last one first."
    if down is None:
        place = Place(path, functions["upgrade"].lineno if "upgrade" in functions else 1)
        yield Obstacle("there is no downgrade()", place, hint)
        return
    raised = next((one for one in down.body if isinstance(one, ast.Raise)), None)
    if raised is not None:
        yield Obstacle("downgrade() only raises", Place(path, raised.lineno), hint)
    elif does_nothing(down) and any(one.act != "data" for one in operations):
        yield Obstacle("downgrade() is empty, and upgrade() changes the schema", Place(path, down.lineno), hint)


class _Reading:
    """Reads ``upgrade()`` and what of the module it calls."""

    def __init__(self, path: str, values: Mapping[str, ast.expr], functions: Mapping[str, ast.FunctionDef]) -> None:
        self.path = path
        self.values = values
        self.functions = functions
        self._entered: set[str] = set()

    def of(self, function: ast.FunctionDef) -> list[Operation]:
        """Its operations, in the order of the text."""
        self._entered.add(function.name)
        return [one for statement in function.body for one in self._walk(statement, "")]

    def _walk(self, node: ast.AST, batch: str) -> Iterator[Operation]:
        if isinstance(node, ast.With):
            for item in node.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and last(call) == "batch_alter_table":
                    batch = text(argument(call, "table_name", 0), self.values)
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Call):
            yield from self._call(node, batch)
        for child in ast.iter_child_nodes(node):
            yield from self._walk(child, batch)

    def _call(self, call: ast.Call, batch: str) -> Iterator[Operation]:
        name, place = last(call), Place(self.path, call.lineno)
        if isinstance(call.func, ast.Name):
            function = self.functions.get(call.func.id)
            if function is not None and call.func.id not in self._entered:
                yield from self.of(function)
                return
        within = bool(batch) and not called(call).startswith("op.")
        table = batch if within else text(argument(call, "table_name", 0), self.values)
        column = text(argument(call, "column_name", 0 if within else 1), self.values)
        if name == "execute":
            written = text(argument(call, "sqltext", 0), self.values)
            yield from sql.operations(written, self.path, call.lineno, exact=False) if written else (Operation("data", place),)
        elif name == "add_column":
            yield from self._added(call, table, within, place)
        elif name == "alter_column":
            yield from self._altered(call, table, column, place)
        elif name in _SCHEMA:
            if name == "create_unique_constraint" or name == "create_index":
                table = batch if within else text(argument(call, "table_name", 1), self.values)
            act: Act = "add-unique" if name == "create_index" and constant(argument(call, "unique")) is True else _SCHEMA[name]
            concurrently = constant(argument(call, "postgresql_concurrently")) is True
            to = (
                text(argument(call, "new_table_name", 1), self.values)
                if name == "rename_table"
                else ",".join(strings(argument(call, "columns", 1 if within else 2)))
            )
            if name == "rename_table":
                table = text(argument(call, "old_table_name", 0), self.values)
            yield Operation(act, place, table, column if act == "drop-column" else "", to, concurrently=concurrently)
        elif name in _OTHER and (called(call).startswith("op.") or within):
            yield Operation("other", place, table)

    def _added(self, call: ast.Call, table: str, within: bool, place: Place) -> Iterator[Operation]:
        column = argument(call, "column", 0 if within else 1)
        if not isinstance(column, ast.Call):
            yield Operation("add-column", place, table)
            return
        optional = constant(argument(column, "nullable")) is not False and constant(argument(column, "primary_key")) is not True
        default = argument(column, "server_default")
        given = default is not None and not (isinstance(default, ast.Constant) and default.value is None)
        made = any(isinstance(one, ast.Call) and last(one) in ("Computed", "Identity") for one in column.args)
        yield Operation(
            "add-column", place, table, text(argument(column, "name", 0), self.values), required=not (optional or given or made)
        )

    def _altered(self, call: ast.Call, table: str, column: str, place: Place) -> Iterator[Operation]:
        new = argument(call, "new_column_name")
        if new is not None:
            yield Operation("rename-column", place, table, column, text(new, self.values) or "another name")
        kind = argument(call, "type_")
        if kind is not None:
            was, to = self._type(argument(call, "existing_type")), self._type(kind)
            line = Place(self.path, call.lineno)
            yield Operation("alter-type", line, table, column, to, was)
        default = argument(call, "server_default")
        given = argument(call, "existing_server_default") if default is None else default
        has_default = (given is not None and constant(given) not in (None, False)) or isinstance(given, ast.Call)
        if constant(argument(call, "nullable")) is False and constant(argument(call, "existing_nullable")) is not False and not has_default:
            yield Operation("set-not-null", place, table, column)
        if new is None and kind is None and argument(call, "nullable") is None:
            yield Operation("other", place, table, column)

    def _type(self, node: ast.expr | None) -> str:
        """A type of SQLAlchemy as SQL would write it; functions of the module are looked into."""
        if node is None:
            return ""
        if isinstance(node, ast.Name) and node.id in self.values:
            return self._type(self.values[node.id])
        if isinstance(node, ast.Name | ast.Attribute):
            return _sql_type(last(node))
        if isinstance(node, ast.Call):
            function = self.functions.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if function is not None:
                returned = next((one.value for one in ast.walk(function) if isinstance(one, ast.Return)), None)
                return self._type(returned) if isinstance(returned, ast.Call) and returned is not node else ""
            if last(node) == "with_variant" and isinstance(node.func, ast.Attribute):
                return self._type(node.func.value)
            sizes = [
                str(constant(one))
                for one in (*node.args, *(one.value for one in node.keywords if one.arg in ("length", "precision", "scale")))
            ]
            sizes = [one for one in sizes if one.isdigit()]
            kind = _sql_type(last(node))
            if kind == "timestamp" and constant(argument(node, "timezone")) is True:
                return "timestamptz"
            return f"{kind}({', '.join(sizes)})" if sizes and kind != "enum" else kind
        return ""


_TYPES = {
    "string": "varchar",
    "unicode": "varchar",
    "unicodetext": "text",
    "datetime": "timestamp",
    "integer": "int",
    "biginteger": "bigint",
}
_TYPES |= {"smallinteger": "smallint", "numeric": "decimal", "float": "double", "double_precision": "double", "largebinary": "bytea"}


def _sql_type(name: str) -> str:
    return _TYPES.get(name.lower(), name.lower())
