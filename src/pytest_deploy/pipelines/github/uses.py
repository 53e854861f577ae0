"""``uses:`` of a step or job: what it names, and where that is in this repository."""

from __future__ import annotations

import posixpath

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.model import Uses
from pytest_deploy.places import Text
from pytest_deploy.syntax.yaml import Node, as_scalar, at, load
from pytest_deploy.tree import Tree

ACTION_FILES = ("action.yml", "action.yaml")


def read_uses(text: Text) -> Uses | None:
    """What ``uses:`` of a step names; ``None`` when it has no form that GitHub knows (``owner/name@ref``, ``./path``, ``$/path``,
    ``docker://image``)."""
    if text.startswith("docker://"):
        image = text.removeprefix("docker://")
        name, at, version = image.partition("@")
        if not at and ":" in image.rpartition("/")[2]:
            name, _, version = image.rpartition(":")
        return Uses(text, name, version, kind="image")
    if is_local(text):
        return Uses(text, str(text))
    name, at, version = text.partition("@")
    if not at or not version or len([part for part in name.split("/") if part]) < 2:
        return None
    return Uses(text, name, version)


def is_own(text: str) -> bool:
    """Whether it names a place in the repository of the file itself, whatever the workspace holds (``$/path``, since 2026-07)."""
    return text == "$" or text.startswith("$/")


def is_local(text: str) -> bool:
    """Whether it names a place in the workspace, or in the repository of the file itself."""
    return is_own(text) or text in (".", "..") or text.startswith(("./", "../", ".\\"))


def folder_of(text: str) -> str:
    """The folder that a local ``uses:`` names, relative to the root (empty: the root itself)."""
    path = posixpath.normpath(text.replace("\\", "/").removeprefix("$").lstrip("/") or ".")
    return "" if path == "." else path


def action_file(tree: Tree, folder: str) -> str | None:
    """The file that describes the local action in a folder; a Dockerfile alone makes one, too."""
    for name in (*ACTION_FILES, "Dockerfile", "dockerfile"):
        path = posixpath.join(folder, name)
        if tree.has(path):
            return path
    return None


def description(tree: Tree, path: str) -> Node | None:
    """The content of a local action's file; ``None`` when it cannot be read (which its own pipeline reports)."""
    try:
        return load(tree.read(path))
    except SyntaxProblem:
        return None


def is_composite(root: Node | None) -> bool:
    """Whether a description of an action is that of a composite one."""
    using = as_scalar(at(root, "runs", "using"))
    return using is not None and using.lower() == "composite"
