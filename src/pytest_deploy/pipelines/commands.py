"""The commands that a script really runs: followed through make, package scripts, task runners, shell scripts and wrappers."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_deploy.pipelines.following import branches, functions, ruby, scripts, starters
from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined
from pytest_deploy.pipelines.following.runners import resolvers
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.shell import Command, parse
from pytest_deploy.tree import Tree

DEEPEST = 12
"""A runner that runs a runner …: no further than this."""
MOST = 3000
"""No more commands than this behind one script."""

_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*|[1-9])(?!\w)|\{([A-Za-z_]\w*|[1-9])(?:(:?-)([^{}$]*))?\})")
_BEGINNING = re.compile(r"[A-Za-z][\w./:-]*[/:-](?:\$\w+|\$\{\w+\}|\$\{\{[^{}]*\}\}|[\w./:-])+$")
"""A value of which the beginning says what it is: ``test:docker:${BACKEND}``."""

_READS = frozenset({"read", "mapfile", "readarray", "getopts"})
_DECLARES = frozenset({"export", "local", "declare", "readonly", "typeset"})


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command that runs. Attributes as of :class:`pytest_deploy.syntax.shell.Command`, and:

    ``via`` is how one gets there from the script, outermost first (``("make test", "./ci/test.sh")``); ``place`` is the command's
    own (in the Makefile, say) and ``origin`` that of the command in the script that led here. ``directory`` is where it runs, relative
    to the repository's root. ``followed`` is true for one that others stand behind (``make test`` itself): they come right after it.
    ``swallowed``, ``conditional`` and ``guards`` are summed up over the way: what swallows ``make test`` swallows what it runs.
    What only starts another program (``poetry run``, ``npx``, ``python -m``, ``sudo``) is left out.
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
    checked: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """How we got where we are."""

    directory: str
    variables: Mapping[str, str]
    origin: Place | None = None
    via: tuple[str, ...] = ()
    swallowed: str = ""
    conditional: bool = False
    guards: tuple[str, ...] = ()
    checked: bool = False
    seen: tuple[tuple[str, ...], ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    options: tuple[bool, bool] = (False, False)
    """errexit and pipefail of the script we are in."""


@dataclass(slots=True)
class _Run:
    """One walk: what may still be listed, and where a sourced script left variables and directory."""

    left: int = MOST
    variables: dict[str, str] = field(default_factory=dict)
    functions: dict[str, Text] = field(default_factory=dict)
    """The functions of sourced scripts, and where each is defined."""


class Follower:
    """Follows commands through the files of a repository."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._behind = functools.lru_cache(maxsize=5000)(self._resolve)

    def invocations(
        self, script: Text, *, errexit: bool, pipefail: bool, directory: str = "", variables: Mapping[str, str] | None = None
    ) -> tuple[Invocation, ...]:
        """All commands of a shell script and of what it calls, in the order in which they run. ``variables`` are the known environment
        variables, put in for ``$NAME``; unknown ones stay as written. Never raises."""
        start = joined("", directory) if directory else ""
        way = _Way(directory if start is None else start, dict(variables or {}))
        link = Link(script, errexit=errexit, pipefail=pipefail, directory=way.directory)
        return tuple(self._script(link, way, _Run()))

    # --- scripts -----------------------------------------------------------------------------------------------------

    def _script(self, link: Link, way: _Way, run: _Run) -> Iterator[Invocation]:
        text = link.text
        if text is None:
            return
        variables = {**way.variables, **link.variables}
        run.variables = variables
        directories: dict[tuple[int, ...], str] = {(): link.directory}
        parsed = parse(text, errexit=link.errexit, pipefail=link.pipefail)
        # What is sourced runs under the options of the script around it.
        options = (link.errexit or "errexit" in parsed.options, link.pipefail or "pipefail" in parsed.options)
        choices = branches.Branches.of(parsed.commands)
        for command in parsed.commands:
            if run.left <= 0:
                return
            if link.function and not command.function:
                continue
            if command.guards:
                known = functools.partial(_known, variables=variables, positional=not command.function)
                guards = choices.left(command.guards, known)
                if guards is None:
                    continue
                command = replace(command, guards=guards, conditional=bool(guards))
            shell = command.shells
            while shell not in directories:
                shell = shell[:-1]
            directory = directories[shell]
            words = tuple(_split_first(_put_in(command, variables)))
            _remember(command, words, variables)
            if words and words[0] in ("cd", "pushd"):
                directories[command.shells] = _moved(directory, words)
            here = replace(
                way,
                origin=way.origin or command.place,
                directory=directory,
                variables=variables,
                swallowed=way.swallowed or command.swallowed,
                conditional=way.conditional or command.conditional,
                guards=way.guards + command.guards,
                checked=way.checked or (command.checked and not way.swallowed),
                assignments=way.assignments + command.assignments,
                options=options,
            )
            yield from self._words(words, command.place, here, run, text.path, command)
            if words and words[0] in (".", "source"):
                variables = run.variables
                for sourced in functions.of_a_folder(words, command.guards, self.tree, text.path):
                    run.functions.update(dict.fromkeys(functions.defined(sourced), sourced))

    def _words(self, words: tuple[str, ...], place: Place, way: _Way, run: _Run, script: str, command: Command) -> Iterator[Invocation]:
        run.left -= 1
        key = (*words, way.directory)
        behind: Behind | None = None
        if words and len(way.via) < DEEPEST and key not in way.seen and len(way.seen) < 3 * DEEPEST and run.left > 0:
            variables = tuple(sorted({**way.variables, **dict(command.assignments)}.items()))
            behind = self._behind(words, place, way.directory, variables, command.heredoc, script)
            if behind is None and words[0] in run.functions:
                errexit, pipefail = way.options
                behind = Behind((functions.call(run.functions[words[0]], words, way.directory, errexit=errexit, pipefail=pipefail),))
        via = way.via
        itself: tuple[Invocation, ...] = ()
        if behind is None or not behind.instead:
            one = Invocation(
                words,
                place,
                way.origin or place,
                way.via,
                way.directory,
                behind is not None and bool(behind.links) and not behind.beside,
                way.assignments,
                command.redirects,
                command.heredoc,
                way.swallowed,
                way.conditional,
                way.guards,
                way.checked,
            )
            itself = (one,)
            via = (*way.via, _shown(words)) if behind is not None else ()
        if behind is None or not behind.first:
            yield from itself
        for link in behind.links if behind is not None else ():
            variables_there = {**way.variables, **dict(command.assignments), **link.variables}
            there = replace(
                way,
                seen=(*way.seen, key),
                directory=link.directory,
                variables=variables_there,
                via=(*via, *link.via),
                swallowed=way.swallowed or link.swallowed,
            )
            if link.text is not None:
                outer = dict(way.variables)
                if link.stays:
                    run.functions.update(dict.fromkeys(functions.defined(link.text), link.text))
                    link = replace(link, errexit=way.options[0], pipefail=way.options[1])
                yield from self._script(link, replace(there, assignments=way.assignments), run)
                run.variables = run.variables if link.stays else outer
            else:
                yield from self._words(link.words, link.place or place, there, run, (link.place or place).path, command)
        if behind is not None and behind.first:
            yield from itself

    def _resolve(
        self, words: tuple[str, ...], place: Place, directory: str, variables: tuple[tuple[str, str], ...], heredoc: str | None, script: str
    ) -> Behind | None:
        call = Call(words, place, directory, dict(variables), self.tree, heredoc, script)
        for resolver in (*resolvers(call.name), scripts.script, ruby.ruby, starters.started):
            found = resolver(call)
            if found is not None and (found.links or found.instead):
                return found
        return None


