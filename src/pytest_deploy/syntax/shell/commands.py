"""The commands of a script: the contract of this package."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.shell.fate import Walk
from pytest_deploy.syntax.shell.nodes import Word
from pytest_deploy.syntax.shell.reading import read
from pytest_deploy.syntax.shell.taint import Draft

SHELLS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "ash", "busybox"})
DEEPEST_SCRIPTS = 5
"""``bash -c`` within ``bash -c``: no deeper than this."""

_TAKES_SCRIPT = {
    "su": ("-c", "--command"),
    "runuser": ("-c", "--command"),
    "script": ("-c", "--command"),
    "nix-shell": ("--run", "--command"),
}
_SHEBANG = re.compile(r"#!\s*\S*?(?:env\s+(?:-S\s+)?)?\w+((?:\s+-\S+|\s+\w+)*)[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    ``words`` after quote removal: the command's name first; expansions stay as written (``$TAG``, ``${TAG:-x}``, ``$(git rev-parse
    HEAD)``, ``${{ inputs.env }}`` of a template language). What only runs another command (``sudo``, ``env A=b``, ``timeout 60``,
    ``xargs``) is left out; what is given to ``bash -c``, ``eval`` or ``bash <<EOF`` stands for it. ``assignments`` are the
    ``NAME=value`` before it (alone: an assignment). ``redirects`` as written (``>out.txt``, ``2>&1``); ``heredoc`` is the body of a
    here-document.

    ``swallowed`` says why its failure cannot fail the script (empty: it can): ``|| true``, ``in a pipe without pipefail``, ``set +e``,
    ``the condition of an if``, ``in the background``, ``not the last command, without set -e`` … A status that the script saves and
    exits on, or compares and exits on, is not swallowed. ``checked`` is true where the script compares what the command writes, and can
    exit on it: a ``curl`` without ``--fail`` whose status code or body is looked at.

    ``conditional`` is true where it may not run although the script goes well (in a branch, a loop that may run never, behind ``||``, in
    a trap, behind an ``exit 0`` in a branch); ``guards`` are the texts of those conditions, outermost first. ``function`` is the name of
    the shell function it stands in: a function's commands appear once per call, where it is called (and not at all if it is never
    called).
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
    checked: bool = False
    shells: tuple[int, ...] = ()
    """The subshells it stands in, outermost first: a ``cd`` in one of them is over at its end."""
    written: tuple[Text, ...] = ()
    """The words again, each with its place: what stands in quotes may be a script of its own. The here-document's body comes last."""


@dataclass(frozen=True, slots=True)
class ShellScript:
    """All simple commands in the order in which they run. ``options`` are the ``set`` options in force at the end (``errexit``,
    ``pipefail``); ``problems`` the places that could not be read (the rest could)."""

    commands: tuple[Command, ...]
    options: frozenset[str] = frozenset()
    problems: tuple[Place, ...] = ()


class Quoted(Text):
    """A word of a script: text within text, whose places are those of the characters as written."""

    __slots__ = ("outer", "segments", "starts")

    outer: Text
    segments: tuple[tuple[str, int], ...]
    starts: list[int]

    @classmethod
    def of(cls, word: Word, outer: Text, starts: list[int]) -> Self:
        """The word ``word`` of the script ``outer``, whose lines begin at the offsets ``starts``."""
        self = str.__new__(cls, word.text)
        self.outer, self.starts, self.segments = outer, starts, word.segments or (("", word.offset),)
        return self

    @property
    def place(self) -> Place:
        """The place of the first character. It is worked out when it is asked for: of most words it never is."""
        return _locate(self.outer, self.starts, self.segments[0][1])

    @property
    def path(self) -> str:  # type: ignore[override]  # as place
        """The file."""
        return self.outer.path

    @property
    def line(self) -> int:  # type: ignore[override]  # as place
        """The line of its first character."""
        return self.place.line

    @property
    def column(self) -> int:  # type: ignore[override]  # as place
        """The column of its first character."""
        return self.place.column

    @property
    def end_line(self) -> int:  # type: ignore[override]  # as place
        """The line of its first character: a word over several lines is told by its first one."""
        return self.line

    @property
    def end_column(self) -> int:  # type: ignore[override]  # as place
        """The column behind it, were it written as its value is."""
        return self.column + len(self)

    def locate(self, line: int, column: int = 1) -> Place:
        """The place in the file of a line and column of the word's value."""
        index = column - 1
        at = 0
        for _ in range(line - 1):
            found = self.find("\n", at)
            if found < 0:
                break
            at = found + 1
        index += at
        for text, offset in self.segments:
            if index < len(text):
                return _locate(self.outer, self.starts, offset + index)
            index -= len(text)
        last = self.segments[-1]
        return _locate(self.outer, self.starts, last[1] + len(last[0]))

    def __reduce__(self) -> tuple[object, ...]:
        # A copy knows its first place; it is no longer tied to the script around it.
        return (Text, (str(self), self.path, self.line, self.column, self.end_line, self.end_column))


def parse(text: Text, *, errexit: bool = False, pipefail: bool = False) -> ShellScript:
    """Read a script. Never raises: what cannot be read is in ``problems``.

    What was read is kept for a while: several checks ask for the same script.
    """
    key = (str(text), text.path, text.line, text.column, errexit, pipefail)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        found = _kept[key] = _parse(text, errexit, pipefail, 0)
    return found


_MOST_KEPT = 8192
"""More scripts than there are in a repository with 500 workflows; one takes some kilobytes."""
_kept: dict[tuple[str, str, int, int, bool, bool], ShellScript] = {}


