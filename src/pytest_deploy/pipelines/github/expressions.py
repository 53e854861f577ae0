"""The grammar of GitHub's expressions, as the runner reads them.

Literals (``null``, ``true``, numbers with hex, octal, exponent, ``NaN`` and ``Infinity``, strings with ``''`` for a quote),
``a.b``, ``a['b']``, ``a.*.b``, functions, ``!``, comparisons, ``&&`` and ``||`` in that order of strength, parentheses.
See <https://docs.github.com/en/actions/reference/workflows-and-actions/expressions>; names are left as written here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from pytest_deploy.pipelines.model import Call, Constant, Expression, Operation, Value, Variable

DEEPEST = 50
"""The runner allows this much nesting."""

LONGEST = 21_000
"""The runner allows this many characters in one expression."""

Kind = Literal["number", "string", "word", "sign", "end"]
Comparison = Literal["==", "!=", "<", "<=", ">", ">="]


class ExpressionError(Exception):
    """An expression that cannot be read; ``offset`` is the 0-based place in its text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Named:
    """A name in an expression and its 0-based offset."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression, and where its functions and variables are named (a variable by its whole dotted name)."""

    expression: Expression
    functions: tuple[Named, ...] = ()
    variables: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Kind
    text: str
    offset: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


_TOKEN = re.compile(
    r"""
      (?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|Infinity)(?![\w.-]))
    | (?P<string>'(?:[^']|'')*')
    | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<sign>\|\||&&|==|!=|<=|>=|[<>!()\[\].,*])
    """,
    re.VERBOSE | re.ASCII,
)
_WRITTEN = re.compile(r"[^\s(),]+")
_SPACE = re.compile(r"\s*")
_LITERALS: dict[str, Value] = {"null": None, "true": True, "false": False, "NaN": float("nan"), "Infinity": float("inf")}
_COMPARISONS = (frozenset({"==", "!="}), frozenset({"<", "<=", ">", ">="}))