def _shown(words: tuple[str, ...]) -> str:
    text = " ".join(words)
    return text if len(text) <= 80 else text[:79] + "…"


def _put_in(command: Command, variables: Mapping[str, str]) -> Iterator[str]:
    for word in command.words:
        if word in ("$@", "$*", "${@}", "${*}") and not command.function and "@" in variables:
            yield from shlex.split(variables["@"])
            continue
        yield _known(word, variables, positional=not command.function)


def _known(word: str, variables: Mapping[str, str], *, positional: bool) -> str:
    if "$" not in word:
        return word

    def put(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name.isdigit() and not positional:
            return match[0]
        value = variables.get(name)
        if value is None or (not value and match[3] == ":-"):
            return match[4] if match[3] and name not in variables and name.isdigit() else match[0]
        return value

    return _REFERENCE.sub(put, word)


def _split_first(words: Iterator[str]) -> Iterator[str]:
    """The command's own name may come out of a variable that holds several words: ``MANAGE="python manage.py"``."""
    for index, word in enumerate(words):
        if index == 0 and " " in word and not word.startswith(("$", "<", '"', "'")) and "/" not in word.partition(" ")[2].partition(" ")[0]:
            try:
                yield from shlex.split(word)
                continue
            except ValueError:
                pass
        yield word


def _remember(command: Command, words: tuple[str, ...], variables: dict[str, str]) -> None:
    """Literal assignments become known; others unknown."""
    if words and words[0] == "shift" and not command.function:
        _shift(words, variables)
    for name in words[1:] if words and words[0] in _READS else ():
        variables.pop(name, None)
    assigned = list(command.assignments) if not words else []
    if words and words[0] in _DECLARES:
        assigned = [(name, value) for name, equals, value in (word.partition("=") for word in words[1:]) if equals]
    for name, value in assigned:
        if command.conditional and re.match(rf"\$(?:{re.escape(name)}(?!\w)|\{{{re.escape(name)}\}})[\w.:/-]*$", value):
            continue  # what may be added at its end leaves its beginning
        value = _known(value, variables, positional=not command.function)
        if re.fullmatch(r"\([\w./:-]+(?: [\w./:-]+)*\)", value):
            value = value[1:-1].partition(" ")[0]  # of a list, $name is the first
        if (
            command.conditional
            or ("$" in value and not _BEGINNING.match(value))
            or "`" in value
            or value.startswith("(")
            or name.endswith(("+", "]"))
        ):
            variables.pop(name.rstrip("+").partition("[")[0], None)
        else:
            variables[name] = value


def _shift(words: tuple[str, ...], variables: dict[str, str]) -> None:
    by = int(words[1]) if len(words) > 1 and words[1].isdigit() else 1
    for place in range(1, 10):
        following = variables.pop(str(place + by), None)
        variables.pop(str(place), None)
        if following is not None:
            variables[str(place)] = following
    if "@" in variables:
        variables["@"] = shlex.join(shlex.split(variables["@"])[by:])


def _moved(directory: str, words: tuple[str, ...]) -> str:
    target = next((word for word in words[1:] if not word.startswith("-")), "")
    if not target:
        return directory
    rooted = scripts.rooted(target)
    found = joined("" if rooted != target else directory, rooted)
    return directory if found is None else found
