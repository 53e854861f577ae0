"""``task``: tasks of a Taskfile.yml and of what they need."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, options, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.syntax import yaml
from pytest_deploy.tree import Tree

_NAMES = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml", "Taskfile.dist.yml", "Taskfile.dist.yaml")
_VALUED = "-t --taskfile -d --dir -o --output -C --concurrency -I --interval"
_Tasks = dict[str, tuple[yaml.Node, str, Mapping[str, str]]]
"""Name -> the task as written, the folder that it runs in, the variables of its file."""


def task(call: Call) -> Behind | None:
    """The commands that ``task NAME`` runs."""
    if call.name not in ("task", "go-task"):
        return None
    found = options(call.arguments, _VALUED)
    if found.flags & {"-l", "--list", "-a", "--list-all", "-n", "--dry", "--init"}:
        return None
    folder = joined(call.directory, found.last("-d", "--dir") or ".")
    given = found.last("-t", "--taskfile")
    path = joined(call.directory, given) if given else None
    for one in upwards(folder or "") if not given else []:
        path = next((p for name in _NAMES if call.tree.has(p := within(one, name))), None)
        if path:
            break
    if path is None or not call.tree.has(path):
        return None
    tasks: _Tasks = {}
    _read(call.tree, path, "", tasks, 0)
    variables = {key: value for key, equals, value in (word.partition("=") for word in found.rest) if equals}
    variables["CLI_ARGS"] = " ".join(found.behind)
    links: list[Link] = []
    for word in [word for word in found.rest if "=" not in word] or ["default"]:
        links.extend(_task(tasks, word, variables, (), 0))
    return Behind(tuple(links)) if links else None


def _read(tree: Tree, path: str, prefix: str, tasks: _Tasks, depth: int) -> None:
    try:
        root = yaml.load(tree.read(path))
    except SyntaxProblem:
        return
    directory = posixpath.dirname(path)
    variables = {str(name): str(value) for name, value in yaml.items(yaml.at(root, "vars")) if isinstance(value, yaml.Scalar)}
    for name, node in yaml.items(yaml.at(root, "tasks")):
        tasks[prefix + str(name)] = (node, directory, variables)
        for alias in yaml.strings(yaml.at(node, "aliases")):
            tasks[prefix + str(alias)] = (node, directory, variables)
    for name, node in yaml.items(yaml.at(root, "includes")):
        written = yaml.as_scalar(node) or yaml.as_scalar(yaml.at(node, "taskfile"))
        target = joined(directory, str(written)) if written else None
        if target is None or depth > 5:
            continue
        for one in (target, *(within(target, name_) for name_ in _NAMES)):
            if tree.has(one):
                _read(tree, one, f"{prefix}{name}:", tasks, depth + 1)
                break


def _task(tasks: _Tasks, name: str, variables: Mapping[str, str], via: tuple[str, ...], depth: int) -> Iterator[Link]:
    if name not in tasks or depth > 10:
        return
    node, directory, known = tasks[name]
    prefix = name.rpartition(":")[0]
    known = {**known, **{str(key): str(one) for key, one in yaml.items(yaml.at(node, "vars")) if isinstance(one, yaml.Scalar)}, **variables}
    where = yaml.as_scalar(yaml.at(node, "dir"))
    directory = joined(directory, _filled(str(where), known)) or directory if where else directory
    for need in yaml.elements(yaml.at(node, "deps")):
        yield from _other(tasks, yaml.as_scalar(need) or yaml.as_scalar(yaml.at(need, "task")), prefix, known, via, depth)
    ignores = str(yaml.as_scalar(yaml.at(node, "ignore_error")) or "") == "true"
    commands = yaml.at(node, "cmds") or yaml.at(node, "cmd") or (node if not isinstance(node, yaml.Mapping) else None)
    for command in [commands] if isinstance(commands, yaml.Scalar) else yaml.elements(commands):
        other = yaml.as_scalar(yaml.at(command, "task"))
        text = yaml.as_scalar(command) or yaml.as_scalar(yaml.at(command, "cmd"))
        if other is not None:
            yield from _other(tasks, other, prefix, known, via, depth)
        elif text is not None:
            swallowed = "ignore_error" if ignores or str(yaml.as_scalar(yaml.at(command, "ignore_error")) or "") == "true" else ""
            filled = _filled(str(text), known)
            script: Text = text if filled == text else Text(filled, text.path, text.locate(1).line, text.locate(1).column)
            yield Link(script, directory=directory, via=via, swallowed=swallowed)


def _other(
    tasks: _Tasks, name: yaml.Scalar | None, prefix: str, variables: Mapping[str, str], via: tuple[str, ...], depth: int
) -> Iterator[Link]:
    if name is None:
        return
    whole = _filled(str(name), variables)
    full = whole.lstrip(":") if whole.startswith(":") else f"{prefix}:{whole}" if prefix and f"{prefix}:{whole}" in tasks else whole
    yield from _task(tasks, full, variables, (*via, f"task {full}"), depth + 1)


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\{\{\s*\.(\w+)\s*\}\}", lambda match: variables.get(match[1], match[0]), text)
