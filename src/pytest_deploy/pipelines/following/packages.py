"""Scripts of package.json: npm, pnpm, yarn, bun, npm-run-all and concurrently."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, Options, appended, joined, options, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.syntax import yaml
from pytest_deploy.tree import Tree

MANAGERS = ("npm", "pnpm", "yarn", "bun")
_VALUED = (
    "-w --workspace --filter -F --prefix -C --dir --cwd --registry --loglevel --cache --userconfig --filter-prod "
    "--workspace-concurrency --reporter -j --jobs --include --exclude --from --since"
)
_DIRECTORY = ("--prefix", "-C", "--dir", "--cwd")
_INSTALLS = frozenset({"ci", "install", "i", "clean-install", "ic", "isntall"})
_LIFECYCLE = ("preinstall", "install", "postinstall", "prepublish", "prepare")
_BEFORE_PUBLISHING = ("prepublishOnly", "prepack", "prepare")
_OWN = (
    "add audit bin cache ci config create dedupe deploy dist-tag dlx exec global help import info init install i link list ls "
    "login logout outdated pack patch plugin prune publish rebuild remove rm root self-update set setup store unlink up "
    "update upgrade version why x workspace workspaces fetch env doctor licenses pkg view whoami owner token approve-builds "
    "node policies constraints npm stage upgrade-interactive explain autoclean check generate-lock-entry tag team"
)
_BUILTIN = frozenset(_OWN.split())
"""Commands that the package managers have themselves: a script of that name needs ``run``."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package.json. ``scripts`` are its scripts as written."""

    path: str
    directory: str
    name: str = ""
    scripts: Mapping[str, Text] = field(default_factory=dict)
    workspaces: tuple[str, ...] = ()


def read(tree: Tree, directory: str) -> Package | None:
    """The package of a folder; ``None`` where there is none that can be read."""
    path = within(directory, "package.json")
    return tree.kept(_read, path) if tree.has(path) else None


def _read(tree: Tree, path: str) -> Package | None:
    try:
        root = yaml.load(tree.read(path))
    except SyntaxProblem:
        return None
    scripts = {str(name): value for name, value in yaml.items(yaml.at(root, "scripts")) if isinstance(value, Text)}
    listed = yaml.at(root, "workspaces")
    patterns = yaml.strings(listed) or yaml.strings(yaml.at(listed, "packages"))
    return Package(path, posixpath.dirname(path), str(yaml.as_scalar(yaml.at(root, "name")) or ""), scripts, tuple(map(str, patterns)))


def nearest(tree: Tree, directory: str) -> Package | None:
    """The package that a command run in a folder is about."""
    for folder in upwards(directory):
        package = read(tree, folder)
        if package is not None:
            return package
    return None


def members(tree: Tree, root: Package) -> tuple[Package, ...]:
    """The packages of a workspace, by path; without a list of them: all packages below."""
    patterns = list(root.workspaces)
    for name in ("pnpm-workspace.yaml", "lerna.json"):
        path = within(root.directory, name)
        if tree.has(path):
            try:
                patterns.extend(map(str, yaml.strings(yaml.at(yaml.load(tree.read(path)), "packages"))))
            except SyntaxProblem:
                continue
    prefix = f"{root.directory}/" if root.directory else ""
    found: list[Package] = []
    for path in tree.files:
        if not path.endswith("/package.json") or not path.startswith(prefix) or path == root.path or "node_modules/" in path:
            continue
        folder = path.removesuffix("/package.json")
        if not patterns or _listed(folder[len(prefix) :], patterns):
            package = read(tree, folder)
            if package is not None:
                found.append(package)
    return tuple(found)


def _listed(folder: str, patterns: Iterable[str]) -> bool:
    inside = False
    for pattern in patterns:
        wanted = pattern.lstrip("!").removeprefix("./").rstrip("/")
        expression = re.escape(wanted).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        if re.fullmatch(expression, folder):
            inside = not pattern.startswith("!")
    return inside


