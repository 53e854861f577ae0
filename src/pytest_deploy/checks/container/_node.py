"""What npm, Yarn, pnpm and Bun install."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_deploy.artifacts.dockerfile import absolute
from pytest_deploy.checks.container._commands import Ran
from pytest_deploy.checks.container._install import Install, Line, command_line, is_true

_NODE_VALUED = frozenset(
    {"--prefix", "-C", "--cwd", "--dir", "--omit", "--include", "--only", "--filter", "-F", "--registry", "--cache", "--workspace", "-w"}
    | {
        "--cache-folder",
        "--modules-folder",
        "--network-timeout",
        "--mutex",
        "--loglevel",
        "--location",
        "--store-dir",
        "--network-concurrency",
    }
)
_NODE_VERBS = {
    "npm": {"install", "i", "in", "ins", "add", "ci", "clean-install", "ic", "install-clean", "prune", "update", "install-ci-test"},
    "yarn": {"", "install", "add", "global", "workspaces", "up"},
    "pnpm": {"install", "i", "add", "prune", "deploy", "fetch", "update", "up"},
    "bun": {"install", "i", "add", "ci", "a"},
}
_NPM_CI = {"ci", "clean-install", "ic", "install-clean", "install-ci-test"}


def node(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    manager = words[0]
    line = command_line(words[1:], _NODE_VALUED)
    verb, names = (line.words[0], line.words[1:]) if line.words else ("", ())
    if verb not in _NODE_VERBS[manager] or (line.has("--help", "--version", "-v") and not line.words):
        return
    folder = next((absolute(one, ran.folder) for one in line.values("--prefix", "-C", "--cwd", "--dir") if one), ran.folder)
    targets = (f"{folder.rstrip('/')}/node_modules",)
    everywhere = line.has("-g", "--global") or "global" in line.values("--location") or verb == "global"
    if verb == "global":
        if names[:1] != ("add",):
            return
        names = names[1:]
    if verb == "workspaces":
        if names[:1] != ("focus",):
            return
        yield Install(manager, "project", ran, folder, targets, (), line.has("--production"), True)
        return
    production = _node_production(manager, verb, line, ran.environment)
    if verb == "prune":
        if production or (manager == "pnpm" and line.has("--prod")):
            yield Install(manager, "prune", ran, folder, targets, (), True)
        return
    if verb == "deploy":
        targets = (f"{absolute(names[-1], folder).rstrip('/')}/node_modules",) if names else targets
        yield Install(manager, "project", ran, folder, targets, (), production, True)
        return
    local = tuple(name for name in names if not name.startswith((".", "/", "file:")) and not name.endswith((".tgz", ".tar.gz")))
    if everywhere:
        if local:
            yield Install(manager, "tool", ran, folder, (), local)
        return
    if (names and manager != "yarn") or verb == "add":
        if local:
            yield Install(manager, "packages", ran, folder, targets, local, production)
        return
    yield Install(manager, "project", ran, folder, targets, (), production, _node_locked(manager, verb, line, ran.environment, production))


def _node_production(manager: str, verb: str, line: Line, environment: Mapping[str, str]) -> bool:
    if any(value == "dev" for value in line.values("--include")) or line.options.get("--production") == ("false",):
        return False
    if line.has("--production", "--prod", "--prod-only") or (manager == "pnpm" and line.has("-P")) or (manager == "bun" and line.has("-p")):
        return True
    if "dev" in line.values("--omit") or {"prod", "production"} & set(line.values("--only")):
        return True
    told = {name.lower(): value for name, value in environment.items() if name.lower().startswith("npm_config_")}
    if is_true(told.get("npm_config_production")) or told.get("npm_config_omit") == "dev" or told.get("npm_config_only", "")[:4] == "prod":
        return True
    # Bun and newer Yarns pass NODE_ENV by.
    return environment.get("NODE_ENV") == "production" and manager != "bun"


def _node_locked(manager: str, verb: str, line: Line, environment: Mapping[str, str], production: bool) -> bool:
    told = {name.lower(): value for name, value in environment.items()}
    if line.options.get("--frozen-lockfile") == ("false",) or line.has("--no-frozen-lockfile", "--no-immutable", "--no-lockfile"):
        return False
    if manager == "npm":
        return verb in _NPM_CI
    if manager == "bun":
        return verb == "ci" or production or line.has("--frozen-lockfile")
    frozen = line.has("--frozen-lockfile", "--immutable", "--immutable-cache", "--pure-lockfile") or verb == "fetch"
    # Without a terminal, pnpm freezes the lock where it knows of being in CI; so does Yarn from version 2 on.
    return (
        frozen
        or is_true(told.get("ci"))
        or is_true(told.get("yarn_enable_immutable_installs"))
        or is_true(told.get("npm_config_frozen_lockfile"))
    )
