"""What an apply of Terraform does: brings out code, changes infrastructure alone (ruling 36), or only works out values."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Mapping
from typing import Literal

from pytest_deploy.pipelines.classification.arguments import Arguments
from pytest_deploy.tree import Tree

Applies = Literal["code", "infrastructure", "values"]

_VERSION_NAME = (
    r"\w*(image|container|docker|artifact|artefact|app|application|release|build|git|commit|deploy\w*)_?(tag|uri|version|sha|digest|hash|ref)|"
    r"\w*(image|container_image|docker_image|app_image)(_name|_url|_id)?|image_?tags|git_?sha|commit_?sha"
)
_VERSION = re.compile(rf"^({_VERSION_NAME})$", re.IGNORECASE)
_VARIABLE = re.compile(r'^[^\S\n]*variable\s+"([^"]+)"', re.MULTILINE)
_ACTS = re.compile(r'^[^\S\n]*(resource|provider|import)\s+"|^[^\S\n]*(resource|import)\s', re.MULTILINE)
_MODULE_SOURCE = re.compile(r'^[^\S\n]*module\s+"[^"]*"\s*\{[^{}]*?\bsource\s*=\s*"([^"]+)"', re.MULTILINE)
_PACKS_CODE = re.compile(r'data\s+"archive_file"|resource\s+"null_resource"\s+"\w*(build|deploy|push)')
_ASSIGNED = re.compile(r"-?-var[= ]['\"]?(\w+)=")
_UNKNOWN = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+|\$\([^)]*\)|\{\{.*?\}\}")


def applies(arguments: Arguments, tree: Tree, directory: str) -> Applies:
    """What ``terraform apply`` in a folder does, told from the variables that it is given and the module's own files. A folder whose
    name is known in parts only stands for all that fit; one that is not in the repository for infrastructure."""
    if re.search(r"-target[= ]\S*task_definition", " ".join((*_targets(arguments), arguments.variables.get("TF_CLI_ARGS_apply", "")))):
        return "values"  # a task is described, no service is told to run it
    given = [name for value in arguments.values("-var", "--var") for name in [value.partition("=")[0]]]
    given += _ASSIGNED.findall(arguments.variables.get("TF_CLI_ARGS_apply", "") + " " + arguments.variables.get("TF_CLI_ARGS", ""))
    given += [name[7:] for name in arguments.variables if name.startswith("TF_VAR_")]
    if any(map(_VERSION.match, given)):
        return "code"
    target = arguments.value("-chdir", "--chdir", "--terragrunt-working-dir", "--working-dir") or ""
    modules = _modules(tree, posixpath.normpath(posixpath.join(directory, target)))
    texts = [_text(tree, module) for module in modules]
    if texts and not any(tree.kept(_does_something, module) for module in modules):
        return "values"
    if any(_VERSION.match(name) for text in texts for name in _VARIABLE.findall(text)) or any(map(_PACKS_CODE.search, texts)):
        return "code"
    return "infrastructure"


def _targets(arguments: Arguments) -> list[str]:
    return [f"-target={value}" for value in arguments.values("-target", "--target")]


def _modules(tree: Tree, folder: str) -> list[str]:
    folder = "" if folder == "." else folder
    if not _UNKNOWN.search(folder):
        return [folder] if _files(tree).get(folder) else []
    pattern = re.compile("[^/]+".join(map(re.escape, _UNKNOWN.split(folder))))
    # all of it unknown says nothing
    return [module for module in _files(tree) if pattern.fullmatch(module)] if _UNKNOWN.sub("", folder).strip("/") else []


@functools.lru_cache(maxsize=8)
def _files(tree: Tree) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for path in tree.files:
        if path.endswith((".tf", ".tofu")):
            found.setdefault(posixpath.dirname(path), []).append(path)
    return {folder: tuple(paths) for folder, paths in found.items()}


def _text(tree: Tree, module: str) -> str:
    return "\n".join(tree.text(path) or "" for path in _files(tree).get(module, ()))


def _does_something(tree: Tree, module: str, depth: int = 0) -> bool:
    text = _text(tree, module)
    if _ACTS.search(text) or depth > 4:
        return True
    for source in _MODULE_SOURCE.findall(text):
        if not source.startswith("."):
            return True
        inner = posixpath.normpath(posixpath.join(module, source))
        if not _files(tree).get("" if inner == "." else inner) or _does_something(tree, inner, depth + 1):
            return True
    return False
