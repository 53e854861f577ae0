"""``pre-commit run`` and ``hk check``: the hooks of .pre-commit-config.yaml and hk.pkl as commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, line_of, options, within
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax import yaml

_VALUED = "-c --config --hook-stage --files --from-ref -s --source --to-ref -o --origin --color"
_COMMANDS = {
    "ruff": ("ruff", "check"),
    "ruff-check": ("ruff", "check"),
    "ruff-format": ("ruff", "format"),
    "mirrors-mypy": ("mypy",),
    "terraform_fmt": ("terraform", "fmt"),
    "terraform_validate": ("terraform", "validate"),
    "terraform_tflint": ("tflint",),
    "terraform_checkov": ("checkov",),
    "terraform_trivy": ("trivy", "config"),
    "terraform_tfsec": ("tfsec",),
    "hadolint-docker": ("hadolint",),
    "golangci-lint-full": ("golangci-lint", "run"),
    "golangci-lint": ("golangci-lint", "run"),
    "biome-check": ("biome", "check"),
    "clippy": ("cargo", "clippy"),
    "cargo-check": ("cargo", "check"),
    "fmt": ("cargo", "fmt"),
    "pytest-check": ("pytest",),
    "detect-secrets": ("detect-secrets-hook",),
    "gitleaks": ("gitleaks", "git"),
    "gitleaks-docker": ("gitleaks", "git"),
    "typos": ("typos",),
}
"""Ids of known hooks -> the command that they are."""


def pre_commit(call: Call) -> Behind | None:
    """The hooks that ``pre-commit run`` runs."""
    if call.name not in ("pre-commit", "prek") or "run" not in call.words[1:]:
        return None
    found = options(call.words[call.words.index("run") + 1 :], _VALUED)
    given = found.last("-c", "--config")
    path = joined(call.directory, given) if given else within(call.directory, ".pre-commit-config.yaml")
    if path is None or not call.tree.has(path):
        return None
    try:
        root = yaml.load(call.tree.read(path))
    except SyntaxProblem:
        return None
    stage = found.last("--hook-stage") or "pre-commit"
    skipped = set(call.variables.get("SKIP", "").split(","))
    links: list[Link] = []
    for repository in yaml.elements(yaml.at(root, "repos")):
        local = str(yaml.as_scalar(yaml.at(repository, "repo")) or "") == "local"
        for hook in yaml.elements(yaml.at(repository, "hooks")):
            name = yaml.as_scalar(yaml.at(hook, "id"))
            if name is None or name in skipped or (found.rest and name not in found.rest):
                continue
            stages = [str(one).removeprefix("commit").replace("push", "pre-push") for one in yaml.strings(yaml.at(hook, "stages"))]
            if stages and not found.rest and not any(one in ("", stage, "pre-commit") for one in stages):
                continue
            words = tuple(_words(hook, str(name), local=local))
            if words:
                links.append(Link(words=words, place=name.place, directory=call.directory, via=(f"hook {name}",)))
    return Behind(tuple(links)) if links else None


_STEP = re.compile(r"^[ \t]*check[ \t]*=[ \t]*\"((?:[^\"\\\n]|\\.)+)\"|\bBuiltins\.(?!pkl)(\w+)", re.MULTILINE)


def hk(call: Call) -> Behind | None:
    """The checks of the steps that ``hk check`` runs, in so far as they are written as literals in hk.pkl: <https://hk.jdx.dev/>."""
    if call.name != "hk" or not {"check", "c", "fix", "f", "run", "r"} & set(call.words[1:2]):
        return None
    path = next((path for name in ("hk.pkl", ".config/hk.pkl") if call.tree.has(path := within(call.directory, name))), None)
    text = call.tree.text(path) if path else None
    if path is None or text is None:
        return None
    links = []
    for match in _STEP.finditer(text):
        place = Place(path, line_of(text, match.start(1) if match[1] else match.start(2)))
        if match[1]:
            links.append(Link(text=Text(match[1].replace('\\"', '"'), path, place.line), directory=call.directory))
        else:
            name = match[2]
            links.append(Link(words=_COMMANDS.get(name, (name.replace("_", "-"),)), place=place, directory=call.directory))
    return Behind(tuple(links)) if links else None


def _words(hook: yaml.Node, name: str, *, local: bool) -> Iterator[str]:
    entry = yaml.as_scalar(yaml.at(hook, "entry"))
    if entry is not None:
        try:
            yield from shlex.split(str(entry))
        except ValueError:
            yield str(entry)
    elif not local:
        yield from _COMMANDS.get(name, (name,))
    else:
        return
    yield from (str(one) for one in yaml.strings(yaml.at(hook, "args")))
