"""Manifests and lock files of projects: what an installation has at hand."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from typing import Any

from pytest_deploy.artifacts.dockerfile import Stage, within
from pytest_deploy.checks.container._install import Install
from pytest_deploy.checks.container._stages import in_context
from pytest_deploy.repository import Repository

MANIFESTS = {
    "npm": "package.json",
    "yarn": "package.json",
    "pnpm": "package.json",
    "bun": "package.json",
    "uv": "pyproject.toml",
    "poetry": "pyproject.toml",
    "pdm": "pyproject.toml",
    "pipenv": "Pipfile",
    "composer": "composer.json",
    "bundle": "Gemfile",
}
"""Package manager -> the file that says what a project needs."""

_DEV_GROUP = re.compile(r"^[^\S\n]*group[ (].*:(?:development|test)\b", re.MULTILINE)


def manifest(install: Install, stage: Stage, repository: Repository) -> str | None:
    """The path of the manifest that an installation reads: the one that was copied to its folder, else the one at the context's root.
    Packages that are added by name bring no manifest with them: where none was copied, there is none."""
    name = MANIFESTS.get(install.manager)
    if name is None:
        return None
    for path in in_context(stage, install.ran.step, install.folder, (name,), repository):
        if repository.tree.has(path):
            return path
    if install.kind == "packages" and not _handed_over(install, stage):
        return None
    for context in repository.images.contexts(stage.place.path):
        path = posixpath.normpath(posixpath.join(context, name))
        if repository.tree.has(path):
            return path
    return None


def _handed_over(install: Install, stage: Stage) -> bool:
    """Whether the folder of an installation, or all of one around it, was copied from another stage before."""
    steps = stage.all_steps
    before = set(map(id, steps[: steps.index(install.ran.step)])) if install.ran.step in steps else set()
    copies = (copy for one in stage.lineage for copy in one.copies if copy.stage is not None and id(copy.step) in before)
    return any(within(install.folder, copy.target) for copy in copies)


def lacks_lock(install: Install, stage: Stage, repository: Repository) -> bool:
    """Whether the manifest was copied from the context and its lock file was not."""
    name = MANIFESTS[install.manager]
    copied = any(True for _ in in_context(stage, install.ran.step, install.folder, (name,), repository))
    return copied and not any(True for _ in in_context(stage, install.ran.step, install.folder, install.lockfiles, repository))


def has_development_dependencies(install: Install, stage: Stage, repository: Repository) -> bool | None:
    """Whether the manifest asks for anything that is only for development; ``None`` when there is no manifest to read."""
    path = manifest(install, stage, repository)
    text = repository.tree.text(path) if path else None
    if path is None or text is None:
        return None
    if install.manager == "bundle":
        return bool(_DEV_GROUP.search(text))
    try:
        data = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    if install.manager == "composer":
        return bool(data.get("require-dev"))
    if install.manager == "pipenv":
        return bool(data.get("dev-packages"))
    if path.endswith("package.json"):
        return bool(data.get("devDependencies") or data.get("workspaces")) or repository.tree.has(
            posixpath.join(posixpath.dirname(path), "pnpm-workspace.yaml")
        )
    return _python(data, install.manager) or (install.manager == "uv" and _workspace(data, repository))


def _python(data: dict[str, Any], manager: str) -> bool:
    tool = _table(data, "tool")
    groups = _table(data, "dependency-groups")
    if manager == "uv":
        default = _table(tool, "uv").get("default-groups", ["dev"])
        wanted = groups if default == "all" else [name for name in groups if name in default]
        return bool(_table(tool, "uv").get("dev-dependencies")) or any(groups[name] for name in wanted)
    if manager == "pdm":
        return bool(groups) or bool(_table(tool, "pdm").get("dev-dependencies"))
    poetry = _table(tool, "poetry")
    optional = {name for name, group in _table(poetry, "group").items() if isinstance(group, dict) and group.get("optional")}
    own = [name for name in _table(poetry, "group") if name != "main" and name not in optional]
    return bool(own or poetry.get("dev-dependencies") or [name for name in groups if name not in optional])


def _workspace(data: dict[str, Any], repository: Repository) -> bool:
    if not _table(_table(_table(data, "tool"), "uv"), "workspace"):
        return False
    for path in repository.tree.matching(r"(?:.*/)?pyproject\.toml"):
        try:
            if _python(tomllib.loads(repository.tree.text(path) or ""), "uv"):
                return True
        except ValueError:
            continue
    return False


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
