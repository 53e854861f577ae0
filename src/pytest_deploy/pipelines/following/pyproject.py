"""Tasks of Python projects: poe, pdm, hatch, pipenv, rye, taskipy and invoke."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from typing import Any

from pytest_deploy.pipelines.following.links import Behind, Call, Link, appended, line_of, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.syntax import python
from pytest_deploy.tree import Tree

_Where = tuple[str, str, str]
"""Path, text and folder of the file that the tasks are in."""


def scripts(call: Call) -> Behind | None:
    """``poe X``, ``pdm run X``, ``hatch run env:X``, ``pipenv run X``, ``rye run X``, ``task X`` (taskipy)."""
    found = _named(call)
    if found is None:
        return None
    key, name, arguments, file = found
    loaded = _load(call.tree, call.directory, file)
    if loaded is None:
        return None
    data, where = loaded
    if key == ("hatch",):
        return _hatch(data, where, name, arguments)
    tasks = _at(data, *key)
    if not isinstance(tasks, dict) or name not in tasks:
        return None
    links = tuple(_task(tasks, name, where, arguments, key[0] == "poe", 0))
    return Behind(links) if links else None


def _named(call: Call) -> tuple[tuple[str, ...], str, tuple[str, ...], str] | None:
    words = call.arguments
    while words and words[0].startswith("-"):
        words = words[1:]
    if call.name in ("poe", "poethepoet") and words:
        return ("tool", "poe", "tasks"), words[0], words[1:], "pyproject.toml"
    if call.name == "task" and words:
        return ("tool", "taskipy", "tasks"), words[0], words[1:], "pyproject.toml"
    if len(words) < 2 or words[0] not in ("run", "test", "lint"):
        return (("tool", "pdm", "scripts"), words[0], words[1:], "pyproject.toml") if call.name == "pdm" and words else None
    name, arguments = words[1], words[2:]
    match call.name:
        case "pdm":
            return ("tool", "pdm", "scripts"), name, arguments, "pyproject.toml"
        case "rye":
            return ("tool", "rye", "scripts"), name, arguments, "pyproject.toml"
        case "pipenv":
            return ("scripts",), name, arguments, "Pipfile"
        case "hatch":
            return ("hatch",), name, arguments, "pyproject.toml"
    return None


def _load(tree: Tree, directory: str, name: str) -> tuple[dict[str, Any], _Where] | None:
    for folder in upwards(directory):
        path = within(folder, name)
        text = tree.text(path)
        if text is not None:
            try:
                return tomllib.loads(text), (path, text, folder)
            except tomllib.TOMLDecodeError:
                return None
    return None


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _text(command: str, where: _Where, name: str) -> Text:
    """The command at the line of the file where it is written."""
    path, text, _ = where
    first = command.strip().partition("\n")[0]
    at = text.find(first)
    if at < 0:
        at = max(text.find(name), 0)
    return Text(command, path, line_of(text, at), at - (text.rfind("\n", 0, at) + 1) + 1)


def _task(tasks: dict[str, Any], name: str, where: _Where, arguments: tuple[str, ...], poe: bool, depth: int) -> Iterator[Link]:
    if depth > 10 or name not in tasks:
        return
    yield from _definition(tasks, tasks[name], name, where, arguments, poe, depth)


def _definition(
    tasks: dict[str, Any], task: Any, name: str, where: _Where, arguments: tuple[str, ...], poe: bool, depth: int
) -> Iterator[Link]:
    via = (f"task {name}",) if depth else ()
    if isinstance(task, str):
        yield Link(appended(_text(task, where, name), arguments), directory=where[2], via=via)
    elif isinstance(task, list):
        for one in task:
            if isinstance(one, str) and one in tasks:
                yield from _task(tasks, one, where, (), poe, depth + 1)
            elif depth < 10:
                yield from _definition(tasks, one, name, where, (), poe, depth + 1)
    elif isinstance(task, dict):
        for need in task.get("deps", []) if isinstance(task.get("deps"), list) else []:
            if isinstance(need, str):
                yield from _task(tasks, need.split()[0] if need.split() else need, where, (), poe, depth + 1)
        swallowed = "ignore_fail" if task.get("ignore_fail") in (True, "return_zero") else ""
        for key in ("cmd", "shell"):
            command = task.get(key)
            command = " ".join(map(str, command)) if isinstance(command, list) else command
            if isinstance(command, str):
                yield Link(appended(_text(command, where, name), arguments), directory=where[2], via=via, swallowed=swallowed)
        reference = task.get("ref")
        if isinstance(reference, str) and reference.split():
            yield from _task(tasks, reference.split()[0], where, tuple(reference.split()[1:]), poe, depth + 1)
        for key in ("composite", "sequence", "parallel"):
            for one in task.get(key, []) if isinstance(task.get(key), list) else []:
                first = one.split()[0] if isinstance(one, str) and one.split() else ""
                if first in tasks:
                    yield from _task(tasks, first, where, tuple(one.split()[1:]), poe, depth + 1)
                elif depth < 10:
                    yield from _definition(tasks, one, name, where, (), poe, depth + 1)


def _hatch(data: dict[str, Any], where: _Where, name: str, arguments: tuple[str, ...]) -> Behind | None:
    environment, colon, script = name.rpartition(":")
    environments = _at(data, "tool", "hatch", "envs")
    scripts_ = _at(environments, environment.lstrip("+") if colon else "default", "scripts")
    if not isinstance(scripts_, dict) or script not in scripts_:
        return None
    links = tuple(_hatch_script(scripts_, script, where, arguments, 0))
    return Behind(links) if links else None


def _hatch_script(scripts_: dict[str, Any], name: str, where: _Where, arguments: tuple[str, ...], depth: int) -> Iterator[Link]:
    value = scripts_[name]
    for command in value if isinstance(value, list) else [value]:
        if not isinstance(command, str) or depth > 10:
            continue
        swallowed = "the `-` before the command" if command.startswith("- ") else ""
        plain = command.removeprefix("- ")
        filled = plain.replace("{args}", " ".join(arguments))
        while "{args:" in filled and (start := filled.find("{args:")) >= 0:
            end = filled.find("}", start)
            default = filled[start + 6 : end] if end > 0 else ""
            filled = filled[:start] + (" ".join(arguments) or default) + (filled[end + 1 :] if end > 0 else "")
        first = filled.split()[0] if filled.split() else ""
        if first in scripts_ and first != name:
            yield from _hatch_script(scripts_, first, where, tuple(filled.split()[1:]), depth + 1)
        else:
            at = _text(plain, where, name)
            yield Link(Text(filled, at.path, at.line, at.column), directory=where[2], swallowed=swallowed)


# --- invoke --------------------------------------------------------------------------------------------------------------


def invoke(call: Call) -> Behind | None:
    """``invoke X``: the literal ``c.run("…")`` of the functions in tasks.py."""
    if call.name not in ("invoke", "inv", "fab"):
        return None
    path = within(call.directory, "fabfile.py" if call.name == "fab" else "tasks.py")
    text = call.tree.text(path)
    if text is None:
        return None
    module = python.parse(text)
    if module is None:
        return None
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    links: list[Link] = []
    for word in call.arguments:
        name = word.rpartition(".")[2].replace("-", "_")
        if name in functions and not word.startswith("-"):
            links.extend(_invoked(functions, name, path, call.directory, (), 0))
    return Behind(tuple(links)) if links else None


def _invoked(
    functions: dict[str, ast.FunctionDef], name: str, path: str, directory: str, via: tuple[str, ...], depth: int
) -> Iterator[Link]:
    function = functions[name]
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            needs = [*decorator.args, *(one for key in decorator.keywords if key.arg == "pre" for one in getattr(key.value, "elts", []))]
            for need in needs:
                if isinstance(need, ast.Name) and need.id in functions and depth < 10:
                    yield from _invoked(functions, need.id, path, directory, (*via, f"task {need.id}"), depth + 1)
    calls = sorted((one for one in ast.walk(function) if isinstance(one, ast.Call)), key=lambda one: (one.lineno, one.col_offset))
    for one in calls:
        if isinstance(one.func, ast.Attribute) and one.func.attr in ("run", "sudo", "local") and one.args:
            command = _literal(one.args[0])
            if command:
                warn = any(key.arg == "warn" and isinstance(key.value, ast.Constant) and key.value.value for key in one.keywords)
                text = Text(command, path, one.args[0].lineno, one.args[0].col_offset + 1)
                yield Link(text, directory=directory, via=via, swallowed="warn=True" if warn else "")
        elif isinstance(one.func, ast.Name) and one.func.id in functions and one.func.id != name and depth < 10:
            yield from _invoked(functions, one.func.id, path, directory, via, depth + 1)


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""
