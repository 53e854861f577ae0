"""The name of this repository on its forge: ``owner/name``."""

from __future__ import annotations

import json
import re

from pytest_deploy.artifacts.identity import git
from pytest_deploy.tree import Tree

_ADDRESS = re.compile(r"(?:^(?:[\w.-]+@)?[\w.-]+:|^\w[\w+]*://[^/]+/|^github:|^)([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
_MODULE = re.compile(r"^module\s+[\w.-]+\.[a-z]+/([\w.-]+)/([\w.-]+)", re.MULTILINE)


def full_name(tree: Tree) -> str | None:
    """Told from git's remote ``origin``, else from package.json or go.mod; ``None`` when neither says."""
    for address in (git(tree, "config", "--get", "remote.origin.url"), _package(tree)):
        if match := _ADDRESS.search(address):
            return f"{match[1]}/{match[2]}"
    module = _MODULE.search(tree.text("go.mod") or "")
    return f"{module[1]}/{module[2]}" if module else None


def _package(tree: Tree) -> str:
    try:
        package = json.loads(tree.text("package.json") or "{}")
    except (ValueError, RecursionError):
        return ""
    repository = package.get("repository") if isinstance(package, dict) else None
    if isinstance(repository, dict):
        repository = repository.get("url")
    return repository.strip() if isinstance(repository, str) else ""