def _parse(text: Text, errexit: bool, pipefail: bool, depth: int) -> ShellScript:
    shebang = _SHEBANG.match(text)
    if shebang:
        errexit = errexit or bool(re.search(r"\s-\w*e|errexit", shebang[1]))
        pipefail = pipefail or "pipefail" in shebang[1]
    stop = _readable(text)
    node, problems = read(text[:stop])
    if stop < len(text):
        problems = (*problems, stop)
    walk = Walk(text, errexit=errexit, pipefail=pipefail)
    walk.run(node)
    options = {name for name in ("errexit", "pipefail") if getattr(walk.state, name)}
    commands: list[Command] = []
    for draft in walk.drafts.values():
        command = _command(draft, walk)
        commands.extend(_inner(command, walk, depth) if depth < DEEPEST_SCRIPTS else (command,))
    return ShellScript(tuple(commands), frozenset(options), tuple(_locate(text, walk.lines, offset) for offset in problems))


_MOST_LINES = 5_000
_MOST_CHARACTERS = 200_000
"""Every failure is followed through all that comes behind it: what is longer is read up to here."""


def _readable(text: str) -> int:
    """The offset up to which a script is read."""
    stop = 0
    for _ in range(_MOST_LINES):
        stop = text.find("\n", stop) + 1
        if not stop:
            return min(len(text), _MOST_CHARACTERS)
        if stop > _MOST_CHARACTERS:
            return _MOST_CHARACTERS
    return stop


def _command(draft: Draft, walk: Walk) -> Command:
    heredoc = next((redirect.heredoc for redirect in draft.node.redirects if redirect.heredoc is not None), None)
    guards = tuple(guard.text for guard in draft.guards if guard.needs is None or not guard.needs <= walk.fatal)
    can_fail = draft.number in walk.fatal
    return Command(
        draft.names,
        draft.place,
        draft.assignments,
        tuple(redirect.text for redirect in draft.node.redirects),
        heredoc.text if heredoc is not None else None,
        "" if can_fail or not draft.words else walk.reasons.get(draft.number, ""),
        bool(guards),
        guards,
        draft.function,
        -draft.number in walk.fatal,
        draft.shells,
        tuple(Quoted.of(word, walk.text, walk.lines) for word in (*draft.words, *([heredoc] if heredoc is not None else []))),
    )


def _inner(command: Command, walk: Walk, depth: int) -> tuple[Command, ...]:
    """The commands of a script given to a shell, or the command itself."""
    found = script_of(command)
    if found is None:
        return (command,)
    text, errexit, pipefail = found
    if command.words[0] == "eval":
        errexit, pipefail = walk.state.errexit, walk.state.pipefail
    inner = _parse(text, errexit, pipefail, depth + 1).commands
    return tuple(within(command, one) for one in inner) or (command,)


def within(outer: Command, inner: Command) -> Command:
    """A command of a script that another command runs."""
    return replace(
        inner,
        swallowed=outer.swallowed or inner.swallowed,
        conditional=outer.conditional or inner.conditional,
        guards=outer.guards + inner.guards,
        function=inner.function or outer.function,
        assignments=outer.assignments + inner.assignments,
        checked=outer.checked or (inner.checked and not outer.swallowed),
        shells=(*outer.shells, -1 - outer.place.line * 1000 - outer.place.column, *inner.shells),
    )


def script_of(command: Command) -> tuple[Text, bool, bool] | None:
    """The literal script that a shell (or ``eval``, ``su``) is given by ``-c`` or a here-document, with errexit and pipefail."""
    if not command.words:
        return None
    name = command.words[0].rpartition("/")[2]
    if name == "eval":
        return (command.written[1], False, False) if len(command.words) == 2 and not command.words[1].startswith("$") else None
    if name in _TAKES_SCRIPT:
        for index, word in enumerate(command.words[:-1]):
            if word in _TAKES_SCRIPT[name]:
                return command.written[index + 1], False, False
        return None
    if name not in SHELLS:
        return None
    return shell_argument(command.words, command.written, command.heredoc)


def shell_argument(words: tuple[str, ...], written: tuple[Text, ...], heredoc: str | None) -> tuple[Text, bool, bool] | None:
    """What ``bash [options] -c SCRIPT`` or ``bash [options] <<EOF`` runs, with errexit and pipefail."""
    errexit = pipefail = False
    command_next = False
    index = 1
    while index < len(words):
        word = words[index]
        if word == "--":
            index += 1
            break
        if not re.fullmatch(r"[-+][A-Za-z]+|--\w[\w-]*|-", word):
            break
        index += 1
        if word.startswith("--"):
            continue
        letters = word[1:]
        errexit = errexit or (word[0] == "-" and "e" in letters)
        command_next = command_next or "c" in letters
        if "o" in letters.lower() and index < len(words):
            errexit = errexit or words[index] == "errexit"
            pipefail = pipefail or words[index] == "pipefail"
            index += 1
    if command_next:
        if index >= len(words) or re.fullmatch(r"\$\{?[\w@*]+\}?|\$\{\{.*\}\}", words[index]):
            return None
        return written[index], errexit, pipefail
    if heredoc is not None and (index >= len(words) or words[index] == "-s"):
        return written[-1], errexit, pipefail
    return None


def _locate(text: Text, starts: list[int], offset: int) -> Place:
    import bisect

    line = bisect.bisect_right(starts, offset)
    return text.locate(line, offset - starts[line - 1] + 1)
