"""``deno task``: tasks of deno.json, and of package.json where it has none of that name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following import packages
from pytest_deploy.pipelines.following.links import Behind, Call, Link, appended, joined, options, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.syntax import yaml
from pytest_deploy.tree import Source, Tree

_NAMES = ("deno.json", "deno.jsonc")
_VALUED = "-c --config --cwd -f --filter"
_COMMENT = re.compile(r"(?m)(?:^|(?<=[\s,{\[}\]]))//.*$")


def task(call: Call) -> Behind | None:
    """The commands of the task that ``deno task NAME`` runs, its dependencies first."""
    if call.name != "deno" or call.arguments[:1] != ("task",):
        return None
    found = options(call.arguments[1:], _VALUED, stop=True)
    if not found.rest or found.flags & {"--eval"}:
        return None
    folder = joined(call.directory, found.last("--cwd") or ".")
    given = found.last("-c", "--config")
    path = joined(call.directory, given) if given else None
    for one in upwards(folder or "") if not given else ():
        path = next((p for name in _NAMES if call.tree.has(p := within(one, name))), None)
        if path:
            break
    tasks = _tasks(call.tree, path) if path is not None and call.tree.has(path) else {}
    directory = posixpath.dirname(path or "")
    if found.rest[0] not in tasks:
        package = packages.nearest(call.tree, folder or "")
        script = package.scripts.get(found.rest[0]) if package else None
        if package is None or script is None:
            return None
        return Behind((Link(appended(script, found.rest[1:]), errexit=True, directory=package.directory),))
    return Behind(tuple(_links(tasks, found.rest[0], found.rest[1:], directory, (), set())))


def _tasks(tree: Tree, path: str) -> Mapping[str, yaml.Node]:
    text = tree.read(path).text
    try:
        root = yaml.load(Source(path, _COMMENT.sub(lambda one: " " * len(one[0]), text)))
    except SyntaxProblem:
        return {}
    return {str(name): node for name, node in yaml.items(yaml.at(root, "tasks"))}


def _links(
    tasks: Mapping[str, yaml.Node], name: str, given: tuple[str, ...], directory: str, via: tuple[str, ...], done: set[str]
) -> Iterator[Link]:
    node = tasks.get(name)
    if node is None or name in done or len(via) > 10:
        return
    done.add(name)
    for need in yaml.strings(yaml.at(node, "dependencies")):
        yield from _links(tasks, str(need), (), directory, (*via, f"task {need}"), done)
    command = yaml.as_scalar(node) or yaml.as_scalar(yaml.at(node, "command"))
    if isinstance(command, Text):
        yield Link(appended(command, given), errexit=True, directory=directory, via=via)
