"""Words and variables of a Dockerfile, as BuildKit's own lexer takes them apart.

The rules are those of BuildKit's ``frontend/dockerfile/shell``: quotes, the escape character, and ``$V``, ``${V}``, ``${V:-x}``,
``${V:+x}``, ``${V:?x}`` (also without the colon), ``${V#p}``, ``${V##p}``, ``${V%p}``, ``${V%%p}``, ``${V/a/b}``, ``${V//a/b}``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass

SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go calls white space; Python's own idea has four control characters more."""
_WORDS = re.compile(f"[^{SPACES}]+")

_SPECIAL = frozenset("@*#?-$!0")
_DEEPEST = 100


class LexError(ValueError):
    """A word that BuildKit refuses; the argument says why."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """A word with its variables put in. ``words`` is the same split at white space outside of quotes. ``missing`` are the variables
    without a value that are part of the text (one with a default of its own, ``${V:-x}``, is not)."""

    text: str
    words: tuple[str, ...]
    missing: frozenset[str]


def expand(
    word: str,
    values: Mapping[str, str],
    *,
    escape: str = "\\",
    raw_quotes: bool = False,
    raw_escapes: bool = False,
    keep_unset: bool = False,
    unknown: Container[str] = (),
) -> Expanded:
    """Put values in for variables and take quotes off. ``raw_quotes`` and ``raw_escapes`` leave these in the text; ``keep_unset``
    leaves variables without a value as written (else nothing stands in for them). ``unknown`` are names that have a value which is not
    known: they are missing wherever they stand.

    Raises ``LexError``.
    """
    if not any(sign in word for sign in ("$", "'", '"', escape)):
        return Expanded(word, tuple(_WORDS.findall(word)), frozenset())
    lexer = _Lexer(word, values, unknown, escape, raw_quotes, raw_escapes, keep_unset)
    text, words = lexer.until(None, raw_escapes)
    return Expanded(text, tuple(words), frozenset(lexer.missing))


class _Words:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.word = ""
        self.inside = False

    def add(self, text: str) -> None:
        for character in text:
            if character not in SPACES:
                self.add_raw(character)
            elif self.inside and self.word:
                self.done.append(self.word)
                self.word = ""
                self.inside = False

    def add_raw(self, text: str) -> None:
        self.word += text
        self.inside = True

    def all(self) -> list[str]:
        return [*self.done, self.word] if self.word else self.done


class _Lexer:
    def __init__(
        self,
        text: str,
        values: Mapping[str, str],
        unknown: Container[str],
        escape: str,
        raw_quotes: bool,
        raw_escapes: bool,
        keep_unset: bool,
    ) -> None:
        self.text = text
        self.values = values
        self.unknown = unknown
        self.escape = escape
        self.raw_quotes = raw_quotes
        self.raw_escapes = raw_escapes
        self.keep_unset = keep_unset
        self.position = 0
        self.missing: set[str] = set()
        self.depth = 0

    def peek(self) -> str:
        return self.text[self.position : self.position + 1]

    def next(self) -> str:
        character = self.peek()
        self.position += 1 if character else 0
        return character

    def until(self, stop: str | None, raw_escapes: bool) -> tuple[str, list[str]]:
        before, self.raw_escapes = self.raw_escapes, raw_escapes
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                raise LexError(f"variables nested deeper than {_DEEPEST}")
            return self._until(stop)
        finally:
            self.raw_escapes = before
            self.depth -= 1

    def _until(self, stop: str | None) -> tuple[str, list[str]]:
        out: list[str] = []
        words = _Words()
        while character := self.peek():
            if character == stop:
                self.next()
                return "".join(out), words.all()
            if character == "$":
                piece = self.dollar()
                words.add(piece)
            elif character in "'\"":
                piece = self.single() if character == "'" else self.double()
                words.add_raw(piece)
            else:
                piece = self.next()
                if piece == self.escape:
                    if self.raw_escapes:
                        words.add_raw(piece)
                        out.append(piece)
                    piece = self.next()
                    if not piece:
                        break
                    words.add_raw(piece)
                else:
                    words.add(piece)
            out.append(piece)
        if stop is not None:
            raise LexError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(out), words.all()

    def single(self) -> str:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise LexError("unexpected end of statement while looking for matching single-quote")
        quoted = self.text[self.position : end + 1]
        self.position = end + 1
        return quoted if self.raw_quotes else quoted[1:-1]

    def double(self) -> str:
        out = [self.next() if self.raw_quotes else self.next()[1:]]
        while True:
            character = self.peek()
            if not character:
                raise LexError("unexpected end of statement while looking for matching double-quote")
            if character == '"':
                out.append(self.next() if self.raw_quotes else self.next()[1:])
                return "".join(out)
            if character == "$":
                out.append(self.dollar())
                continue
            character = self.next()
            if character == self.escape:
                if self.raw_escapes:
                    out.append(character)
                following = self.peek()
                if not following:
                    continue
                if following in ('"', "$", self.escape):
                    character = self.next()
            out.append(character)

    def name(self) -> str:
        start = self.position
        first = self.peek()
        if first.isdecimal():
            while self.peek().isdecimal():
                self.next()
        elif first in _SPECIAL:
            self.next()
        else:
            while (character := self.peek()) and (character.isalpha() or character.isdecimal() or character == "_"):
                self.next()
        return self.text[start : self.position]

    def value(self, name: str, *, shown: bool = True) -> str | None:
        found = self.values.get(name)
        if name in self.unknown or (found is None and shown):
            self.missing.add(name)
        return found

    def dollar(self) -> str:
        self.next()
        if self.peek() != "{":
            name = self.name()
            if not name:
                return "$"
            value = self.value(name)
            return value if value is not None else f"${name}" if self.keep_unset else ""
        self.next()
        if not self.peek():
            raise LexError("syntax error: missing '}'")
        if self.peek() in "{}:":
            raise LexError("syntax error: bad substitution")
        name = self.name()
        sign = self.next()
        if not sign:
            raise LexError("syntax error: missing '}'")
        if sign == "}":
            value = self.value(name)
            return value if value is not None else "${" + name + "}" if self.keep_unset else ""
        if sign == "/":
            return self.replaced(name)
        colon = sign == ":"
        operator = self.next() if colon else sign
        if not colon and (not operator or operator not in "+-?#%"):
            raise LexError(f"unsupported modifier ({sign}) in substitution")
        return self.modified(name, operator, colon)

    def modified(self, name: str, operator: str, colon: bool) -> str:
        word = self.enclosed("}", operator in ("#", "%"), "syntax error: missing '}'")
        value = self.value(name, shown=operator in ("#", "%"))
        if value is None and self.keep_unset:
            return "${" + name + (":" if colon else "") + operator + word + "}"
        unset = value is None or (colon and value == "")
        match operator:
            case "-":
                return word if unset else value or ""
            case "+":
                return "" if unset else word
            case "?":
                if unset:
                    raise LexError(f"{name}: {word or 'is not allowed to be ' + ('unset' if value is None else 'empty')}")
                return value or ""
            case "#" | "%":
                greedy = word.startswith(operator)
                return (trim_prefix if operator == "#" else trim_suffix)(word[1:] if greedy else word, value or "", greedy)
        raise LexError(f"unsupported modifier ({':' if colon else ''}{operator}) in substitution")

    def replaced(self, name: str) -> str:
        everywhere = self.peek() == "/"
        if everywhere:
            self.next()
        pattern = self.enclosed("/", True, "syntax error: missing '/' in ${}")
        replacement = self.enclosed("}", True, "syntax error: missing '}'")
        value = self.value(name)
        if value is None and self.keep_unset:
            return "${" + f"{name}/{pattern}/{replacement}" + "}"
        return re.compile(_regex(pattern, greedy=True), re.DOTALL).sub(lambda _: replacement, value or "", count=0 if everywhere else 1)

    def enclosed(self, stop: str, raw_escapes: bool, complaint: str) -> str:
        try:
            return self.until(stop, raw_escapes)[0]
        except LexError:
            if not self.peek():
                raise LexError(complaint) from None
            raise


def _regex(pattern: str, *, greedy: bool) -> str:
    out: list[str] = []
    characters = iter(range(len(pattern)))
    for index in characters:
        character = pattern[index]
        following = pattern[index + 1 : index + 2]
        if character == "*":
            out.append(".*" if greedy else ".*?")
        elif character == "?":
            out.append(".")
        elif character == "\\":
            if following and following in "}/":
                continue
            if not following or following not in "*?\\":
                raise LexError(f"invalid pattern ({pattern}) in substitution: invalid escape '\\{following}'")
            next(characters)
            out.append(re.escape(following))
        else:
            out.append(re.escape(character))
    return "".join(out)


def trim_prefix(pattern: str, value: str, greedy: bool) -> str:
    """``${V#pattern}``, or ``${V##pattern}`` when greedy."""
    found = re.match(_regex(pattern, greedy=greedy), value, re.DOTALL)
    return value[found.end() :] if found else value


def trim_suffix(pattern: str, value: str, greedy: bool) -> str:
    """``${V%pattern}``, or ``${V%%pattern}`` when greedy."""
    matcher = re.compile(_regex(pattern, greedy=greedy), re.DOTALL)
    starts = range(len(value) + 1) if greedy else range(len(value), -1, -1)
    return next((value[:start] for start in starts if matcher.fullmatch(value, start)), value)
