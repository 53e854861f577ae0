"""``strategy:`` of a job: the combinations it runs in.

<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix>
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pytest_deploy.pipelines.github.contexts import literal_json
from pytest_deploy.pipelines.github.texts import Reading
from pytest_deploy.pipelines.model import Matrix
from pytest_deploy.pipelines.scope import as_text
from pytest_deploy.places import Text
from pytest_deploy.syntax.yaml import Mapping, Node, Scalar, as_scalar, at, items

MOST_ROWS = 256
"""GitHub makes no more jobs than this out of one matrix."""

Row = dict[str, Text]
"""Leaf values by dotted name: ``{target: {env: prod}}`` is ``target.env``."""


def read_matrix(reading: Reading, strategy: Node | None) -> Matrix | None:
    """The matrix of a job; ``None`` when it has none."""
    node = at(strategy, "matrix")
    if strategy is None or isinstance(strategy, Scalar) or node is None:
        return None
    fail_fast = as_scalar(at(strategy, "fail-fast"))
    stops = fail_fast is None or str(fail_fast) != "false"
    one_at_a_time = as_scalar(at(strategy, "max-parallel")) == "1"
    rows, complete = _rows(reading, node)
    return Matrix(node.place, tuple(rows), complete, sequential=one_at_a_time and stops, fail_fast=stops)


def _rows(reading: Reading, node: Node) -> tuple[list[Row], bool]:
    lists: dict[str, list[Row] | None] = {}
    if isinstance(node, Scalar):
        given = _literal(reading, node)
        if not isinstance(given, dict):
            return [], False
        lists = {name: [_flat(name, one, node) for one in values] for name, values in given.items() if isinstance(values, list)}
        complete = True
    else:
        lists = {str(key): _axis(reading, str(key), value) for key, value in items(node)}
        # How many rows there are is known where every list is written out, whatever the run puts into them.
        complete = all(values is not None for values in lists.values())
    included = [_without_prefix(row, "include") for row in lists.pop("include", None) or ()]
    excluded = [_without_prefix(row, "exclude") for row in lists.pop("exclude", None) or ()]
    axes = [values for values in lists.values() if values is not None]
    rows: list[Row] = []
    for combination in itertools.product(*axes) if axes else ():
        row = {name: value for part in combination for name, value in part.items()}
        if not any(_covers(one, row) for one in excluded):
            rows.append(row)
        if len(rows) > MOST_ROWS:
            return rows[:MOST_ROWS], False
    return _include(rows, included, set(lists)), complete


def _axis(reading: Reading, name: str, node: Node) -> list[Row] | None:
    """The values of one axis (or of ``include`` and ``exclude``); ``None`` when they are made at run time."""
    if isinstance(node, Scalar):
        given = _literal(reading, node)
        return [_flat(name, one, node) for one in given] if isinstance(given, list) else None
    if isinstance(node, Mapping):
        return None
    return [dict(_leaves(reading, name, one)) for one in node]


def _literal(reading: Reading, node: Scalar) -> object | None:
    template = reading.template_of(node)
    if len(template.parts) != 1 or isinstance(template.parts[0], str):
        return None
    return literal_json(template.parts[0])


def _leaves(reading: Reading, name: str, node: Node) -> Iterator[tuple[str, Text]]:
    """The literal scalars below a node; those with expressions are known to the run alone."""
    if isinstance(node, Scalar):
        if reading.template_of(node).constant is not None:
            yield name, node
    else:
        inner = node.items() if isinstance(node, Mapping) else enumerate(node)
        for key, value in inner:
            yield from _leaves(reading, f"{name}.{key}", value)


def _flat(name: str, value: object, at_text: Scalar) -> Row:
    """The same out of JSON that stands in a literal."""
    if isinstance(value, dict):
        return {key: text for inner, one in value.items() for key, text in _flat(f"{name}.{inner}", one, at_text).items()}
    if isinstance(value, list):
        return {key: text for index, one in enumerate(value) for key, text in _flat(f"{name}.{index}", one, at_text).items()}
    written = as_text(value) if value is None or isinstance(value, bool | int | float) else str(value)
    return {name: Text(written, at_text.path, at_text.line, at_text.column)}


def _without_prefix(row: Row, name: str) -> Row:
    return {key.removeprefix(f"{name}."): value for key, value in row.items()}


def _covers(part: Row, row: Row) -> bool:
    """Whether a row has all these values."""
    return bool(part) and all(row.get(name) == value for name, value in part.items())


def _include(rows: list[Row], included: list[Row], axes: set[str]) -> list[Row]:
    """Each entry of ``include`` goes into every combination of the axes whose values it does not change, else it is one of its own."""
    original = [dict(row) for row in rows]
    alone: list[Row] = []
    for entry in included:
        fitting = False
        for row, before in zip(rows, original, strict=True):
            if all(before.get(name) == value for name, value in entry.items() if name.partition(".")[0] in axes):
                row.update(entry)
                fitting = True
        if not fitting:
            alone.append(dict(entry))
    return [*rows, *alone]
