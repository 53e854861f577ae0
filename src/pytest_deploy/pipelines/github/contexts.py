"""GitHub's names in expressions, made the neutral ones of the pipeline model.

See <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts>.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from pytest_deploy.pipelines.model import Call, Constant, Expression, Operation, Value, Variable

WRITTEN_FUNCTIONS = {
    "contains": "contains",
    "startsWith": "starts_with",
    "endsWith": "ends_with",
    "format": "format",
    "join": "join",
    "toJSON": "to_json",
    "fromJSON": "from_json",
    "hashFiles": "hash_files",
    "case": "case",
    "success": "success",
    "failure": "failure",
    "cancelled": "cancelled",
    "always": "always",
}
"""Functions as GitHub writes them -> their neutral names."""

FUNCTIONS = {written.lower(): name for written, name in WRITTEN_FUNCTIONS.items()}
"""The same by names in lower case: case does not matter there."""

CONTEXTS = frozenset({"github", "env", "vars", "job", "jobs", "steps", "runner", "secrets", "strategy", "matrix", "needs", "inputs"})
"""What a variable can begin with."""

EVENTS = {"workflow_dispatch": "manual", "repository_dispatch": "api", "workflow_run": "pipeline", "workflow_call": "called"}
"""Events that have another name in the model."""

_NAMES = {
    "github.event_name": "event",
    "github.ref": "ref",
    "github.event.ref": "ref",
    "github.ref_name": "ref_name",
    "github.ref_type": "ref_type",
    "github.base_ref": "base_ref",
    "github.event.pull_request.base.ref": "base_ref",
    "github.head_ref": "head_ref",
    "github.event.pull_request.head.ref": "head_ref",
    "github.event.action": "action",
    "github.event.repository.default_branch": "default_branch",
    "github.actor": "actor",
    "github.repository": "repository",
    "github.event.workflow_run.conclusion": "upstream.conclusion",
    "github.event.workflow_run.head_branch": "upstream.branch",
    "github.event.workflow_run.event": "upstream.event",
    "github.event.pull_request.head.repo.fork": "fork",
    "github.event.workflow_run.head_repository.fork": "fork",
}
_LISTS_OF_NAMES = ("env", "vars", "secrets", "matrix", "inputs")
_OUTSIDE = {
    "github.event.pull_request.head.repo.full_name",
    "github.event.pull_request.head.repo.id",
    "github.event.pull_request.head.repo.owner.login",
    "github.event.pull_request.head.user.login",
    "github.event.workflow_run.head_repository.full_name",
    "github.event.workflow_run.head_repository.owner.login",
}
_HERE = {
    "github.repository",
    "github.repository_id",
    "github.repository_owner",
    "github.event.repository.full_name",
    "github.event.repository.id",
    "github.event.repository.owner.login",
    "github.event.pull_request.base.repo.full_name",
    "github.event.pull_request.base.repo.id",
    "github.event.pull_request.base.repo.owner.login",
    "github.event.pull_request.base.user.login",
}
_EVENT_WORDS = re.compile(rf"\b(?:{'|'.join(EVENTS)})\b", re.IGNORECASE)


def neutral(expression: Expression, spelling: Mapping[str, str]) -> Expression:
    """An expression as parsed, in neutral names.

    ``spelling`` gives the declared writing of jobs, steps and inputs, whose case does not matter there: ``needs.buildapp`` ->
    ``needs.buildApp``.
    """
    if isinstance(expression, Constant):
        return expression
    if isinstance(expression, Variable):
        return Variable(name_of(expression.name, spelling))
    if isinstance(expression, Call):
        return _call(expression, spelling)
    if expression.operator in ("==", "!=") and _is_about_forks(expression):
        fork = Variable("fork")
        return fork if expression.operator == "!=" else Operation("not", (fork,))
    operands = tuple(neutral(operand, spelling) for operand in expression.operands)
    if any(_is_event(operand) for operand in operands):
        operands = tuple(_event_words(operand) for operand in operands)
    return Operation(expression.operator, operands)


def name_of(name: str, spelling: Mapping[str, str]) -> str:
    """The neutral name of a variable."""
    whole = name.lower()
    if whole in _NAMES:
        return _NAMES[whole]
    parts = name.split(".")
    lowered = whole.split(".")
    if lowered[:3] == ["github", "event", "inputs"]:
        parts, lowered = parts[2:], lowered[2:]
    first = lowered[0]
    if first == "jobs":  # a reusable workflow's outputs name its own jobs
        first = "needs"
    if first in ("needs", "steps"):
        # needs.JOB.outputs.NAME: the words between the names are ours
        own = [first, *parts[1:2], *lowered[2:3], *parts[3:]]
    elif first in _LISTS_OF_NAMES:
        own = [first, *parts[1:]]
    elif lowered[:3] == ["github", "event", "client_payload"]:
        own = [*lowered[:3], *parts[3:]]
    else:
        own = lowered
    declared = spelling.get(".".join(own[:2]).lower())
    return ".".join([declared, *own[2:]] if declared else own)


def literal_json(expression: Expression) -> object | None:
    """What ``fromJSON('…')`` of a literal gives; ``None`` for anything else (a literal ``null`` too)."""
    match expression:
        case Call("from_json", (Constant(str() as text),)):
            try:
                return json.loads(text)  # type: ignore[no-any-return]  # JSON is of any type
            except (ValueError, RecursionError):
                return None
    return None


def _call(call: Call, spelling: Mapping[str, str]) -> Expression:
    name = FUNCTIONS.get(call.name.lower(), call.name)
    arguments = tuple(neutral(argument, spelling) for argument in call.arguments)
    if name == "contains" and len(arguments) == 2:
        choices = literal_json(arguments[0])
        if isinstance(choices, list) and all(one is None or isinstance(one, (str, int, float)) for one in choices):
            return _one_of(arguments[1], choices)
    if any(_is_event(argument) for argument in arguments):
        arguments = tuple(_event_words(argument) for argument in arguments)
    return Call(name, arguments)


def _one_of(value: Expression, choices: list[Value]) -> Expression:
    """``contains(fromJSON('["a", "b"]'), value)`` says that the value equals one of them."""
    constants: Iterator[Expression] = (Constant(one) for one in choices)
    if _is_event(value):
        constants = (_event_words(one) for one in constants)
    equal = tuple(Operation("==", (value, one)) for one in constants)
    if len(equal) == 1:
        return equal[0]
    return Operation("or", equal) if equal else Constant(False)


def _is_event(expression: Expression) -> bool:
    return isinstance(expression, Variable) and expression.name in ("event", "upstream.event")


def _event_words(expression: Expression) -> Expression:
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return Constant(_EVENT_WORDS.sub(lambda match: EVENTS[match[0].lower()], expression.value))
    return expression


def _is_about_forks(comparison: Operation) -> bool:
    """Whether the repository of the change is compared with this one (by a context, or by its name)."""
    sides = [operand.name.lower() if isinstance(operand, Variable) else "" for operand in comparison.operands]
    for this, other, operand in ((sides[0], sides[1], comparison.operands[1]), (sides[1], sides[0], comparison.operands[0])):
        named = isinstance(operand, Constant) and isinstance(operand.value, str) and "/" in operand.value
        if this in _OUTSIDE and (other in _HERE or named):
            return True
    return False
