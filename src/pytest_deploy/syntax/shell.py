"""Shell scripts, read by tree-sitter's bash grammar: the simple commands that run, and what becomes of their failures."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_deploy.places import Place, Text


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    ``words`` after quote removal: the command's name first; expansions stay as written (``$TAG``, ``${TAG:-x}``, ``$(git rev-parse
    HEAD)``,
    ``${{ inputs.env }}`` of a template language). ``assignments`` are the ``NAME=value`` before it (alone: an assignment).
    ``redirects`` as written (``>out.txt``, ``2>&1``); ``heredoc`` is the body of a here-document.

    ``swallowed`` says why its failure cannot fail the script (empty: it can): ``|| true``, ``in a pipe without pipefail``, ``set +e``,
    ``the condition of an if``, ``in the background``, ``not the last command, without set -e`` … A status that the script saves and
    exits on, or compares and
    exits on, is not swallowed. ``conditional`` is true where it may not run at all (in a branch, a loop, behind ``&&`` or ``||``, in a
    function or trap); ``guards`` are the texts of those conditions, outermost first. ``function`` is the name of the shell function
    it stands in: a
    function's commands appear once per call, where it is called (and not at all if it is never called).
    """

    words: tuple[str, ...]
    place: Place
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[str, ...] = ()
    heredoc: str | None = None
    swallowed: str = ""
    conditional: bool = False
    guards: tuple[str, ...] = ()
    function: str = ""


@dataclass(frozen=True, slots=True)
class ShellScript:
    """All simple commands in the order of the text. ``options`` are the ``set`` options in force at the end; ``problems`` the places
    that could not be
    read (the rest could)."""

    commands: tuple[Command, ...]
    options: frozenset[str] = frozenset()
    problems: tuple[Place, ...] = ()


def parse(text: Text, *, errexit: bool = False, pipefail: bool = False) -> ShellScript:
    """Read a script. Never raises: what cannot be read is in ``problems``."""
    raise NotImplementedError
