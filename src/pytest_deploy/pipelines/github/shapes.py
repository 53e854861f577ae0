"""Whether each part of a workflow or action is a mapping, a list or plain text where GitHub wants one.

<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>. What is null or wholly an expression is left to
those who read it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.syntax.yaml import Mapping as YamlMapping
from pytest_deploy.syntax.yaml import Node, Scalar, Sequence, as_mapping, at, elements, items

Shapes = Mapping[str, str]
"""Key -> the forms that its value may have: ``m`` (a mapping), ``l`` (a list), ``t`` (text)."""

_WORDS = {"m": "a mapping", "l": "a list", "t": "text"}

_EVERYWHERE: Shapes = {"name": "t", "env": "m", "permissions": "mt", "defaults": "m", "concurrency": "mt", "outputs": "m"}
_WORKFLOW: Shapes = {**_EVERYWHERE, "run-name": "t", "on": "mlt", "jobs": "m"}
_JOB: Shapes = {
    **_EVERYWHERE,
    "if": "t",
    "needs": "lt",
    "runs-on": "mlt",
    "environment": "mt",
    "strategy": "m",
    "steps": "l",
    "container": "mt",
    "services": "m",
    "uses": "t",
    "with": "m",
    "secrets": "mt",
    "timeout-minutes": "t",
    "continue-on-error": "t",
}
_STEP: Shapes = {
    "id": "t",
    "name": "t",
    "if": "t",
    "run": "t",
    "uses": "t",
    "with": "m",
    "env": "m",
    "shell": "t",
    "working-directory": "t",
    "timeout-minutes": "t",
    "continue-on-error": "t",
    "parallel": "l",
}
_ACTION: Shapes = {"name": "t", "description": "t", "inputs": "m", "outputs": "m", "runs": "m"}


def of_workflow(root: Node | None) -> Iterator[SyntaxProblem]:
    """What has the wrong form in a workflow."""
    workflow = as_mapping(root)
    yield from _check(workflow, _WORKFLOW, "a workflow")
    yield from _permissions(workflow)
    yield from _check(as_mapping(at(workflow, "defaults")), {"run": "m"}, "the defaults")
    yield from _events(at(workflow, "on"))
    for name, node in items(at(workflow, "jobs")):
        job, where = as_mapping(node), f"job {str(name)!r}"
        yield from _check(job, _JOB, where)
        yield from _permissions(job)
        yield from _check(as_mapping(at(job, "defaults")), {"run": "m"}, f"the defaults of {where}")
        yield from _check(as_mapping(at(job, "strategy")), {"matrix": "m"}, f"the strategy of {where}")
        yield from _texts(at(job, "needs"), f"the needs of {where}")
        yield from _steps(at(job, "steps"), where)


def of_action(root: Node | None) -> Iterator[SyntaxProblem]:
    """What has the wrong form in a composite action."""
    action = as_mapping(root)
    yield from _check(action, _ACTION, "an action")
    yield from _check(as_mapping(at(action, "runs")), {"using": "t", "steps": "l"}, "'runs' of an action")
    yield from _steps(at(action, "runs", "steps"), "the action")


def _events(on: Node | None) -> Iterator[SyntaxProblem]:
    if isinstance(on, Scalar) and isinstance(on.value, int | float):  # a boolean among them
        yield SyntaxProblem(f"'on' of a workflow names events, not {str(on)!r}", on.place)
    yield from _texts(on, "'on' of a workflow")
    for name, node in items(on):
        yield from _one(name, node, "l" if name == "schedule" else "m", "the events")


def _permissions(holder: YamlMapping | None) -> Iterator[SyntaxProblem]:
    node = at(holder, "permissions")
    if isinstance(node, Scalar) and node.value is not None and node not in ("read-all", "write-all") and "${{" not in node:
        yield SyntaxProblem(f"permissions are a mapping, 'read-all' or 'write-all', not {str(node)!r}", node.place)


def _steps(node: Node | None, where: str) -> Iterator[SyntaxProblem]:
    for one in elements(node):
        step = as_mapping(one)
        yield from _check(step, _STEP, f"a step of {where}")
        yield from _steps(at(step, "parallel"), where)


def _texts(node: Node | None, where: str) -> Iterator[SyntaxProblem]:
    for one in elements(node):
        if not isinstance(one, Scalar):
            yield SyntaxProblem(f"{where}: each element is text, not {_form(one)}", one.place)


def _check(node: YamlMapping | None, shapes: Shapes, where: str) -> Iterator[SyntaxProblem]:
    for name, value in items(node):
        if name in shapes:
            yield from _one(name, value, shapes[name], where)


def _one(name: Scalar, value: Node, wanted: str, where: str) -> Iterator[SyntaxProblem]:
    if isinstance(value, Scalar) and (value.value is None or "${{" in value):
        return
    form = "m" if isinstance(value, YamlMapping) else "l" if isinstance(value, Sequence) else "t"
    if form not in wanted:
        words = " or ".join(_WORDS[one] for one in wanted)
        yield SyntaxProblem(f"{str(name)!r} of {where} is {words}, not {_form(value)}", name.place)


def _form(node: Node) -> str:
    return "a mapping" if isinstance(node, YamlMapping) else "a list" if isinstance(node, Sequence) else f"the text {str(node)[:40]!r}"