def parse(text: str) -> Parsed:
    """Read one expression.

    Raises ``ExpressionError`` and nothing else.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"the expression has more than the {LONGEST:,} characters that are allowed", 0)
    parser = _Parser(_tokens(text))
    if parser.token.kind == "end":
        raise ExpressionError("the expression is empty", 0)
    expression = parser.either()
    left = parser.token
    if left.kind != "end":
        raise ExpressionError(f"{left} is not expected here", left.offset)
    return Parsed(expression, tuple(parser.functions), tuple(parser.variables))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = len(_SPACE.match(text)[0])  # type: ignore[index]  # the pattern matches nothing, too
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(_unreadable(text, position), position)
        tokens.append(_Token(cast(Kind, match.lastgroup), match[0], position))
        position = match.end()
        position += len(_SPACE.match(text, position)[0])  # type: ignore[index]  # as above
    tokens.append(_Token("end", "", len(text)))
    return tokens


def _unreadable(text: str, position: int) -> str:
    if text[position] == "'":
        return "the string is not closed by a '"
    if text[position] == '"':
        return "strings stand in single quotes, not in double ones"
    if text[position] in "0123456789+-":
        return f"{_WRITTEN.match(text, position)[0]!r} is no number"  # type: ignore[index]  # one character at least
    return f"the character {text[position]!r} has no meaning here"


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.functions: list[Named] = []
        self.variables: list[Named] = []

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def take(self) -> _Token:
        token = self.token
        self.position += 1
        return token

    def at(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def expect(self, sign: str, opened: _Token) -> None:
        if not self.at(sign):
            raise ExpressionError(f"{self.token} instead of the {sign!r} that closes {opened.text!r}", self.token.offset)
        self.position += 1

    # --- operators, the weakest first ----------------------------------------------------------------------------

    def either(self) -> Expression:
        """One or more operands of ``||``; the entry of every nested expression."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"the expression is nested deeper than {DEEPEST}", self.token.offset)
        operands = [self.all_of()]
        while self.at("||"):
            self.take()
            operands.append(self.all_of())
        self.depth -= 1
        return operands[0] if len(operands) == 1 else Operation("or", tuple(operands))

    def all_of(self) -> Expression:
        operands = [self.comparison(0)]
        while self.at("&&"):
            self.take()
            operands.append(self.comparison(0))
        return operands[0] if len(operands) == 1 else Operation("and", tuple(operands))

    def comparison(self, strength: int) -> Expression:
        if strength == len(_COMPARISONS):
            return self.negation()
        left = self.comparison(strength + 1)
        while self.at(*_COMPARISONS[strength]):
            operator = cast(Comparison, self.take().text)
            left = Operation(operator, (left, self.comparison(strength + 1)))
        return left

    def negation(self) -> Expression:
        negations = 0
        while self.at("!"):
            self.take()
            negations += 1
            if self.depth + negations > DEEPEST:
                raise ExpressionError(f"the expression is nested deeper than {DEEPEST}", self.token.offset)
        found = self.item()
        for _ in range(negations):
            found = Operation("not", (found,))
        return found

    # --- operands ------------------------------------------------------------------------------------------------

    def item(self) -> Expression:
        """An operand and what is taken out of it: ``a.b``, ``a['b']``, ``a.*``."""
        start = self.token
        found = self.operand()
        depth = self.depth
        while self.at(".", "["):
            self.depth += 1
            if self.depth > DEEPEST:
                raise ExpressionError(f"the expression is nested deeper than {DEEPEST}", self.token.offset)
            opened = self.take()
            if self.at("*"):
                self.take()
                found = _every(found)
            elif opened.text == ".":
                if self.token.kind != "word":
                    raise ExpressionError(f"{self.token} instead of a name behind the dot", self.token.offset)
                found = _member(found, Constant(self.take().text))
            else:
                found = _member(found, self.either())
            if opened.text == "[":
                self.expect("]", opened)
        self.depth = depth
        named = found
        while isinstance(named, Call) and named.name in ("item", "items") and named.arguments:
            named = named.arguments[0]
        if isinstance(named, Variable) and start.kind == "word":
            self.variables.append(Named(named.name, start.offset))
        return found

    def operand(self) -> Expression:
        token = self.take()
        if token.kind == "number":
            return Constant(_number(token.text))
        if token.kind == "string":
            return Constant(token.text[1:-1].replace("''", "'"))
        if token.kind == "word":
            if self.at("("):
                return self.call(token)
            return Constant(_LITERALS[token.text]) if token.text in _LITERALS else Variable(token.text)
        if token.kind == "sign" and token.text == "(":
            found = self.either()
            self.expect(")", token)
            return found
        raise ExpressionError(f"{token} instead of a value", token.offset)

    def call(self, name: _Token) -> Expression:
        self.functions.append(Named(name.text, name.offset))
        opened = self.take()
        arguments: list[Expression] = []
        if not self.at(")"):
            arguments.append(self.either())
            while self.at(","):
                self.take()
                arguments.append(self.either())
        self.expect(")", opened)
        return Call(name.text, tuple(arguments))


def _member(whole: Expression, key: Expression) -> Expression:
    if isinstance(whole, Variable) and isinstance(key, Constant):
        return Variable(f"{whole.name}.{key.value}")
    return Call("item", (whole, key))


def _every(whole: Expression) -> Expression:
    return Variable(f"{whole.name}.*") if isinstance(whole, Variable) else Call("items", (whole,))


def _number(text: str) -> int | float:
    digits = text.lstrip("+-").lower()
    try:
        value = float(int(digits, 16 if digits[1] == "x" else 8)) if digits[:2] in ("0x", "0o") else float(digits)
    except OverflowError:
        value = float("inf")
    if text.startswith("-"):
        value = -value
    # All numbers are doubles there; those that are whole are shown so.
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
