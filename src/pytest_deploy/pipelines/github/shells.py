"""Which shell runs a script, and whether it stops at the first failure.

<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell>: without ``shell:`` it is
``bash -e {0}`` (in a container ``sh -e {0}``, on Windows PowerShell); with ``shell: bash`` it is
``bash --noprofile --norc -eo pipefail {0}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_NAMED = {
    "bash": (True, True),
    "sh": (True, False),
    "pwsh": (True, False),
    "powershell": (True, False),
    "python": (True, False),
    "cmd": (False, False),
}
"""Shells that can be named alone -> (stops at a failure, sees failures inside pipes)."""

_PROGRAMS = frozenset(
    {"bash", "sh", "zsh", "dash", "ksh", "pwsh", "powershell", "python", "python3", "cmd", "node", "perl", "ruby", "fish", "nu"}
)


@dataclass(frozen=True, slots=True)
class Shell:
    """An interpreter, and how it is started."""

    name: str
    errexit: bool
    pipefail: bool


def default(*, windows: bool, container: bool) -> Shell:
    """The shell of a job that names none."""
    if windows:
        return Shell("pwsh", True, False)
    return Shell("sh" if container else "bash", True, False)


def named(written: str, otherwise: Shell) -> Shell:
    """The shell that ``shell:`` says; ``otherwise`` where that is known to the run alone."""
    if "${{" in written:
        return otherwise
    if written in _NAMED:
        return Shell(written, *_NAMED[written])
    words = written.split()
    if not words:
        return otherwise
    place = next((index for index, word in enumerate(words) if _program(word) in _PROGRAMS), 0)
    options = set(_options(words[place + 1 :]))
    return Shell(_program(words[place]), "errexit" in options, "pipefail" in options)


def _program(word: str) -> str:
    name = word.replace("\\", "/").rpartition("/")[2].lower()
    return name.removesuffix(".exe")


def _options(words: list[str]) -> Iterator[str]:
    """The long names of the ``set`` options in the words of a command line: ``-e``, ``-eo pipefail``, ``-o errexit``."""
    names = iter(words)
    for word in names:
        if not word.startswith("-") or word.startswith("--"):
            continue
        for letter in word[1:]:
            if letter == "e":
                yield "errexit"
            elif letter == "o":
                yield next(names, "")
