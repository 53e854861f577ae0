"""``composer``: scripts of composer.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, appended, joined, options, within
from pytest_deploy.syntax import yaml

_VALUED = "-d --working-dir --timeout"
_EVENTS = {"install": ("pre-install-cmd", "post-install-cmd", "pre-autoload-dump", "post-autoload-dump"), "update": ("post-update-cmd",)}


def composer(call: Call) -> Behind | None:
    """``composer X``, ``composer run X``, ``composer exec X``, and the scripts that ``composer install`` runs."""
    if call.name not in ("composer", "composer.phar"):
        return None
    found = options(call.arguments, _VALUED)
    if not found.rest:
        return None
    verb, rest = found.rest[0], found.rest[1:]
    folder = joined(call.directory, found.last("-d", "--working-dir") or ".")
    if verb == "exec" and rest:
        return Behind((Link(words=(*rest, *found.behind), place=call.place, directory=folder or ""),), instead=True)
    path = within(folder or "", "composer.json")
    if not call.tree.has(path):
        return None
    try:
        root = yaml.load(call.tree.read(path))
    except SyntaxProblem:
        return None
    scripts = {str(name): node for name, node in yaml.items(yaml.at(root, "scripts"))}
    if verb in _EVENTS and verb not in ("run", "run-script"):
        if "--no-scripts" in found.flags:
            return None
        links = [link for event in _EVENTS[verb] for link in _script(scripts, event, (), folder or "", (event,), 0)]
        return Behind(tuple(links), beside=True) if links else None
    if verb in ("run", "run-script"):
        if not rest:
            return None
        verb, rest = rest[0], rest[1:]
    arguments = found.behind or rest
    links = list(_script(scripts, verb, arguments, folder or "", (), 0))
    return Behind(tuple(links)) if links else None


def _script(
    scripts: Mapping[str, yaml.Node], name: str, arguments: tuple[str, ...], directory: str, via: tuple[str, ...], depth: int
) -> Iterator[Link]:
    node = scripts.get(name)
    if node is None or depth > 10:
        return
    for command in [node] if isinstance(node, yaml.Scalar) else yaml.elements(node):
        if not isinstance(command, yaml.Scalar):
            continue
        first, _, rest = command.partition(" ")
        if first.startswith("@") and first[1:] in scripts:
            yield from _script(scripts, first[1:], tuple(rest.split()), directory, (*via, f"script {first[1:]}"), depth + 1)
        elif first in ("@php", "@composer", "@putenv"):
            words = tuple(command[1:].split())
            if first != "@putenv":
                yield Link(words=(*words, *arguments), place=command.locate(1), directory=directory, via=via)
        elif "::" not in first and not first.startswith("@"):
            yield Link(appended(command, arguments), directory=directory, via=via)
