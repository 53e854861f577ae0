"""``mise run``: tasks of a mise configuration, of the files that it includes, and those that are scripts in a folder of tasks."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_deploy.pipelines.following.links import Behind, Call, Link, appended, joined, options, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

_CONFIGURATIONS = (
    "mise.toml",
    ".mise.toml",
    "mise/config.toml",
    ".mise/config.toml",
    ".config/mise.toml",
    ".config/mise/config.toml",
)
_FOLDERS = ("mise-tasks", ".mise-tasks", "mise/tasks", ".mise/tasks", ".config/mise/tasks")
_VALUED = "-C --cd -j --jobs -o --output -t --tool --env -E --timeout"
_ROOT = re.compile(r"\{\{\s*(?:config_root|cwd)\s*\}\}/?")
_OWN = (
    "activate alias backends bin-paths cache completion config deactivate doctor en env exec x fmt generate implode install i latest link "
    "ls ls-remote outdated plugins prune registry reshim search self-update set settings shell sync tasks test-tool tool trust uninstall "
    "unset unuse upgrade use u version watch where which"
)
"""The program's own commands: a task of such a name needs ``run``."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One task. ``table`` is what its file says; ``script`` the path of one that is a file of its own; ``root`` the project's folder."""

    root: str
    path: str
    table: Mapping[str, object]
    script: str = ""


def mise(call: Call) -> Behind | None:
    """The commands of the tasks that ``mise run NAME`` runs (``:::`` parts several)."""
    if call.name != "mise":
        return None
    found = options(call.arguments, _VALUED, stop=True)
    words = found.rest
    if words[:1] in (("run",), ("r",)):
        found = options(words[1:], _VALUED, stop=True)
        words = found.rest
    elif not words or words[0] in _OWN.split():
        return None
    folder = joined(call.directory, found.last("-C", "--cd") or ".")
    tasks = _tasks(call.tree, call.directory if folder is None else folder)
    links: list[Link] = []
    for name, given in _asked((*words, *found.behind)):
        links.extend(_links(call.tree, tasks, name, given, (), set()))
    return Behind(tuple(links)) if links else None


def _asked(words: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each task that is named, with its arguments."""
    while words:
        end = words.index(":::") if ":::" in words else len(words)
        if words[:end]:
            yield words[0], words[1:end]
        words = words[end + 1 :]


def _tasks(tree: Tree, folder: str) -> Mapping[str, _Task]:
    """All tasks that are known in a folder, those of the nearest configuration first."""
    tasks: dict[str, _Task] = {}
    for root in upwards(folder):
        for name in _CONFIGURATIONS:
            path = within(root, name)
            if tree.has(path):
                whole = _toml(tree, path)
                _add(tasks, root, path, _table(whole, "tasks"))
                included = _table(whole, "task_config").get("includes")
                for one in included if isinstance(included, list) else ():
                    _include(tree, tasks, root, joined(root, _ROOT.sub("", str(one))))
        for name in _FOLDERS:
            _include(tree, tasks, root, within(root, name))
    return tasks


def _include(tree: Tree, tasks: dict[str, _Task], root: str, pattern: str | None) -> None:
    """Take the tasks of a TOML file, or the scripts of a folder: their paths in it are their names."""
    if pattern is None:
        return
    found = tree.matching(re.escape(pattern).replace(r"\*", "[^/]*"))
    for path in found:
        if path.endswith(".toml"):
            _add(tasks, root, path, _toml(tree, path))
    if not found:
        for path in tree.matching(re.escape(pattern) + r"/.*"):
            if not path.endswith(".toml"):
                name = re.sub(r"\.\w+$", "", path[len(pattern) + 1 :]).removesuffix("/_default").replace("/", ":")
                tasks.setdefault(name, _Task(root, path, {}, script=path))


def _add(tasks: dict[str, _Task], root: str, path: str, tables: Mapping[str, object]) -> None:
    for name, written in tables.items():
        table = written if isinstance(written, dict) else {"run": written}
        alias = table.get("alias")
        for one in (name, *(alias if isinstance(alias, list) else [alias] if alias else [])):
            tasks.setdefault(str(one), _Task(root, path, table))


def _links(
    tree: Tree, tasks: Mapping[str, _Task], name: str, given: tuple[str, ...], via: tuple[str, ...], done: set[str]
) -> Iterator[Link]:
    task = tasks.get(name)
    if task is None or name in done or len(via) > 10:
        return
    done.add(name)
    where = task.table.get("dir")
    directory = task.root if where is None else joined(task.root, _ROOT.sub("", str(where)) or ".")
    directory = task.root if directory is None else directory
    for need in _listed(task.table.get("depends")):
        yield from _links(tree, tasks, *_named(need), (*via, f"task {_named(need)[0]}"), done)
    if task.script or isinstance(task.table.get("file"), str):
        path = task.script or joined(task.root, _ROOT.sub("", str(task.table["file"])))
        if path is not None and tree.has(path):
            yield Link(words=(f"./{posixpath.relpath(path, directory or '.')}", *given), directory=directory, via=via)
        return
    commands = _listed(task.table.get("run"))
    for command in commands:
        if isinstance(command, dict):
            for one in (command.get("task"), *_listed(command.get("tasks"))):
                if one:
                    yield from _links(tree, tasks, str(one), (), (*via, f"task {one}"), done)
            continue
        text = _placed(tree, task.path, str(command))
        yield Link(appended(text, given) if command is commands[-1] else text, errexit=True, directory=directory, via=via)


def _placed(tree: Tree, path: str, command: str) -> Text:
    """The command where its first line stands in the file."""
    first = command.strip().partition("\n")[0].strip()
    lines = (tree.text(path) or "").split("\n")
    line = next((number for number, one in enumerate(lines, 1) if first and first in one), 1)
    return Text(command.strip(), path, line, max(lines[line - 1].find(first), 0) + 1)


def _named(need: object) -> tuple[str, tuple[str, ...]]:
    if isinstance(need, dict):
        return str(need.get("task", "")), ()
    words = [str(one) for one in need] if isinstance(need, list) else str(need).split()
    return (words[0], tuple(words[1:])) if words else ("", ())


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _table(whole: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = whole.get(key)
    return value if isinstance(value, dict) else {}


def _toml(tree: Tree, path: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(tree.text(path) or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
