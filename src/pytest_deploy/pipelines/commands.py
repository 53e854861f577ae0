"""The commands that a script really runs: followed through make, package scripts, task runners, shell scripts and wrappers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_deploy.places import Place, Text
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command that runs. Attributes as of :class:`pytest_deploy.syntax.shell.Command`, and:

    ``via`` is how one gets there from the script, outermost first (``("make test", "./ci/test.sh")``); ``place`` is the command's
    own (in the
    Makefile, say) and ``origin`` that of the command in the script that led here. ``directory`` is where it runs, relative to the
    repository's
    root. ``followed`` is true for one that others stand behind (``make test`` itself): they come right after it. ``swallowed``,
    ``conditional`` and
    ``guards`` are summed up over the way: what swallows ``make test`` swallows what it runs.
    """

    words: tuple[str, ...]
    place: Place
    origin: Place
    via: tuple[str, ...] = ()
    directory: str = ""
    followed: bool = False
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[str, ...] = ()
    heredoc: str | None = None
    swallowed: str = ""
    conditional: bool = False
    guards: tuple[str, ...] = ()


class Follower:
    """Follows commands through the files of a repository."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def invocations(
        self, script: Text, *, errexit: bool, pipefail: bool, directory: str = "", variables: Mapping[str, str] | None = None
    ) -> tuple[Invocation, ...]:
        """All commands of a shell script and of what it calls, in the order in which they run. ``variables`` are the known environment
        variables, put in for ``$NAME``; unknown ones stay as written. Never raises."""
        raise NotImplementedError
