"""What SQL does to a schema, read by sqlglot."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_deploy.artifacts.migrations.model import Operation
from pytest_deploy.places import Place

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_INTERESTING = re.compile(
    r"\b(?:create|alter|drop|rename|insert|update|delete|truncate|comment|do|select|with|set|grant|call)\b", re.IGNORECASE
)
_MYSQL = re.compile(r"`|\bENGINE\s*=|\bAUTO_INCREMENT\b|\bMODIFY\s+COLUMN\b|\bCHANGE\s+COLUMN\b", re.IGNORECASE)
_NO_SCHEMA = re.compile(
    r"\s*(?:insert|update|delete|truncate|select|set|with|copy|lock|begin|commit|start|analyze|vacuum|do|call|refresh)\b", re.IGNORECASE
)


def operations(text: str, path: str, line: int = 1, *, exact: bool = True) -> Iterator[Operation]:
    """The operations of SQL text that begins at a line (1-based) of a file. ``exact``: its lines are those of the file; else it stands
    in a string of another language, and all of it has that one line.

    Statements that sqlglot cannot read are ``other``: nothing is guessed about them.
    """
    for start, statement in statements(text):
        place = Place(path, line + start - 1 if exact else line)
        yield from (_placed(one, place, statement, exact=exact) for one in _of(statement, place))


def statements(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of each statement, as the tokens tell them apart: a semicolon in a string or a function's body ends nothing."""
    from sqlglot.errors import SqlglotError

    try:
        tokens: list[Token] = _dialect(text).tokenize(text)
    except SqlglotError:
        yield from _roughly(text)
        return
    current: list[Token] = []
    for token in tokens:
        if token.text == ";" and token.end == token.start:
            if current:
                yield current[0].line, text[current[0].start : current[-1].end + 1]
            current = []
        else:
            current.append(token)
    if current:
        yield current[0].line, text[current[0].start : current[-1].end + 1]


def _roughly(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for part in text.split(";"):
        stripped = part.lstrip()
        if stripped:
            yield line + part[: len(part) - len(stripped)].count("\n"), stripped
        line += part.count("\n")


def _dialect(text: str) -> Any:
    from sqlglot.dialects.dialect import Dialect

    # sqlglot tells the log what it does not read; here that is no news.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    return Dialect.get_or_raise("mysql" if _MYSQL.search(text) else "postgres")


def _of(statement: str, place: Place) -> Iterator[Operation]:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if not _INTERESTING.match(statement.lstrip()):
        return
    try:
        tree = next(iter(_dialect(statement).parse(statement)), None)
    except (SqlglotError, RecursionError):
        tree = None
    if isinstance(tree, exp.Create):
        yield from _created(tree, place)
    elif isinstance(tree, exp.Drop):
        yield from _dropped(tree, place)
    elif isinstance(tree, exp.Alter):
        if str(tree.args.get("kind")).upper() == "TABLE":
            table = _name(tree.this)
            for action in tree.args.get("actions") or ():
                yield from _altered(action, table, place)
        else:
            yield Operation("other", place)
    elif _NO_SCHEMA.match(statement):
        yield Operation("data", place)
    else:
        yield Operation("other", place)


def _created(tree: Any, place: Place) -> Iterator[Operation]:
    from sqlglot import exp

    kind = str(tree.args.get("kind")).upper()
    if kind == "TABLE":
        yield Operation("create-table", place, _name(tree.this))
    elif kind == "INDEX":
        table = _name(tree.this.args.get("table"))
        act = "add-unique" if tree.args.get("unique") else "create-index"
        columns = ",".join(one.name for one in tree.this.find_all(exp.Column))
        yield Operation(act, place, table, tree.this.name, columns, concurrently=bool(tree.args.get("concurrently")))  # type: ignore[arg-type]  # one of the two words above
    else:
        yield Operation("other", place)


def _dropped(tree: Any, place: Place) -> Iterator[Operation]:
    if str(tree.args.get("kind")).upper() != "TABLE":
        yield Operation("other", place)
        return
    for one in tree.args.get("tables") or [tree.this]:
        yield Operation("drop-table", place, _name(one))


def _altered(action: Any, table: str, place: Place) -> Iterator[Operation]:
    from sqlglot import exp

    if isinstance(action, exp.ColumnDef):
        yield Operation("add-column", place, table, action.name, _type(action.args.get("kind")), required=_required(action))
    elif isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
        for one in action.args.get("tables") or [action.this]:
            yield Operation("drop-column", place, table, one.name)
    elif isinstance(action, exp.RenameColumn):
        yield Operation("rename-column", place, table, action.this.name, action.args["to"].name)
    elif isinstance(action, exp.AlterRename):
        yield Operation("rename-table", place, table, to=_name(action.this))
    elif isinstance(action, exp.AlterColumn):
        if action.args.get("dtype"):
            yield Operation("alter-type", place, table, action.name, _type(action.args["dtype"]))
        elif action.args.get("allow_null") is False:
            yield Operation("set-not-null", place, table, action.name)
        else:
            yield Operation("other", place, table, action.name)
    elif isinstance(action, exp.ModifyColumn):
        column = action.this
        old = action.args.get("rename_from")
        if old is not None and old.name != column.name:
            yield Operation("rename-column", place, table, old.name, column.name)
        yield Operation("alter-type", place, table, column.name, _type(column.args.get("kind")))
    elif isinstance(action, exp.AddConstraint):
        unique = action.find(exp.UniqueColumnConstraint) is not None
        columns = ",".join(one.name for one in action.find_all(exp.Identifier))
        yield Operation("add-unique" if unique else "other", place, table, to=columns if unique else "")
    else:
        yield Operation("other", place, table)


def _required(column: Any) -> bool:
    from sqlglot import exp

    kinds = [one.args.get("kind") for one in column.args.get("constraints") or ()]
    strict = any(isinstance(one, exp.NotNullColumnConstraint) and not one.args.get("allow_null") for one in kinds)
    strict = strict or any(isinstance(one, exp.PrimaryKeyColumnConstraint) for one in kinds)
    given = (
        exp.DefaultColumnConstraint,
        exp.ComputedColumnConstraint,
        exp.GeneratedAsIdentityColumnConstraint,
        exp.AutoIncrementColumnConstraint,
    )
    return strict and not any(isinstance(one, given) for one in kinds) and "serial" not in _type(column.args.get("kind"))


def _type(node: Any) -> str:
    return node.sql(dialect="postgres").lower() if node is not None else ""


def _name(node: Any) -> str:
    from sqlglot import exp

    found = node.find(exp.Table) if node is not None else None
    return str(found.name) if found is not None else ""


def _placed(operation: Operation, place: Place, statement: str, *, exact: bool) -> Operation:
    """The same, on the line of the statement where its column is named."""
    if not exact or not operation.name:
        return operation
    for number, line in enumerate(statement.split("\n")):
        if re.search(rf"(?<!\w){re.escape(operation.name)}(?!\w)", line):
            at = Place(place.path, place.line + number)
            return Operation(
                operation.act, at, operation.table, operation.name, operation.to, operation.was, operation.required, operation.concurrently
            )
    return operation
