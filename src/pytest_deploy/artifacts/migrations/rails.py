"""Rails: Ruby classes under ``db/migrate``."""

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

TOOL = "rails"
_PATHS = r"(?:.*/)?db/(?:\w*_)?migrate/(?:.*/)?\d+_\w+\.rb"
_HINT = "Write up and down, or give the call what Rails needs to turn it around."
_TYPES = {"string": "varchar", "integer": "int", "datetime": "timestamp", "binary": "bytea", "float": "double"}
_ADDED = frozenset(
    [
        "string",
        "text",
        "integer",
        "bigint",
        "float",
        "decimal",
        "datetime",
        "timestamp",
        "timestamptz",
        "time",
        "date",
        "binary",
        "boolean",
        "json",
        "jsonb",
        "uuid",
        "inet",
        "citext",
        "hstore",
        "enum",
        "column",
        "virtual",
    ]
)
_REFERENCES = frozenset({"add_reference", "add_belongs_to", "references", "belongs_to"})
_OTHER = frozenset(
    [
        "remove_index",
        "add_foreign_key",
        "remove_foreign_key",
        "rename_index",
        "add_check_constraint",
        "remove_check_constraint",
        "validate_foreign_key",
        "validate_check_constraint",
        "enable_extension",
        "disable_extension",
        "create_enum",
        "drop_enum",
        "add_enum_value",
        "change_column_default",
        "change_column_comment",
        "change_table_comment",
        "create_view",
        "update_view",
        "drop_view",
        "create_function",
        "drop_function",
        "create_trigger",
        "drop_trigger",
        "add_exclusion_constraint",
        "remove_exclusion_constraint",
    ]
)


def histories(tree: Tree) -> Iterator[History]:
    """One for each folder; a folder's order is that of the numbers in front of the names."""
    folders: dict[str, list[Migration]] = {}
    for path in tree.matching(_PATHS):
        migration = tree.kept(_read, path)
        if migration is not None:
            folders.setdefault(path.rpartition("/")[0], []).append(migration)
    for folder, found in sorted(folders.items()):
        order = sorted(found, key=lambda one: (int(one.revision), one.path))
        yield History(folder, TOOL, tuple(order), tuple(duplicates(order)))


def _read(tree: Tree, path: str) -> Migration | None:
    revision = str(int(path.rpartition("/")[2].partition("_")[0]))
    try:
        text = tree.read(path).text
    except SyntaxProblem as problem:
        return Migration(path, TOOL, revision, place=problem.place, unreadable=problem)
    return from_text(text, path, revision) if "Migration" in text else None


def from_text(text: str, path: str, revision: str) -> Migration:
    """The migration that a file is."""
    root = parse(text, "ruby")
    wrong = first_error(root)
    if wrong is not None:
        problem = SyntaxProblem("this is not Ruby that can be read", Place(path, wrong))
        return Migration(path, TOOL, revision, place=problem.place, unreadable=problem)
    methods = {source(one.child_by_field_name("name")): one for one in walk(root) if one.type in ("method", "singleton_method")}
    place = next((Place(path, line(one)) for one in walk(root) if one.type == "class"), Place(path))
    reading = _Reading(path, methods)
    up = methods.get("change") or methods.get("up")
    if up is not None:
        reading.body(up)
    postgresql = bool(re.search(r"\bjsonb\b|concurrently|\bcitext\b|enable_extension", text))
    obstacles = tuple(reading.obstacles) if "change" in methods else tuple(_way_back(path, methods, reading.operations))
    return Migration(path, TOOL, revision, (), tuple(reading.operations), obstacles, place, postgresql=postgresql)


def _way_back(path: str, methods: dict[str, Node], operations: list[Operation]) -> Iterator[Obstacle]:
    up, down = methods.get("up"), methods.get("down")
    if up is None:
        return
    changes = any(one.act != "data" for one in operations)
    if down is None:
        if operations or changes:
            yield Obstacle("there is up, and no down", Place(path, line(up)), _HINT)
        return
    raised = next((one for one in walk(down) if "IrreversibleMigration" in source(one) and one.type in ("call", "scope_resolution")), None)
    if raised is not None:
        yield Obstacle("down raises ActiveRecord::IrreversibleMigration", Place(path, line(raised)), _HINT)
    elif changes and not any(one.is_named and one.type not in ("identifier", "comment", "method_parameters") for one in down.children):
        yield Obstacle("down is empty, and up changes the schema", Place(path, line(down)), _HINT)


