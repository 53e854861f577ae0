"""The commands of a RUN, with the variables that are known put in."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_deploy.artifacts.dockerfile import Step
from pytest_deploy.artifacts.expansion import Scope
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.dockerfile import Instruction
from pytest_deploy.syntax.shell import Command, parse

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_TEST = re.compile(r"""(?:\[\[?|test)\s+"?(?P<left>[^"\s]*)"?\s+(?P<sign>==?|!=|-eq|-ne)\s+["']?(?P<right>[^"'\s]*)["']?\s*(?:\]\]?)?""")
_EMPTY = re.compile(r"""(?:\[\[?|test)\s+(?P<sign>-[nz])\s+"?(?P<left>[^"\s]*)"?\s*(?:\]\]?)?""")


@dataclass(frozen=True, slots=True)
class Ran:
    """A command of a RUN. ``words`` have the known variables of the Dockerfile put in; ``folder`` is where it runs (absolute, in the
    image); ``environment`` the variables that it sees, as far as they are known. ``uncertain``: it may not run."""

    words: tuple[str, ...]
    place: Place
    folder: str
    environment: Mapping[str, str]
    uncertain: bool
    step: Step


@functools.lru_cache(maxsize=2048)
def shell_commands(instruction: Instruction) -> tuple[Command, ...]:
    """The commands of a RUN in shell or in exec form; none for what is no POSIX shell's."""
    if instruction.json:
        words = instruction.words
        if len(words) > 2 and words[0].rpartition("/")[2] in _SHELLS and "c" in words[1].lstrip("-"):
            place = instruction.at(words[2][:20])
            return parse(Text(words[2], place.path, place.line, place.column)).commands
        return (Command(words, instruction.place),) if words else ()
    script = instruction.script
    if script.startswith("#!") and not re.match(r"#!\s*\S*\b(?:env\s+(?:-\S+\s+)*)?(?:ba|da|a|z|k)?sh\b", script):
        return ()
    return parse(script).commands


def commands(step: Step) -> tuple[Ran, ...]:
    """What a RUN runs, in order. Folders and exported variables are followed through the script."""
    found: list[Ran] = []
    folder = step.folder
    environment = dict(step.scope.values)
    for command in shell_commands(step.instruction):
        words = tuple(part for word in command.words for part in _parts(word, environment))
        if not words or words[0] == "export":
            pairs = command.assignments if not words else tuple(word.partition("=")[::2] for word in words[1:] if "=" in word)
            environment.update({name: _filled(value, environment) for name, value in pairs})
            continue
        if words[0] == "cd" and len(words) > 1:
            folder = _join(folder, words[1])
            continue
        own = {**environment, **{name: _filled(value, environment) for name, value in command.assignments}}
        truths = [_truth(guard, step.scope) for guard in command.guards]
        if False in truths:
            continue
        found.append(Ran(words, command.place, folder, own, None in truths or (command.conditional and not truths), step))
    return tuple(found)


def _join(folder: str, to: str) -> str:
    from pytest_deploy.artifacts.dockerfile import absolute

    return folder if to.startswith(("$", "-")) else absolute(to, folder)


def _filled(word: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], found[0]), word) if "$" in word else word


def _parts(word: str, values: Mapping[str, str]) -> list[str]:
    """A word with its variables put in. One that is a variable alone stands, unquoted, for as many words as its value has."""
    filled = _filled(word, values)
    return filled.split() if filled != word and _VARIABLE.fullmatch(word) else [filled]


def _truth(guard: str, scope: Scope) -> bool | None:
    """Whether the condition of a branch holds, as far as the Dockerfile's variables tell."""
    negated = guard.startswith("! ")
    bare = guard[2:] if negated else guard
    found = _TEST.fullmatch(bare) or _EMPTY.fullmatch(bare)
    if found is None:
        return None
    left = scope.expand(found["left"])
    if not left.known and not (left.missing and left.missing.isdisjoint(scope.unknown)):
        return None
    if found["sign"] in ("-n", "-z"):
        holds = bool(left.text) == (found["sign"] == "-n")
    else:
        right = scope.expand(found["right"])
        if not right.known:
            return None
        holds = (left.text == right.text) == (found["sign"] in ("=", "==", "-eq"))
    return holds is not negated
