"""Django: ``migrations`` packages of apps, read and never imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_deploy.artifacts.migrations import sql
from pytest_deploy.artifacts.migrations.chains import duplicates, leaves, missing, ordered
from pytest_deploy.artifacts.migrations.model import History, Migration, Obstacle, Operation, Problem
from pytest_deploy.artifacts.migrations.python import argument, assigned, called, constant, last, parsed, strings, text
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

TOOL = "django"
_PATHS = r"(?:.*/)?migrations/(?!__init__\.py$)[^/]+\.py"
_MARK = re.compile(r"^class\s+Migration\s*\(", re.MULTILINE)
_HINT = "Give it the code that takes it back, or RunPython.noop where nothing must be done."
_OTHER = frozenset(
    [
        "AddIndex",
        "RemoveIndex",
        "RenameIndex",
        "AddConstraint",
        "RemoveConstraint",
        "AlterUniqueTogether",
        "AlterIndexTogether",
        "AlterModelTable",
        "AddIndexConcurrently",
        "RemoveIndexConcurrently",
        "AlterOrderWithRespectTo",
        "CreateExtension",
    ]
)


@dataclass(frozen=True, slots=True)
class _Field:
    """What of a field its later changes are held against."""

    kind: str
    size: int | None
    null: bool


def histories(tree: Tree) -> Iterator[History]:
    """One for each app with migrations."""
    folders: dict[str, list[Migration]] = {}
    for path in tree.matching(_PATHS):
        migration = tree.kept(_read, path)
        if migration is not None:
            folders.setdefault(path.rpartition("/")[0], []).append(migration)
    for folder, found in sorted(folders.items()):
        readable = [one for one in found if one.unreadable is None]
        if readable:
            yield _history(folder, readable, [one for one in found if one.unreadable], _label(tree, folder))


def _label(tree: Tree, folder: str) -> str:
    """The app's label: what its ``apps.py`` says, else the name of its folder."""
    app = folder.rpartition("/")[0]
    name = app.rpartition("/")[2]
    path = f"{app}/apps.py" if app else "apps.py"
    if not tree.has(path):
        return name
    try:
        module = parsed(tree.read(path).text, path)
    except SyntaxProblem:
        return name
    for statement in module.body:
        if isinstance(statement, ast.ClassDef):
            values = dict(assigned(statement.body))
            if "label" in values:
                return text(values["label"]) or name
    return name


def _history(folder: str, found: Sequence[Migration], broken: Sequence[Migration], label: str) -> History:
    own = [replace(one, parents=tuple(name for app, name in _pairs(one.parents) if app == label)) for one in found]
    replaced = {name: one.revision for one in own for app, name in _pairs(one.replaces) if app == label}
    # A squashed migration stands for those that it replaces, whether or not they are still there.
    live = [one for one in own if one.revision not in replaced]
    live = [
        replace(
            one, parents=tuple(dict.fromkeys(replaced.get(name, name) for name in one.parents if replaced.get(name, name) != one.revision))
        )
        for one in live
    ]
    known = {one.revision for one in own} | set(replaced) | {"__first__", "__latest__"}
    problems = [*duplicates(own), *missing(own, known, "Commit that migration, or depend on one that is there.")]
    ends = leaves(live)
    if len(ends) > 1:
        names = ", ".join(sorted(one.revision for one in ends))
        problems.extend(
            Problem(
                f"{one.revision} is one of {len(ends)} leaf nodes of the app ({names})",
                one.place,
                "Join them with `makemigrations --merge`.",
            )
            for one in ends
        )
    order = ordered(live)
    return History(folder, TOOL, (*_with_types(order), *broken), tuple(problems))


def _pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in names:
        app, _, name = one.partition(" ")
        yield app, name


def _read(tree: Tree, path: str) -> Migration | None:
    try:
        source = tree.read(path).text
    except SyntaxProblem:
        return None
    return from_text(source, path) if _MARK.search(source) and "migrations" in source else None


