"""The instructions of a Dockerfile, read as BuildKit reads them.

dockerfile-parse tells which lines belong to one instruction. This module hands it the lines in a form in which it cannot err
(blank lines inside a continuation, the escape directive, here-documents, a file that ends in a continuation), joins them as
BuildKit does and takes the arguments apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.dockerfile_lex import SPACES, LexError
from pytest_deploy.syntax.dockerfile_rules import complaints
from pytest_deploy.syntax.dockerfile_words import BLANKS, PARSERS, Marker, WordsError, markers, split_flags
from pytest_deploy.tree import Source


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: ``content`` as written (leading tabs included). ``expand``: variables are put into it; ``chomp``: leading tabs
    are taken off; ``descriptor``: the file descriptor it is given to."""

    name: str
    content: Text
    expand: bool
    chomp: bool
    descriptor: int


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str  # without its continuation character
    offset: int  # where it begins in the joined line


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """One instruction.

    ``name`` is in capitals; ``flags`` are without quotes (``--from=builder``); ``value`` is everything behind them in one line; ``words``
    are its parts as BuildKit takes them apart (ENV and LABEL: name, value, name, value …; RUN, CMD and ENTRYPOINT in shell form: one
    word); ``json``: they were a JSON array. ``child`` is the instruction behind ONBUILD.
    """

    name: str
    place: Place
    value: str
    flags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    json: bool = False
    heredocs: tuple[Heredoc, ...] = ()
    child: Instruction | None = None
    joined: str = ""
    """The whole instruction in one line, continuations joined."""
    written: tuple[_Line, ...] = field(default=(), repr=False)
    """The lines it was joined from, comments left out."""

    @property
    def pairs(self) -> tuple[tuple[str, str | None], ...]:
        """(name, value) of ENV, LABEL and ARG, with quotes; an ARG without a default has ``None``."""
        if self.name == "ARG":
            return tuple((name, value if equals else None) for name, equals, value in (word.partition("=") for word in self.words))
        return tuple(zip(self.words[::2], self.words[1::2], strict=False))

    def flag(self, name: str) -> str | None:
        """The value of ``--name=value``; empty for a bare ``--name``; ``None`` when it is not there."""
        return next(iter(self.all_flags(name)), None)

    def all_flags(self, name: str) -> Iterator[str]:
        """The values of a flag that may be given several times."""
        for flag in self.flags:
            key, _, value = flag.removeprefix("--").partition("=")
            if key == name:
                yield value

    def at(self, text: str) -> Place:
        """Where some text of the instruction first stands; the instruction itself when it is not there as such."""
        offset = self.joined.find(text, len(self.name)) if text else -1
        return self.place if offset < 0 else self._locate(offset)

    def _locate(self, offset: int) -> Place:
        for line in reversed(self.written):
            if line.offset <= offset:
                return Place(self.place.path, line.number, offset - line.offset + 1)
        return self.place

    @property
    def script(self) -> Text:
        """The commands of a shell-form RUN, CMD or ENTRYPOINT as a shell script, each line at its place: continuations are those of
        the shell, comments and blank lines inside are gone, here-documents are part of it (alone, they are the script)."""
        if self.heredocs and BLANKS.sub("", self.value) == _announced(self.value):
            return self.heredocs[0].content
        offset = len(self.joined.rstrip(SPACES)) - len(self.value)
        start = self._locate(offset)
        out: list[str] = []
        number = start.line
        for line in self.written:
            if line.offset + len(line.text) <= offset and line is not self.written[-1]:
                continue
            out.append("\\\n" * (line.number - number) + line.text[max(0, offset - line.offset) :])
            number = line.number
        body = "".join(f"\n{one.content}{one.name}" for one in self.heredocs)
        return Text("".join(out) + body, start.path, start.line, start.column, self.place.end_line or start.line)


