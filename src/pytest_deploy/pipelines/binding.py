"""Values that are bound to names as a run goes on: inputs, environment variables, outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_deploy.pipelines.model import Pipeline, Template, Value, Variable
from pytest_deploy.pipelines.scope import Scope, Unknown, as_text

_OF_THE_RUN = (["github.sha"], ["github.run_id"], ["github.run_number"])
"""Names whose values are numbers and hashes of the run."""


def bound_inputs(called: Pipeline | None, given: Mapping[str, Template], scope: Scope) -> dict[str, Value]:
    """The inputs of a called pipeline or action, as known values: those given, else their defaults."""
    values: dict[str, Value] = {}
    declared = {
        name: one for trigger in (called.triggers if called else ()) if trigger.event == "called" for name, one in trigger.inputs.items()
    }
    for name, one in declared.items():
        if name not in given and (one.default is not None or not one.required):
            values[f"inputs.{name}"] = _typed(str(one.default) if one.default is not None else "", one.boolean)
    for name, template in given.items():
        value = value_of(template, scope)
        if not isinstance(value, Unknown):
            values[f"inputs.{name}"] = _typed(value, name in declared and declared[name].boolean)
        elif [part.name if isinstance(part, Variable) else "" for part in template.parts if part != ""] in _OF_THE_RUN:
            # Not known, but no word that anybody chooses either.
            values[f"inputs.{name}"] = scope.render(template)
    return values


def _typed(value: Value, boolean: bool) -> Value:
    if boolean and not isinstance(value, bool):
        return as_text(value).lower() == "true"
    return value


def value_of(template: Template, scope: Scope) -> Value | Unknown:
    """The value of a template: of its only expression, or its text; ``UNKNOWN`` where a part of it is."""
    parts = [part for part in template.parts if part != ""]
    if len(parts) == 1 and not isinstance(parts[0], str):
        return scope.evaluate(parts[0])
    text = []
    for part in parts:
        value = part if isinstance(part, str) else scope.evaluate(part)
        if isinstance(value, Unknown):
            return value
        text.append(as_text(value))
    return "".join(text)


def with_variables(scope: Scope, *tables: Mapping[str, Template]) -> Scope:
    """The scope with environment variables set, as scripts (``$NAME``) and expressions (``env.NAME``) see them."""
    if not any(tables):
        return scope
    values, variables = dict(scope.values), dict(scope.variables)
    for table in tables:
        for name, template in table.items():
            now = Scope(values, variables)
            value = value_of(template, now)
            variables[name] = now.render(template)
            if isinstance(value, Unknown):
                values.pop(f"env.{name}", None)
            else:
                values[f"env.{name}"] = value
    return replace(scope, values=values, variables=variables)


def is_on(flag: bool | Template, scope: Scope) -> bool:
    """Whether a flag that may be an expression is certainly on."""
    if isinstance(flag, bool):
        return flag
    value = value_of(flag, scope)
    return not isinstance(value, Unknown) and as_text(value).lower() == "true"


def with_changes(scope: Scope, before: Scope, after: Scope) -> Scope:
    """The scope with the environment variables that the steps of an action have set or made unknown."""
    values, variables = dict(scope.values), dict(scope.variables)
    for name in {*before.variables, *after.variables}:
        if before.variables.get(name) != after.variables.get(name):
            values.pop(f"env.{name}", None)
            variables.pop(name, None)
            if name in after.variables:
                variables[name] = after.variables[name]
            if f"env.{name}" in after.values:
                values[f"env.{name}"] = after.values[f"env.{name}"]
    return replace(scope, values=values, variables=variables)


def worked_out(outputs: Mapping[str, Template], scope: Scope) -> Mapping[str, Value]:
    """The values of outputs, those that are known."""
    values = {str(name): value_of(template, scope) for name, template in outputs.items()}
    return {name: value for name, value in values.items() if not isinstance(value, Unknown)}
