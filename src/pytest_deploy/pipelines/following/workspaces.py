"""Runners over the packages of a workspace: turbo, nx, lerna."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, options, within
from pytest_deploy.pipelines.following.packages import Package, members, nearest, read, run, selected
from pytest_deploy.syntax import yaml
from pytest_deploy.tree import Tree

_TURBO = "--filter -F --scope --concurrency --cache-dir --cwd --log-order --output-logs --since --env-mode --cache"
_NX = "-t --target --targets -p --projects --base --head --parallel -c --configuration --exclude --runner"
_LERNA = "--scope --ignore --concurrency --since"


def orchestrated(call: Call) -> Behind | None:
    """The scripts of the packages that such a runner runs."""
    if call.name not in ("turbo", "nx", "lerna"):
        return None
    root = _root(call.tree, call.directory)
    if root is None:
        return None
    links = {"turbo": _turbo, "nx": _nx, "lerna": _lerna}[call.name](call, root)
    return Behind(tuple(links)) if links else None


def _root(tree: Tree, directory: str) -> Package | None:
    """The package at the top of the workspace."""
    top = read(tree, "")
    if top is not None and (
        top.workspaces or any(tree.has(name) for name in ("pnpm-workspace.yaml", "lerna.json", "nx.json", "turbo.json"))
    ):
        return top
    return nearest(tree, directory)


def _turbo(call: Call, root: Package) -> list[Link]:
    found = options(call.arguments, _TURBO)
    words = found.rest[1:] if found.rest[:1] == ("run",) else found.rest
    packages = members(call.tree, root)
    filters = found.all("--filter", "-F", "--scope")
    chosen = selected(packages, filters, root) if filters else packages
    links: list[Link] = []
    done: set[tuple[str, str]] = set()
    for task in words:
        package_name, hash_sign, name = task.partition("#")
        targets = selected(packages, [package_name], root) if hash_sign else chosen
        links.extend(_task(call.tree, root, packages, name if hash_sign else task, targets, done, found.behind, 0))
    return links


def _task(
    tree: Tree, root: Package, packages: tuple[Package, ...], task: str, targets: tuple[Package, ...], done: set[tuple[str, str]],
    arguments: tuple[str, ...], depth: int,
) -> Iterator[Link]:  # fmt: skip
    todo = [package for package in targets if task in package.scripts and (package.path, task) not in done]
    own = [root] if f"//#{task}" in _turbo_tasks(tree, root) and task in root.scripts and (root.path, task) not in done else []
    done.update((package.path, task) for package in (*todo, *own))
    if depth < 10:
        for need in _depends(tree, root, task):
            where = packages if need.startswith("^") else targets
            package_name, hash_sign, name = need.lstrip("^").partition("#")
            if hash_sign:
                where = selected(packages, [package_name], root)
            yield from _task(tree, root, packages, name or package_name, where, done, (), depth + 1)
    for package in (*own, *todo):
        yield from run(package, task, arguments, (f"{package.name or package.directory}: {task}",), hooks=False)


def _turbo_tasks(tree: Tree, root: Package) -> yaml.Mapping:
    for name in ("turbo.json", "turbo.jsonc"):
        path = within(root.directory, name)
        if tree.has(path):
            try:
                loaded = yaml.load(tree.read(path))
            except SyntaxProblem:
                continue
            return yaml.as_mapping(yaml.at(loaded, "tasks")) or yaml.as_mapping(yaml.at(loaded, "pipeline")) or yaml.Mapping()
    return yaml.Mapping()


def _depends(tree: Tree, root: Package, task: str) -> list[str]:
    tasks = _turbo_tasks(tree, root)
    return [str(one) for one in yaml.strings(yaml.at(tasks.get(task), "dependsOn")) if not one.startswith("$")]


def _nx(call: Call, root: Package) -> list[Link]:
    found = options(call.arguments, _NX)
    verb = found.rest[0] if found.rest else ""
    packages = members(call.tree, root)
    if verb in ("run-many", "affected"):
        tasks = [task for value in found.all("-t", "--target", "--targets") for task in value.split(",")] + list(found.rest[1:])
        names = [name for value in found.all("-p", "--projects") for name in value.split(",")]
        chosen = selected(packages, names, root) if names else packages
    elif verb == "run" and len(found.rest) > 1:
        project, _, task = found.rest[1].partition(":")
        tasks, chosen = [task.partition(":")[0]], selected(packages, [project], root)
        names = [project]
    elif len(found.rest) > 1:
        tasks, chosen, names = [verb], selected(packages, [found.rest[1]], root), [found.rest[1]]
    else:
        return []
    links: list[Link] = []
    for task in tasks:
        for package in chosen:
            links.extend(run(package, task, found.behind, (f"{package.name or package.directory}: {task}",), hooks=False))
        links.extend(_projects(call.tree, task, names))
    return links


def _projects(tree: Tree, task: str, names: list[str]) -> Iterator[Link]:
    """Targets of project.json files."""
    for path in tree.files:
        if not path.endswith("project.json") or "node_modules/" in path:
            continue
        try:
            root = yaml.load(tree.read(path))
        except SyntaxProblem:
            continue
        directory = path.rpartition("/")[0]
        name = str(yaml.as_scalar(yaml.at(root, "name")) or directory.rpartition("/")[2])
        target = yaml.at(root, "targets", task)
        if target is None or (names and name not in names):
            continue
        via = (f"{name}: {task}",)
        commands = [yaml.as_scalar(yaml.at(target, "command")), yaml.as_scalar(yaml.at(target, "options", "command"))]
        commands += [
            yaml.as_scalar(one) or yaml.as_scalar(yaml.at(one, "command")) for one in yaml.elements(yaml.at(target, "options", "commands"))
        ]
        where = str(yaml.as_scalar(yaml.at(target, "options", "cwd")) or "").removeprefix("./")
        for command in commands:
            if command is not None:
                yield Link(command, directory=where, via=via)
        executor = yaml.as_scalar(yaml.at(target, "executor"))
        if executor is not None and not any(commands) and ":" in executor:
            package, _, kind = executor.partition(":")
            words = (package.rpartition("/")[2], kind) if package.rpartition("/")[2] != kind else (kind,)
            yield Link(words=words, place=executor.place, directory=directory, via=via)


def _lerna(call: Call, root: Package) -> list[Link]:
    found = options(call.arguments, _LERNA)
    if len(found.rest) < 2 or found.rest[0] not in ("run", "exec"):
        if found.rest[:1] == ("exec",) and found.behind:
            return [Link(words=found.behind, place=call.place, directory=package.directory) for package in members(call.tree, root)]
        return []
    chosen = selected(members(call.tree, root), found.all("--scope"), root) if found.all("--scope") else members(call.tree, root)
    task = found.rest[1]
    return [link for package in chosen for link in run(package, task, found.behind, (f"{package.name or package.directory}: {task}",))]