def selected(packages: Iterable[Package], filters: Iterable[str], root: Package) -> tuple[Package, ...]:
    """The packages that ``--filter`` and its like name."""
    chosen: dict[str, Package] = {}
    packages = tuple(packages)
    wanted = [one for one in filters if not one.startswith("!") and not one.startswith("[")]
    for text in wanted or ["*"]:
        name = re.sub(r"\[.*\]", "", text).strip("^").removeprefix("...").removesuffix("...").strip("^").strip("{}")
        for package in (*packages, root):
            path = package.directory.removeprefix(root.directory).strip("/")
            if (name and fnmatch.fnmatchcase(package.name, name)) or _named(path, name, package, root):
                chosen.setdefault(package.path, package)
    for text in filters:
        if text.startswith("!"):
            chosen = {path: one for path, one in chosen.items() if not fnmatch.fnmatchcase(one.name, text[1:])}
    return tuple(chosen.values())


def _named(path: str, name: str, package: Package, root: Package) -> bool:
    if package is root:
        return name in (".", "./", "//")
    wanted = name.removeprefix("./").rstrip("/")
    return bool(wanted) and (fnmatch.fnmatchcase(path, wanted) or ("/" not in wanted and package.name.rpartition("/")[2] == wanted))


def run(package: Package, name: str, arguments: tuple[str, ...] = (), via: tuple[str, ...] = (), *, hooks: bool = True) -> Iterator[Link]:
    """A script of a package, with its ``pre`` and ``post`` scripts."""
    if name not in package.scripts:
        return
    for one in (f"pre{name}", name, f"post{name}") if hooks else (name,):
        if one in package.scripts:
            text = package.scripts[one]
            yield Link(appended(text, arguments) if one == name else text, directory=package.directory, via=via)


def package_script(call: Call) -> Behind | None:
    """``npm run X``, ``yarn X``, ``pnpm --filter P X``, ``npm ci`` and their like."""
    if call.name not in MANAGERS:
        return None
    found = options(call.arguments, _VALUED)
    if not found.rest and not (call.name == "yarn" or found.behind):
        return None
    directory = _folder(call, found)
    root = nearest(call.tree, directory) if directory is not None else None
    if root is None:
        return None
    words = found.rest
    targets: tuple[Package, ...] = (root,)
    filters = found.all("--filter", "-F", "--filter-prod", "-w", "--workspace")
    if call.name == "pnpm":
        filters = found.all("--filter", "-F", "--filter-prod")
        if "-w" in call.arguments or "--workspace-root" in found.flags:
            words = tuple(word for word in call.arguments if not word.startswith("-"))
            root = targets[0]
    if filters:
        targets = selected(members(call.tree, root), filters, root)
    elif found.flags & {"-r", "--recursive", "--workspaces", "-ws"}:
        targets = members(call.tree, root)
    if call.name == "yarn" and words[:1] == ("workspace",) and len(words) > 2:
        targets, words = selected(members(call.tree, root), words[1:2], root), words[2:]
    elif call.name == "yarn" and words[:1] == ("workspaces",):
        words = tuple(word for word in words[1:] if word != "foreach")
        targets = selected(members(call.tree, root), found.all("--include", "--from"), root)
    if not words and not (call.name == "yarn" and not found.flags - {"--immutable", "--frozen-lockfile"}):
        return None
    return _chosen(call, words or ("install",), found, targets, several=targets != (root,))


def _folder(call: Call, found: Options) -> str | None:
    directory: str | None = call.directory
    names = _DIRECTORY if call.name != "npm" else ("--prefix", "-C")
    for folder in found.all(*names):
        directory = joined(directory or "", folder)
    return directory


