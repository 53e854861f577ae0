"""Installations of dependencies: what the RUNs of a stage install with which package manager, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pytest_deploy.artifacts.dockerfile import Stage, Step
from pytest_deploy.checks.container import _others, _python
from pytest_deploy.checks.container._commands import Ran, commands
from pytest_deploy.checks.container._install import Install, is_true
from pytest_deploy.checks.container._node import node

_READERS: dict[str, Callable[[Ran, tuple[str, ...]], Iterator[Install]]] = {
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), node),
    "uv": _python.uv,
    "poetry": _python.poetry,
    "pdm": _python.pdm,
    "pipenv": _python.pipenv,
    "composer": _others.composer,
    "bundle": _others.bundle,
    "bundler": _others.bundle,
    "gem": _others.gem,
    "go": _others.go,
    "cargo": _others.cargo,
    "corepack": _others.corepack,
    "pipx": _others.pipx,
}
"""Program -> what reads its command lines: the one place where package managers are known."""


def installs(stage: Stage) -> Iterator[Install]:
    """The installations of a stage's own RUNs, in order."""
    told: dict[str, str] = {}  # what `bundle config` set, here or in a stage below
    for one in reversed(stage.lineage):
        for step in one.steps:
            if step.name == "RUN":
                found = tuple(_of_step(step, told))
                yield from found if one is stage else ()


def _of_step(step: Step, told: dict[str, str]) -> Iterator[Install]:
    for ran in commands(step):
        words = ran.words
        if words[0].endswith("corepack") and len(words) > 1 and words[1] in ("pnpm", "yarn", "npm"):
            words = words[1:]
        program = words[0].rpartition("/")[2]
        if program in ("bundle", "bundler") and words[1:2] == ("config",):
            _configure(words[2:], told)
            continue
        if re.fullmatch(r"pip(?:3(?:\.\d+)?)?", program):
            yield from _python.pip(ran, words[1:], words[0])
        elif re.fullmatch(r"(?:python|pypy)[\d.]*", program) and words[1:3] == ("-m", "pip"):
            yield from _python.pip(ran, words[3:], words[0])
        elif re.fullmatch(r"(?:python|pypy)[\d.]*|php\d*", program) and len(words) > 1:
            inner = ("poetry", *words[3:]) if words[1:3] == ("-m", "poetry") else ()
            if words[1].rpartition("/")[2] in ("composer", "composer.phar"):
                inner = ("composer", *words[2:])
            if inner:
                yield from _READERS[inner[0]](ran, inner)
        elif program == "composer.phar":
            yield from _others.composer(ran, words)
        elif program in _READERS:
            extended = Ran(words, ran.place, ran.folder, {**told, **ran.environment}, ran.uncertain, ran.step)
            yield from _READERS[program](extended, (program, *words[1:]))


def _configure(words: tuple[str, ...], told: dict[str, str]) -> None:
    """``bundle config [set] [--global] without development:test``."""
    rest = [word for word in words if not word.startswith("-") and word != "set"]
    if len(rest) > 1 and rest[0] in ("without", "path"):
        told[f"_bundle_{rest[0]}"] = " ".join(rest[1:])
    elif len(rest) > 1 and rest[0] == "deployment" and is_true(rest[1]):
        told.setdefault("_bundle_path", "vendor/bundle")
