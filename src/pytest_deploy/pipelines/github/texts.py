"""Text of a workflow with its expressions, read and judged."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.github.contexts import CONTEXTS, FUNCTIONS, WRITTEN_FUNCTIONS, neutral
from pytest_deploy.pipelines.github.expressions import ExpressionError, parse
from pytest_deploy.pipelines.model import Call, Condition, Constant, Expression, Template
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.yaml import Mapping as YamlMapping
from pytest_deploy.syntax.yaml import Node, Scalar, as_scalar, items
from pytest_deploy.tree import Tree

OPEN, CLOSE = "${{", "}}"
_MOST_COMPARED = 20
"""Of so many unknown keys of one mapping the nearest right name is looked for, which takes long."""


@dataclass(slots=True)
class Reading:
    """The reading of one file: what is wrong with it so far, and which variables its expressions name.

    ``spelling`` is as of :func:`~pytest_deploy.pipelines.github.contexts.neutral`. ``within`` are the composite actions that are being
    read, outermost first, so that one that uses itself comes to an end.
    """

    tree: Tree
    path: str
    problems: list[SyntaxProblem] = field(default_factory=list)
    named: list[tuple[str, Place]] = field(default_factory=list)
    spelling: dict[str, str] = field(default_factory=dict)
    within: tuple[str, ...] = ()

    def problem(self, message: str, place: Place) -> None:
        """Note something that is wrong."""
        self.problems.append(SyntaxProblem(message, place))

    def text(self, node: Node | None) -> Text | None:
        """A scalar that is not null, as written."""
        return as_scalar(node)

    def template(self, node: Node | None) -> Template | None:
        """Text with its expressions; ``None`` when the node is no scalar or null."""
        scalar = as_scalar(node)
        return None if scalar is None else self.template_of(scalar)

    def template_of(self, text: Text) -> Template:
        """Text with its expressions; one that cannot be read stays as text."""
        parts: list[str | Expression] = []
        places: list[Place] = []
        for piece, offset, inside in self._pieces(text):
            expression = self.expression(text, piece, offset) if inside else None
            if expression is None:
                parts.append(f"{OPEN}{piece}{CLOSE}" if inside else piece)
            else:
                parts.append(expression)
                places.append(_locate(text, offset - len(OPEN)))
        return Template(text, tuple(parts), tuple(places))

    def templates(self, node: Node | None) -> dict[str, Template]:
        """The scalar values of a mapping, by key; a null one is empty text."""
        found: dict[str, Template] = {}
        for key, value in items(node):
            if isinstance(value, Scalar):
                empty = Text("", value.path, value.line, value.column)
                found[str(key)] = self.template_of(value if value.value is not None else empty)
        return found

    def condition(self, node: Node | None) -> Condition | None:
        """An ``if:``, with or without ``${{ }}``."""
        text = as_scalar(node)
        if text is None or not text.strip():
            return None
        if OPEN not in text:
            expression = self.expression(text, str(text), 0)
            return None if expression is None else Condition(text, expression)
        template = self.template_of(text)
        inside = [part for part in template.parts if not isinstance(part, str)]
        if len(template.parts) == 1 and inside:
            return Condition(text, inside[0])
        # What is left is text with expressions put in: any text that is not empty is true.
        numbers = itertools.count()
        form = "".join(
            part.replace("{", "{{").replace("}", "}}") if isinstance(part, str) else "{" + str(next(numbers)) + "}"
            for part in template.parts
        )
        return Condition(text, Call("format", (Constant(form), *inside)), always_true=any(isinstance(part, str) for part in template.parts))

    def flag(self, node: Node | None) -> bool | Template:
        """``true``, ``false`` or what an expression says; absent is false."""
        scalar = as_scalar(node)
        if scalar is None:
            return False
        if isinstance(scalar.value, bool):
            return scalar.value
        template = self.template_of(scalar)
        if len(template.parts) == 1 and isinstance(template.parts[0], Constant):
            return bool(template.parts[0].value)
        return template if template.constant is None else str(scalar).lower() == "true"

    def expression(self, text: Text, piece: str, offset: int) -> Expression | None:
        """The expression that stands at ``offset`` of ``text``; ``None``, and a problem, when it cannot be read."""
        try:
            parsed = parse(piece)
        except ExpressionError as error:
            # Behind the end of the text there is no place: the last one that holds something is meant.
            self.problem(f"the expression cannot be read: {error.message}", _locate(text, offset + min(error.offset, len(piece.rstrip()))))
            return None
        for function in parsed.functions:
            if function.name.lower() not in FUNCTIONS:
                message = f"expressions have no function {function.name!r}{close_to(function.name, WRITTEN_FUNCTIONS)}"
                self.problem(message, _locate(text, offset + function.offset))
        for variable in parsed.variables:
            place = _locate(text, offset + variable.offset)
            first = variable.name.partition(".")[0]
            if first.lower() not in CONTEXTS:
                self.problem(f"expressions know no {first!r}{close_to(first, CONTEXTS)}", place)
            self.named.append((variable.name, place))
        return neutral(parsed.expression, self.spelling)

    def _pieces(self, text: Text) -> Iterator[tuple[str, int, bool]]:
        """The pieces of text and the insides of its expressions: (piece, offset, is it an expression)."""
        position = 0
        while (start := text.find(OPEN, position)) >= 0:
            if start > position:
                yield text[position:start], position, False
            inside = start + len(OPEN)
            end = _end(text, inside)
            if end < 0:
                self.problem("the expression is not closed: a '${{' without its '}}'", _locate(text, start))
                yield text[start:], start, False
                return
            yield text[inside:end], inside, True
            position = end + len(CLOSE)
        if position < len(text) or not text:
            yield text[position:], position, False


def _end(text: str, position: int) -> int:
    """The offset of the ``}}`` that closes an expression, quotes heeded; -1 when there is none."""
    while True:
        close = text.find(CLOSE, position)
        quote = text.find("'", position)
        if close < 0 or quote < 0 or close < quote:
            return close
        position = text.find("'", quote + 1) + 1
        if position == 0:
            return -1


def _locate(text: Text, offset: int) -> Place:
    """The place of the character at a 0-based offset."""
    before = text[:offset]
    return text.locate(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def close_to(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that asks whether the nearest known name was meant; empty when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_keys(reading: Reading, node: YamlMapping, known: frozenset[str], where: str) -> None:
    """Note every key of a mapping that has no meaning there."""
    for number, key in enumerate(key for key in node if key not in known):
        hint = close_to(str(key), known) if number < _MOST_COMPARED else ""
        reading.problem(f"{where} has no key {str(key)!r}{hint}", key.place)


def spelling(**declared: Node | None) -> dict[str, str]:
    """How the keys of mappings are written, for names whose case does not matter: ``needs.buildapp`` -> ``needs.buildApp``."""
    return {f"{context}.{key}".lower(): f"{context}.{key}" for context, node in declared.items() for key, _ in items(node)}