def _chosen(call: Call, words: tuple[str, ...], found: Options, targets: tuple[Package, ...], *, several: bool) -> Behind | None:
    verb, rest = words[0], words[1:]
    explicit = verb in ("run", "run-script", "rum", "urn")
    if explicit:
        if not rest:
            return None
        verb, rest = rest[0], rest[1:]
    elif call.name == "npm":
        verb = {"t": "test", "tst": "test"}.get(verb, verb)
        if verb in _INSTALLS:
            return _installs(targets)
        if verb == "publish":
            return _publishes(call, rest, found, targets)
        if verb not in ("test", "start", "stop", "restart"):
            return None
    elif verb in _INSTALLS:
        return _installs(targets)
    elif verb == "publish":
        return _publishes(call, rest, found, targets)
    elif verb in _BUILTIN or (call.name == "bun" and verb == "test"):
        return None
    arguments = _arguments(call, verb)
    links: list[Link] = []
    for package in targets:
        via = (f"{package.name or package.directory}: {verb}",) if several else ()
        links.extend(run(package, verb, arguments, via))
    if links:
        return Behind(tuple(links))
    if "--if-present" in found.flags and targets:
        return Behind((), instead=True)  # no such script: the command does nothing
    if not explicit and call.name in ("yarn", "pnpm") and targets:
        # Not a script: a program of the packages installed.
        return Behind((Link(words=(verb, *arguments), place=call.place, directory=targets[0].directory),), instead=True)
    return None


def _arguments(call: Call, verb: str) -> tuple[str, ...]:
    index = call.words.index(verb) if verb in call.words else next((i for i, word in enumerate(call.words) if word in ("t", "tst")), 0)
    rest = call.words[index + 1 :]
    if call.name == "npm":
        return rest[rest.index("--") + 1 :] if "--" in rest else ()
    return rest[1:] if rest[:1] == ("--",) else rest


def _installs(targets: tuple[Package, ...]) -> Behind | None:
    links = [link for package in targets for name in _LIFECYCLE for link in run(package, name, hooks=False)]
    return Behind(tuple(links), beside=True) if links else None


def _publishes(call: Call, folders: tuple[str, ...], found: Options, targets: tuple[Package, ...]) -> Behind | None:
    """The scripts without whose success nothing is published: <https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-scripts>."""
    if "--ignore-scripts" in found.flags:
        return None
    if folders:
        folder = joined(call.directory, folders[0])
        package = read(call.tree, folder) if folder is not None else None
        targets = (package,) if package else ()
    links = [link for package in targets for name in _BEFORE_PUBLISHING for link in run(package, name, hooks=False)]
    return Behind(tuple(links), beside=True, first=True) if links else None


def npm_run_all(call: Call) -> Behind | None:
    """``npm-run-all``, ``run-s``, ``run-p``, ``concurrently``."""
    if call.name in ("npm-run-all", "npm-run-all2", "run-s", "run-p"):
        package = nearest(call.tree, call.directory)
        if package is None:
            return None
        links: list[Link] = []
        for word in call.arguments:
            if word == "--":
                break
            if not word.startswith("-"):
                name, *more = word.split()
                for script in _matching(package, name):
                    links.extend(run(package, script, tuple(more), (f"script {script}",)))
        return Behind(tuple(links)) if links else None
    if call.name in ("concurrently", "conc"):
        return _concurrently(call)
    return None


def _concurrently(call: Call) -> Behind | None:
    found = options(call.arguments, "-n --names -c --prefix-colors -p --prefix -s --success -m --max-processes")
    links: list[Link] = []
    package = nearest(call.tree, call.directory)
    for word in (*found.rest, *found.behind):
        manager, colon, name = word.partition(":")
        if colon and manager in MANAGERS:
            for script in _matching(package, name.strip()) if package is not None else ():
                if package is not None:
                    links.extend(run(package, script, (), (f"script {script}",)))
        else:
            links.append(Link(Text(word, call.place.path, call.place.line, call.place.column), directory=call.directory))
    return Behind(tuple(links)) if links else None


def _matching(package: Package, pattern: str) -> list[str]:
    if "*" not in pattern:
        return [pattern] if pattern in package.scripts else []
    expression = re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^:]*")
    return [name for name in package.scripts if re.fullmatch(expression, name)]