class _Call:
    """A call: its name, positional arguments and options, as text."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.name = source(node.child_by_field_name("method"))
        self.receiver = source(node.child_by_field_name("receiver"))
        self.block = node.child_by_field_name("block")
        self.words: list[str] = []
        self.options: dict[str, str] = {}
        arguments = node.child_by_field_name("arguments")
        for one in arguments.named_children if arguments is not None else ():
            if one.type == "pair":
                self.options[source(one.child_by_field_name("key")).strip(":\"'")] = _plain(one.child_by_field_name("value"))
            elif one.type == "array":
                self.words.extend(_plain(each) for each in one.named_children)
            elif one.type == "hash":
                pairs = [each for each in one.named_children if each.type == "pair"]
                self.options.update(
                    {source(each.child_by_field_name("key")).strip(":\"'"): _plain(each.child_by_field_name("value")) for each in pairs}
                )
            elif one.type not in ("block_argument", "comment"):
                self.words.append(_plain(one))

    def word(self, number: int) -> str:
        """A positional argument; empty for none."""
        return self.words[number] if number < len(self.words) else ""


def _plain(node: Node | None) -> str:
    if node is None:
        return ""
    if node.type in ("string", "heredoc_body"):
        return "".join(
            source(one) if one.type in ("string_content", "heredoc_content", "escape_sequence") else "x"
            for one in node.named_children
            if one.type != "heredoc_end"
        )
    return source(node).lstrip(":").strip("\"'")


class _Reading:
    """Reads what goes up, and for ``change`` what cannot be turned around."""

    def __init__(self, path: str, methods: dict[str, Node]) -> None:
        self.path = path
        self.methods = methods
        self.operations: list[Operation] = []
        self.obstacles: list[Obstacle] = []
        self._entered: set[str] = set()
        self._one_way = False

    def body(self, method: Node) -> None:
        """Take in what a method does."""
        self._heredocs = [one for one in walk(method) if one.type == "heredoc_body"]
        for one in method.named_children:
            self._visit(one, "")

    def _visit(self, node: Node, table: str) -> None:
        if (
            node.type == "identifier"
            and source(node) in self.methods
            and source(node) not in self._entered
            and node.parent is not None
            and node.parent.type in ("body_statement", "then", "block_body")
        ):
            self._enter(source(node))
            return
        if node.type != "call":
            for one in node.named_children:
                self._visit(one, table)
            return
        call = _Call(node)
        if call.name == "down" and call.receiver:
            return
        if call.name in ("up", "up_only", "safety_assured", "reversible", "revert", "suppress_messages") and call.block is not None:
            before, self._one_way = self._one_way, self._one_way or call.name in ("up", "up_only")
            self._visit(call.block, table)
            self._one_way = before
            return
        if call.name in ("create_table", "create_join_table"):
            self.operations.append(Operation("create-table", self._at(node), call.word(0)))
            return
        if call.name == "change_table" and call.block is not None:
            self._visit(call.block, call.word(0))
            return
        if call.receiver in ("", "connection", "ActiveRecord::Base.connection", "self") or (table and len(call.receiver) <= 5):
            self._call(call, table if call.receiver and table else "")
        if not call.receiver and call.name in self.methods and call.name not in self._entered:
            self._enter(call.name)
        for one in node.named_children:
            if one.type in ("do_block", "block", "call"):
                self._visit(one, table)

    def _enter(self, name: str) -> None:
        self._entered.add(name)
        for one in self.methods[name].named_children[1:]:
            self._visit(one, "")

    def _at(self, node: Node) -> Place:
        return Place(self.path, line(node))

    def _call(self, call: _Call, within: str) -> None:
        place = self._at(call.node)
        words = call.words if within else call.words[1:]
        table = within or call.word(0)
        name = call.name
        add = self.operations.append
        if name == "drop_table":
            add(Operation("drop-table", place, call.word(0)))
            self._irreversible(place, call.block is None, "drop_table without the block that made it cannot be turned around")
        elif name == "rename_table":
            add(Operation("rename-table", place, call.word(0), to=call.word(1)))
        elif name in ("remove_column", "remove_columns") or (within and name == "remove"):
            names = words[:1] if name == "remove_column" and not within else [one for one in words if one]
            for one in names:
                add(Operation("drop-column", place, table, one))
            typed = (len(words) > 1 or "type" in call.options) if name == "remove_column" and not within else "type" in call.options
            self._irreversible(place, not typed, f"{name} without the type cannot be turned around")
        elif name in ("remove_reference", "remove_belongs_to", "remove_references", "remove_timestamps"):
            for one in words or ["created_at"]:
                add(Operation("drop-column", place, table, one if name == "remove_timestamps" else f"{one}_id"))
        elif name == "rename_column" or (within and name == "rename"):
            add(Operation("rename-column", place, table, words[0] if words else "", words[1] if len(words) > 1 else ""))
        elif name in ("change_column", "change") and words:
            kind = words[1] if len(words) > 1 else ""
            add(Operation("alter-type", place, table, words[0], _type(kind, call)))
            if call.options.get("null") == "false" and "default" not in call.options:
                add(Operation("set-not-null", place, table, words[0]))
            self._irreversible(place, True, f"{name} cannot be turned around: it does not say what was before")
        elif name in ("change_column_null", "change_null"):
            if len(words) > 1 and words[1] == "false":
                add(Operation("set-not-null", place, table, words[0]))
            else:
                add(Operation("other", place, table))
        elif name in ("add_column", "add_columns") or (within and name in _ADDED):
            self._added(call, table, words, within, place)
        elif name in _REFERENCES and (within or name.startswith("add_")):
            add(Operation("add-column", place, table, f"{words[0]}_id" if words else "", required=_strict(call)))
        elif name == "add_index" or (within and name == "index"):
            act = "add-unique" if call.options.get("unique") == "true" else "create-index"
            add(Operation(act, place, table, to=",".join(words), concurrently=call.options.get("algorithm") == "concurrently"))  # type: ignore[arg-type]  # one of the two words above
        elif name in ("execute", "exec_query"):
            self._executed(call, place)
        elif name in _OTHER:
            add(Operation("other", place, table))
            if name == "change_column_default":
                self._irreversible(place, "from" not in call.options, f"{name} without from: and to: cannot be turned around")
        elif name == "raise" and "IrreversibleMigration" in source(call.node):
            self.obstacles.append(Obstacle("it raises ActiveRecord::IrreversibleMigration", place, _HINT))

    def _added(self, call: _Call, table: str, words: list[str], within: str, place: Place) -> None:
        typed = bool(within) and call.name != "column"
        names = words[:1] if not typed else words
        kind = call.name if typed else (words[1] if len(words) > 1 else "")
        if call.name == "add_columns":
            names, kind = words, call.options.get("type", "")
        for one in names:
            self.operations.append(
                Operation("add-column", place, table, one, kind, required=_strict(call) and kind not in ("virtual", "primary_key"))
            )

    def _executed(self, call: _Call, place: Place) -> None:
        written = call.word(0)
        if written.startswith("<<"):
            tag = re.sub(r"\W", "", written.partition(".")[0])
            body = next(
                (one for one in self._heredocs if line(one) >= line(call.node) and tag and source(one).rstrip().endswith(tag)), None
            )
            written = _plain(body)
            found = tuple(sql.operations(written, self.path, line(body) if body is not None else place.line))
        else:
            found = tuple(sql.operations(written, self.path, place.line, exact=False))
        self.operations.extend(found or (Operation("data", place),))
        self._irreversible(place, True, "execute in change cannot be turned around")

    def _irreversible(self, place: Place, when: bool, message: str) -> None:
        if when and not self._one_way:
            self.obstacles.append(Obstacle(message, place, _HINT))


def _strict(call: _Call) -> bool:
    given = call.options.get("default", "nil") != "nil"
    return call.options.get("null") == "false" and not given and "as" not in call.options and "stored" not in call.options


def _type(kind: str, call: _Call) -> str:
    written = _TYPES.get(kind, kind)
    limit = call.options.get("limit", "")
    if kind == "integer" and limit == "8":
        return "bigint"
    return f"{written}({limit})" if limit.isdigit() and written == "varchar" else written