def _announced(value: str) -> str:
    found = re.fullmatch(r"\s*([0-9]*<<-?\s*\S+)\s*", value)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a Dockerfile says. ``directives`` are those at its top (``escape``, ``syntax``, ``check``); ``problems`` is what BuildKit
    refuses, each at its line; ``complete`` is false when the rest of the file could not be read."""

    path: str
    instructions: tuple[Instruction, ...]
    directives: Mapping[str, Text]
    problems: tuple[SyntaxProblem, ...]
    complete: bool = True

    @property
    def escape(self) -> str:
        """The escape character."""
        return str(self.directives.get("escape", "\\"))


def parse(source: Source) -> Instructions:
    """Read a Dockerfile. Never raises: what is wrong is in ``problems``."""
    reader = _Reader(source)
    reader.read()
    problems = [*reader.problems, *complaints(source.path, reader.instructions, str(reader.directives.get("escape", "\\")))]
    if not reader.instructions and reader.complete:
        problems.append(SyntaxProblem("the file has no instructions", Place(source.path)))
    problems.sort(key=lambda problem: problem.place.line)
    return Instructions(source.path, tuple(reader.instructions), reader.directives, tuple(problems), reader.complete)


_DIRECTIVE = re.compile(r"#[\t\n\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*")
_KNOWN_DIRECTIVES = ("syntax", "escape")
_DEEPEST_ONBUILD = 20  # an ONBUILD within another is refused anyhow


class _Reader:
    def __init__(self, source: Source) -> None:
        self.path = source.path
        self.lines = source.text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.instructions: list[Instruction] = []
        self.problems: list[SyntaxProblem] = []
        self.directives: dict[str, Text] = {}
        self.complete = True

    def read(self) -> None:
        if not self.read_directives():
            return
        self.escape = str(self.directives.get("escape", "\\"))
        character = re.escape(self.escape)
        self.continues = re.compile(f"(?:(?<=[^{character}])|^){character}[ \t]*\\Z")
        start = 1
        while start <= len(self.lines):
            start = self.read_until_heredoc(start)

    def problem(self, message: str, line: int, end: int | None = None) -> None:
        self.problems.append(SyntaxProblem(message, Place(self.path, line, 1, end)))

    def read_directives(self) -> bool:
        for number, line in enumerate(self.lines, 1):
            found = _DIRECTIVE.fullmatch(line.lstrip(SPACES))
            if found is None or found[1].lower() not in _KNOWN_DIRECTIVES:
                return True
            name, value = found[1].lower(), Text(found[2], self.path, number, line.index("#") + 1 + found.start(2))
            if name in self.directives:
                self.problem(f"only one {name} parser directive can be used", number)
            elif name == "escape" and value not in ("\\", "`"):
                self.problem(f"invalid escape token {str(value)!r}: it must be ` or \\", number)
            else:
                self.directives[name] = value
                continue
            self.complete = False
            return False
        return True

    def read_until_heredoc(self, start: int) -> int:
        """Read instructions from line ``start`` to the end of the first that may have a here-document; gives the next line."""
        shapes: list[str] = []
        for line in self.lines[start - 1 :]:
            shapes.append(self.shape(line))
            if "<<" in shapes[-1] and not self.continues.search(line):
                break
        stop = start + len(shapes)
        for first, last in self.extents(shapes, start):
            stop = max(stop, self.read_instruction(first, last) + 1)
        return stop

    def shape(self, line: str) -> str:
        """A line as dockerfile-parse must see it, so that its idea of a comment and of a continuation is BuildKit's."""
        bare = line.lstrip(SPACES)
        if not bare or bare.startswith("#"):
            return "#"
        if not self.continues.search(line):
            return line.translate(_NOT_SPACES) + "\0"  # whatever stands at its end, it ends here
        return line.translate(_NOT_SPACES)

    def extents(self, shapes: list[str], start: int) -> Iterator[tuple[int, int]]:
        """First and last line of each instruction."""
        from dockerfile_parse import DockerfileParser

        # The last line ends a continuation that is still open at the end of the file.
        text = "\n".join([f"# escape={self.escape}", *shapes, "\0", ""])
        for found in DockerfileParser(fileobj=BytesIO(text.encode("utf-8", "replace"))).structure:
            first, last = found["startline"], min(found["endline"], len(shapes))
            if found["instruction"] != "COMMENT" and first <= len(shapes):
                yield start + first - 1, start + last - 1

    def read_instruction(self, first: int, last: int) -> int:
        """Read the instruction that stands in these lines; gives its last line, here-documents included."""
        written: list[_Line] = []
        joined = ""
        for number in range(first, last + 1):
            line = self.lines[number - 1]
            if self.shape(line) == "#":
                continue
            text = self.continues.sub("", line)
            written.append(_Line(number, text, len(joined)))
            joined += text
        instruction = self.instruction(joined, first, last, tuple(written))
        if instruction is None:
            return last
        taker = instruction.child or instruction
        if taker.name in ("RUN", "COPY", "ADD") and not taker.json and "<<" in joined:
            heredocs, last = self.heredocs(joined, first, last)
            instruction = _with_heredocs(instruction, tuple(heredocs), last)
        if self.complete:
            self.instructions.append(instruction)
        return last

    def instruction(self, joined: str, first: int, last: int, written: tuple[_Line, ...], depth: int = 0) -> Instruction | None:
        name, rest = ([*BLANKS.split(joined.strip(SPACES), maxsplit=1), ""])[:2]
        if not name:
            self.problem("an instruction is missing", first, last)
            return None
        flags, value = split_flags(rest)
        value = value.strip(SPACES)
        name = name.upper()
        words: tuple[str, ...] = ()
        is_json = False
        child = None
        if name == "ONBUILD":
            child = self.instruction(value, first, last, (), depth + 1) if value and depth < _DEEPEST_ONBUILD else None
        elif name in PARSERS:
            try:
                words, is_json = PARSERS[name](value, self.escape, name)
            except WordsError as error:
                self.problem(f"{name}: {error}", first, last)
        place = Place(self.path, first, 1, last)
        return Instruction(name, place, value, flags, words, is_json, (), child, joined, written)

    def heredocs(self, joined: str, first: int, last: int) -> tuple[list[Heredoc], int]:
        try:
            announced = markers(joined)
        except LexError as error:
            self.problem(str(error), first, last)
            return [], last
        found: list[Heredoc] = []
        for marker in announced:
            end = self.end_of_heredoc(marker, last + 1)
            if end is None:
                self.problem(f"unterminated heredoc: no line is {marker.name}", first, len(self.lines))
                self.complete = False
                return found, len(self.lines)
            content = "".join(line + "\n" for line in self.lines[last : end - 1])
            text = Text(content, self.path, last + 1, 1, max(last + 1, end - 1))
            found.append(Heredoc(marker.name, text, marker.expand, marker.chomp, marker.descriptor))
            last = end
        return found, last

    def end_of_heredoc(self, marker: Marker, start: int) -> int | None:
        for number in range(start, len(self.lines) + 1):
            line = self.lines[number - 1]
            if (line.lstrip("\t") if marker.chomp else line) == marker.name:
                return number
        return None


_NOT_SPACES = dict.fromkeys((0x1C, 0x1D, 0x1E, 0x1F), "\0")
"""Python takes these for white space, BuildKit does not."""


def _with_heredocs(one: Instruction, heredocs: tuple[Heredoc, ...], last: int) -> Instruction:
    child = _with_heredocs(one.child, heredocs, last) if one.child else None
    place = Place(one.place.path, one.place.line, 1, last)
    return Instruction(one.name, place, one.value, one.flags, one.words, one.json, heredocs, child, one.joined, one.written)
