"""Which task runners are followed, by the names of their programs.

The module that knows a program is imported when such a command occurs: most repositories need one or two of them.
"""

from __future__ import annotations

import functools
import importlib

from pytest_deploy.pipelines.following.links import Resolver

_KNOWN: tuple[tuple[str, str, str], ...] = (
    ("make gmake $(MAKE) ${MAKE}", "makefiles", "make"),
    ("turbo nx lerna", "workspaces", "orchestrated"),
    ("npm-run-all npm-run-all2 run-s run-p concurrently conc", "packages", "npm_run_all"),
    ("poe poethepoet task pdm rye pipenv hatch", "pyproject", "scripts"),
    ("npm pnpm yarn bun", "packages", "package_script"),
    ("tox", "tox", "tox"),
    ("nox", "nox", "nox"),
    ("just", "just", "just"),
    ("task go-task", "taskfile", "task"),
    ("mise", "mise", "mise"),
    ("deno", "deno", "task"),
    ("invoke inv fab", "pyproject", "invoke"),
    ("composer composer.phar", "composer", "composer"),
    ("rake rails", "rake", "rake"),
    ("pre-commit prek", "hooks", "pre_commit"),
    ("hk", "hooks", "hk"),
    ("goreleaser", "goreleaser", "goreleaser"),
    ("docker podman nerdctl docker-compose podman-compose", "containers", "container"),
)
"""Programs, and the module and function of this package that follow them; the first that finds something has it."""


@functools.lru_cache(maxsize=1024)
def resolvers(program: str) -> tuple[Resolver, ...]:
    """The functions that follow a program, in order; none for most."""
    known = [(module, name) for programs, module, name in _KNOWN if program in programs.split()]
    return tuple(getattr(importlib.import_module(f"{__package__}.{module}"), name) for module, name in known)