def from_text(source: str, path: str) -> Migration | None:
    """The migration that a file is; ``None``: it is none of Django's. Its parents are written ``app name``."""
    name = path.rpartition("/")[2].removesuffix(".py")
    try:
        module = parsed(source, path)
    except SyntaxProblem as problem:
        return Migration(path, TOOL, name, place=problem.place, unreadable=problem)
    klass = next((one for one in module.body if isinstance(one, ast.ClassDef) and one.name == "Migration"), None)
    if klass is None or not any(last(base) == "Migration" for base in klass.bases):
        return None
    values = dict(assigned(klass.body))
    reading = _Reading(path, dict(assigned(module.body)), {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)})
    listed = values.get("operations")
    for one in listed.elts if isinstance(listed, ast.List | ast.Tuple) else ():
        if isinstance(one, ast.Call):
            reading.operation(one)
    return Migration(
        path,
        TOOL,
        name,
        tuple(_dependencies(values.get("dependencies"))),
        tuple(reading.operations),
        tuple(reading.obstacles),
        Place(path, klass.lineno),
        replaces=tuple(_dependencies(values.get("replaces"))),
        postgresql="django.contrib.postgres" in source,
    )


def _dependencies(node: ast.expr | None) -> Iterator[str]:
    for one in node.elts if isinstance(node, ast.List | ast.Tuple) else ():
        parts = strings(one)
        if isinstance(one, ast.Tuple) and len(parts) == 2:
            yield f"{parts[0]} {parts[1]}"


class _Reading:
    """Reads operations."""

    def __init__(self, path: str, values: Mapping[str, ast.expr], functions: Mapping[str, ast.FunctionDef]) -> None:
        self.path = path
        self.values = values
        self.functions = functions
        self.operations: list[Operation] = []
        self.obstacles: list[Obstacle] = []

    def operation(self, call: ast.Call) -> None:
        """Take one operation in."""
        name, place = last(call), Place(self.path, call.lineno)
        model = text(argument(call, "model_name", 0), self.values).lower()
        field = text(argument(call, "name", 1), self.values)
        add = self.operations.append
        if name == "SeparateDatabaseAndState":
            inner = argument(call, "database_operations", 0)
            for one in inner.elts if isinstance(inner, ast.List | ast.Tuple) else ():
                if isinstance(one, ast.Call):
                    self.operation(one)
        elif name == "CreateModel":
            add(Operation("create-table", place, text(argument(call, "name", 0), self.values).lower()))
            self._fields(call)
        elif name == "DeleteModel":
            add(Operation("drop-table", place, text(argument(call, "name", 0), self.values).lower()))
        elif name == "RenameModel":
            old, new = (text(argument(call, key, number), self.values).lower() for number, key in enumerate(("old_name", "new_name")))
            add(Operation("rename-table", place, old, to=new))
        elif name == "AddField":
            definition = argument(call, "field", 2)
            add(Operation("add-column", place, model, field, _written(definition), required=_required(definition)))
        elif name == "RemoveField":
            add(Operation("drop-column", place, model, field))
        elif name == "RenameField":
            old, new = (text(argument(call, key, number), self.values) for number, key in ((1, "old_name"), (2, "new_name")))
            add(Operation("rename-column", place, model, old, new))
        elif name == "AlterField":
            add(Operation("alter-type", place, model, field, _written(argument(call, "field", 2))))
        elif name == "RunPython":
            add(Operation("data", place))
            self._undone(call, "reverse_code", "RunPython without reverse_code cannot be undone")
        elif name == "RunSQL":
            for written in strings(argument(call, "sql", 0)) or (text(argument(call, "sql", 0), self.values),):
                self.operations.extend(sql.operations(written, self.path, call.lineno, exact=False))
            self._undone(call, "reverse_sql", "RunSQL without reverse_sql cannot be undone")
        elif name in _OTHER:
            add(Operation("other", place, model))

    def _fields(self, call: ast.Call) -> None:
        """The fields of a new model, for those that later change them."""
        listed = argument(call, "fields", 1)
        table = self.operations[-1].table
        for one in listed.elts if isinstance(listed, ast.List | ast.Tuple) else ():
            if isinstance(one, ast.Tuple) and len(one.elts) == 2:
                place = Place(self.path, one.lineno)
                self.operations.append(Operation("add-column", place, table, text(one.elts[0], self.values), _written(one.elts[1])))

    def _undone(self, call: ast.Call, keyword: str, message: str) -> None:
        reverse = argument(call, keyword, 1)
        if reverse is None or (isinstance(reverse, ast.Constant) and reverse.value is None):
            self.obstacles.append(Obstacle(message, Place(self.path, call.lineno), _HINT))
        elif isinstance(reverse, ast.Name) and reverse.id in self.functions:
            raised = next((one for one in self.functions[reverse.id].body if isinstance(one, ast.Raise)), None)
            if raised is not None:
                self.obstacles.append(Obstacle(f"{reverse.id}() only raises", Place(self.path, raised.lineno), _HINT))


