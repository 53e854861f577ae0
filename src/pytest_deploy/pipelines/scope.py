"""What is known when a step runs: values of variables, and expressions worked out from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

from pytest_deploy.pipelines.model import Call, Constant, Expression, Operation, Template, Value, Variable


@final
class Unknown:
    """A value that only the run itself will tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Scope:
    """``values`` are the known variables of expressions by neutral name (``inputs.env`` -> ``production``, ``event`` -> ``push``); a
    name that
    is missing is unknown. ``variables`` are the environment variables that a script sees, already rendered."""

    values: Mapping[str, Value] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    self_hosted: bool = False
    """Whether the job runs on a machine of the house's own: what it starts there stays up (``docker compose up -d`` deploys)."""

    def render(self, template: Template) -> str:
        """The text with every known expression put in; an unknown one stays as ``${{ name }}``."""
        out = []
        for part in template.parts:
            if isinstance(part, str):
                out.append(part)
            else:
                value = self.evaluate(part)
                if isinstance(part, Variable) and part.name == "event":
                    # Scripts compare it with the system's own word.
                    value = self.values.get("event.written", value)
                out.append(self._shown(part) if isinstance(value, Unknown) else as_text(value))
        return "".join(out)

    def evaluate(self, expression: Expression) -> Value | Unknown:
        """The value of an expression, or ``UNKNOWN``."""
        if isinstance(expression, Constant):
            return expression.value
        if isinstance(expression, Variable):
            return self.values.get(expression.name, UNKNOWN)
        if isinstance(expression, Call):
            return self._call(expression)
        return self._operation(expression)

    def _shown(self, expression: Expression) -> str:
        """An unknown expression in a text, as far as it is known."""
        left = self.left_of(expression)
        if not isinstance(left, Call) or not _says_something(left):
            return "${{ " + show(left) + " }}"
        form, *arguments = (self.evaluate(argument) for argument in left.arguments)
        text = str(form)
        for index, value in enumerate(arguments):
            put = "${{ " + show(left.arguments[index + 1]) + " }}" if isinstance(value, Unknown) else as_text(value)
            text = text.replace("{" + str(index) + "}", put)
        return text

    def left_of(self, expression: Expression) -> Expression:
        """What is left of an unknown expression once the choices that are known are taken out: ``event == 'push' && a || b`` is
        ``a`` or ``b``."""
        if not isinstance(expression, Operation) or expression.operator not in ("and", "or"):
            return expression
        decides = expression.operator == "or"
        left: list[Expression] = []
        for operand in expression.operands:
            value = self.evaluate(operand)
            if isinstance(value, Unknown):
                left.append(self.left_of(operand))
                if decides and _says_something(left[-1]):
                    break  # some text, whatever its unknown parts are: it is chosen
            elif bool(value) is decides or operand is expression.operands[-1]:
                left.append(operand)
                break
        return left[0] if len(left) == 1 else Operation(expression.operator, tuple(left))

    def truth(self, expression: Expression) -> bool | None:
        """Whether an expression holds; ``None`` when only the run will tell."""
        value = self.evaluate(expression)
        return None if isinstance(value, Unknown) else bool(value)

    def _call(self, call: Call) -> Value | Unknown:
        arguments = [self.evaluate(argument) for argument in call.arguments]
        known = [as_text(argument) for argument in arguments if not isinstance(argument, Unknown)]
        if len(known) != len(arguments):
            return UNKNOWN
        match call.name, known:
            case "contains", [whole, part]:
                return part.lower() in whole.lower()
            case "starts_with", [whole, part]:
                return whole.lower().startswith(part.lower())
            case "ends_with", [whole, part]:
                return whole.lower().endswith(part.lower())
            case "format", [form, *rest]:
                for index, text in enumerate(rest):
                    form = form.replace("{" + str(index) + "}", text)
                return form
        return self.values.get(f"{call.name}()", UNKNOWN)

    def _operation(self, operation: Operation) -> Value | Unknown:
        values = [self.evaluate(operand) for operand in operation.operands]
        match operation.operator:
            case "and" | "or":
                # As in the languages of the CI systems: the value of the operand that decides, not true or false.
                decides = operation.operator == "or"
                unknown = False
                for value in values:
                    if isinstance(value, Unknown):
                        unknown = True
                    elif bool(value) is decides:
                        return UNKNOWN if unknown and decides else value
                return UNKNOWN if unknown else values[-1]
            case "not":
                return UNKNOWN if isinstance(values[0], Unknown) else not values[0]
        left, right = values
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return UNKNOWN
        return _compare(operation.operator, left, right)


def _says_something(expression: Expression) -> bool:
    """Whether it is a text with unknown parts in it: ``format('pr-{0}', number)``."""
    if not isinstance(expression, Call) or expression.name != "format":
        return False
    form = next(iter(expression.arguments), None)
    return isinstance(form, Constant) and bool(re.sub(r"\{\d+\}", "", str(form.value)).strip())


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator in ("==", "!="):
        same = left.lower() == right.lower() if isinstance(left, str) and isinstance(right, str) else _number(left) == _number(right)
        return same is (operator == "==")
    one, other = _number(left), _number(right)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator]


def _number(value: Value) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return float("nan")


def as_text(value: Value) -> str:
    """A value as it stands in text: ``true`` and ``false``, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def show(expression: Expression) -> str:
    """An expression as a person would write it, in neutral names."""
    if isinstance(expression, Constant):
        return _constant(expression.value)
    if isinstance(expression, Variable):
        return expression.name
    if isinstance(expression, Call):
        return f"{expression.name}({', '.join(show(argument) for argument in expression.arguments)})"
    if expression.operator == "not":
        return f"!{_operand(expression.operands[0], expression)}"
    sign = {"and": "&&", "or": "||"}.get(expression.operator, expression.operator)
    return f" {sign} ".join(_operand(operand, expression) for operand in expression.operands)


_STRENGTH = {"or": 0, "and": 1, "not": 3}


def _operand(expression: Expression, within: Operation) -> str:
    """An operand, in parentheses where it needs them."""
    if not isinstance(expression, Operation) or expression.operator == "not":
        return show(expression)
    weaker = _STRENGTH.get(expression.operator, 2) <= _STRENGTH.get(within.operator, 2)
    return f"({show(expression)})" if weaker else show(expression)


def _constant(value: Value) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None:
        return "null"
    if isinstance(value, float):
        special = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
        return special.get(repr(value), repr(value))
    return as_text(value)
