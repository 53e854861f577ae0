"""The name of this repository on its forge: ``owner/name``."""

from __future__ import annotations

import json
import os
import re
import subprocess

from pytest_deploy.tree import Tree

_ADDRESS = re.compile(r"(?:^(?:[\w.-]+@)?[\w.-]+:|^\w[\w+]*://[^/]+/|^github:|^)([\w.-]+)/([\w.-]+?)(?:\.git)?/?$")
_MODULE = re.compile(r"^module\s+[\w.-]+\.[a-z]+/([\w.-]+)/([\w.-]+)", re.MULTILINE)


def full_name(tree: Tree) -> str | None:
    """Told from git's remote ``origin``, else from package.json or go.mod; ``None`` when neither says."""
    for address in (_remote(tree), _package(tree)):
        if match := _ADDRESS.search(address):
            return f"{match[1]}/{match[2]}"
    module = _MODULE.search(tree.text("go.mod") or "")
    return f"{module[1]}/{module[2]}" if module else None


def _remote(tree: Tree) -> str:
    # Without the caller's GIT_* variables, as for the list of files.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # fixed arguments
            ["git", "config", "--get", "remote.origin.url"],  # noqa: S607  # found on PATH
            cwd=tree.root,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _package(tree: Tree) -> str:
    try:
        package = json.loads(tree.text("package.json") or "{}")
    except (ValueError, RecursionError):
        return ""
    repository = package.get("repository") if isinstance(package, dict) else None
    if isinstance(repository, dict):
        repository = repository.get("url")
    return repository.strip() if isinstance(repository, str) else ""
