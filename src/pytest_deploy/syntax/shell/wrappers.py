"""Commands that run another command: ``sudo``, ``env``, ``timeout`` and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """``valued`` are the options that take the next word; ``operands`` how many words stand before the command; ``assigns``: it takes
    ``NAME=value`` words; ``verbs``: one of these words must come first; ``not_with``: with such an option it runs nothing."""

    valued: tuple[str, ...] = ()
    operands: int = 0
    assigns: bool = False
    verbs: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()


_PLAIN = _Wrapper()
_WRAPPERS = {
    "sudo": _Wrapper(
        ("-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-D", "-R", "-T", "--user", "--group", "--chdir"),
        assigns=True,
        not_with=("-v", "-l", "-k"),
    ),
    "doas": _Wrapper(("-u", "-C")),
    "gosu": _Wrapper(operands=1),
    "su-exec": _Wrapper(operands=1),
    # What stands behind the user goes to a shell, which takes it for a script to run.
    "su": _Wrapper(("-s", "--shell", "-g", "--group", "-G", "--supp-group"), operands=1, not_with=("-c", "--command")),
    "env": _Wrapper(("-u", "--unset", "-C", "--chdir"), assigns=True),
    "cross-env": _Wrapper(assigns=True),
    "cross-env-shell": _Wrapper(assigns=True),
    "env-cmd": _Wrapper(("-f", "--file", "-e", "--environments", "-r", "--rc-file")),
    "timeout": _Wrapper(("-k", "-s", "--kill-after", "--signal"), operands=1),
    "gtimeout": _Wrapper(("-k", "-s", "--kill-after", "--signal"), operands=1),
    "nice": _Wrapper(("-n", "--adjustment")),
    "ionice": _Wrapper(("-c", "-n", "--class", "--classdata"), not_with=("-p",)),
    "chrt": _Wrapper(operands=1),
    "taskset": _Wrapper(operands=1),
    "time": _Wrapper(("-f", "-o", "--format", "--output")),
    "nohup": _PLAIN,
    "setsid": _PLAIN,
    "command": _Wrapper(not_with=("-v", "-V")),
    "builtin": _PLAIN,
    "exec": _Wrapper(("-a",)),
    "stdbuf": _Wrapper(("-i", "-o", "-e")),
    "unbuffer": _PLAIN,
    "chronic": _PLAIN,
    "caffeinate": _PLAIN,
    "dumb-init": _PLAIN,
    "tini": _PLAIN,
    "xvfb-run": _Wrapper(("-n", "-s", "-e", "-f", "-p", "-w", "--server-num", "--server-args")),
    "xargs": _Wrapper(("-n", "-I", "-P", "-L", "-d", "-a", "-s", "-E", "--max-args", "--max-procs", "--delimiter", "--arg-file")),
    "parallel": _Wrapper(("-j", "--jobs")),
    "flock": _Wrapper(("-w", "--timeout", "-E"), operands=1, not_with=("-u", "-c")),
    "doppler": _Wrapper(("-p", "--project", "-c", "--config", "-t", "--token"), verbs=("run",)),
    "infisical": _Wrapper(("--env", "--path", "--projectId", "--token"), verbs=("run",)),
    "op": _Wrapper(("--env-file", "--account"), verbs=("run",)),
    "dotenvx": _Wrapper(("-f", "--env-file"), verbs=("run",)),
    "dotenv": _Wrapper(("-e", "-f", "-c", "-v")),
    "chamber": _Wrapper(operands=1, verbs=("exec",)),
    "aws-vault": _Wrapper(("-d", "--duration"), operands=1, verbs=("exec",)),
}
_SELF = frozenset({"dotenv"})
"""Wrappers whose own subcommand ``run`` may stand before the command."""


def unwrap(words: Sequence[str]) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """Where in ``words`` the command that really runs begins, the indexes of assignments before it, and the names of what wraps it.

    The index is 0 when nothing is wrapped; a wrapper without a command (``exec``, ``sudo -v``) is a command itself.
    """
    start = 0
    assigned: list[int] = []
    names: list[str] = []
    while start < len(words):
        name = words[start].rpartition("/")[2]
        wrapper = _WRAPPERS.get(name)
        if wrapper is None:
            break
        found = _behind(words, start, wrapper, name)
        if found is None:
            break
        start, more = found
        assigned.extend(more)
        names.append(name)
    return start, tuple(assigned), tuple(names)


def _behind(words: Sequence[str], start: int, wrapper: _Wrapper, name: str) -> tuple[int, list[int]] | None:
    index = start + 1
    if wrapper.verbs:
        if index >= len(words) or words[index] not in wrapper.verbs:
            return None
        index += 1
    elif name in _SELF and index < len(words) and words[index] == "run":
        index += 1
    operands = wrapper.operands
    assigned: list[int] = []
    while index < len(words):
        word = words[index]
        if word in ("--", "-"):
            index += 1
            continue
        if word in wrapper.not_with:
            return None
        if word.startswith("-") and len(word) > 1:
            index += 2 if word in wrapper.valued else 1
        elif wrapper.assigns and ASSIGNMENT.match(word):
            assigned.append(index)
            index += 1
        elif word == ":::":
            return None
        elif operands:
            operands -= 1
            index += 1
        else:
            return index, assigned
    return None