_KINDS = {"AutoField": "int", "IntegerField": "int", "PositiveIntegerField": "int", "BigIntegerField": "bigint", "BigAutoField": "bigint"}
_KINDS |= {
    "SmallIntegerField": "smallint",
    "PositiveSmallIntegerField": "smallint",
    "PositiveBigIntegerField": "bigint",
    "TextField": "text",
}
_KINDS |= {"CharField": "varchar", "SlugField": "varchar", "EmailField": "varchar", "URLField": "varchar", "FileField": "varchar"}
_KINDS |= {"ImageField": "varchar", "FilePathField": "varchar", "DateField": "date", "DateTimeField": "timestamptz", "JSONField": "jsonb"}
_KINDS |= {"BooleanField": "boolean", "DecimalField": "decimal", "FloatField": "double", "UUIDField": "uuid", "BinaryField": "bytea"}
_SIZES = {"SlugField": 50, "EmailField": 254, "URLField": 200, "FileField": 100, "ImageField": 100, "FilePathField": 100}
_MANY = ("ManyToManyField", "TaggableManager", "ParentalManyToManyField", "SortedManyToManyField", "GenericRelation", "GeneratedField")


def _written(node: ast.expr | None) -> str:
    """The column's type as SQL would write it, with ``not null`` behind it; empty where it is not one of Django's own fields."""
    if not isinstance(node, ast.Call):
        return ""
    name = last(node)
    kind = _KINDS.get(name, "")
    if not kind:
        return ""
    if kind == "decimal":
        sizes = [constant(argument(node, key)) for key in ("max_digits", "decimal_places")]
        kind += f"({sizes[0]}, {sizes[1]})" if all(isinstance(one, int) for one in sizes) else ""
    elif kind == "varchar":
        size = constant(argument(node, "max_length"))
        size = _SIZES.get(name) if size is None else size
        kind += f"({size})" if isinstance(size, int) else ""
    strict = constant(argument(node, "null")) is not True and argument(node, "db_default") is None
    return kind + (" not null" if strict else "")


def _required(node: ast.expr | None) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return (
        constant(argument(node, "null")) is not True
        and argument(node, "db_default") is None
        and last(node) not in _MANY
        and "." in called(node)
    )


def _with_types(order: Sequence[Migration]) -> Iterator[Migration]:
    """Each migration with what its altered fields were before, which only those before it say."""
    known: dict[tuple[str, str], str] = {}
    for one in order:
        changed: list[Operation] = []
        made = {operation.table for operation in one.operations if operation.act == "create-table"}
        for operation in one.operations:
            key = (operation.table, operation.name)
            if operation.act == "add-column" and operation.name:
                known[key] = operation.to
                changed.append(operation)
            elif operation.act == "rename-column":
                known[operation.table, operation.to] = known.pop(key, "")
                changed.append(operation)
            elif operation.act == "rename-table":
                for table, name in [each for each in known if each[0] == operation.table]:
                    known[operation.to, name] = known.pop((table, name))
                changed.append(operation)
            elif operation.act == "alter-type" and operation.table not in made and (" " in operation.to or operation.to):
                changed.extend(_alterations(operation, known.get(key, "")))
                known[key] = operation.to
            elif operation.act == "alter-type":
                known[key] = operation.to
                changed.append(replace(operation, act="other"))
            else:
                changed.append(operation)
        yield replace(one, operations=tuple(changed))


def _alterations(operation: Operation, before: str) -> Iterator[Operation]:
    was, strict_before = before.removesuffix(" not null"), before.endswith(" not null")
    to, strict = operation.to.removesuffix(" not null"), operation.to.endswith(" not null")
    if was and was != to:
        yield replace(operation, was=was, to=to)
    elif not was or strict == strict_before:
        yield replace(operation, act="other")
    if was and strict and not strict_before:
        yield replace(operation, act="set-not-null")
