"""``on:`` of a workflow: what starts it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.pipelines.github.contexts import EVENTS
from pytest_deploy.pipelines.github.texts import Reading, check_keys, close_to
from pytest_deploy.pipelines.model import Event, Input, Trigger
from pytest_deploy.places import Text
from pytest_deploy.syntax.yaml import Mapping, Node, Scalar, Sequence, as_scalar, at, elements, items, strings

_SAME = {"push", "pull_request", "pull_request_target", "merge_group", "schedule", "release"}
_OTHERS = {
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "member",
    "milestone",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request_comment",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_review_thread",
    "registry_package",
    "status",
    "watch",
}
_STRANGERS = frozenset(
    {
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "issues",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
    }
)
"""Events that anybody can cause, and whose runs have the repository's secrets and a token with its rights."""

_FILTERS = frozenset({"branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "types", "workflows"})
_CALL_KEYS = frozenset({"inputs", "outputs", "secrets"})


def read_triggers(reading: Reading, on: Node | None) -> tuple[Trigger, ...]:
    """The triggers, in the order of the file. A filter with nothing in it is none."""
    if isinstance(on, Mapping):
        return tuple(_trigger(reading, name, node) for name, node in on.items())
    return tuple(_trigger(reading, name, None) for name in strings(on))


def read_inputs(reading: Reading, node: Node | None) -> dict[str, Input]:
    """``inputs:`` of a manual start, of a call or of an action."""
    return {str(name): _input(name, value) for name, value in items(node)}


def _trigger(reading: Reading, name: Scalar, node: Node | None) -> Trigger:
    event = _event(name)
    known = _SAME | _OTHERS | set(EVENTS)
    if str(name) not in known and (near := close_to(str(name), known)):
        # An event that is like none known may be one that is younger than this list.
        reading.problem(f"there is no event {str(name)!r}{near}", name.place)
    if event not in ("manual", "called", "schedule") and isinstance(node, Mapping) and str(name) in known:
        check_keys(reading, node, _FILTERS | ({"names", "versions"} if name == "image_version" else set()), f"the event {str(name)!r}")
    if event == "called" and isinstance(node, Mapping):
        check_keys(reading, node, _CALL_KEYS, f"the event {str(name)!r}")
    return Trigger(
        event,
        name.place,
        branches=_patterns(at(node, "branches")),
        branches_ignore=_patterns(at(node, "branches-ignore")),
        tags=_patterns(at(node, "tags")),
        tags_ignore=_patterns(at(node, "tags-ignore")),
        activities=strings(at(node, "types")),
        inputs=read_inputs(reading, at(node, "inputs")),
        upstream=strings(at(node, "workflows")),
        paths=bool(_patterns(at(node, "paths")) or _patterns(at(node, "paths-ignore"))),
        name=str(name),
        strangers=str(name) in _STRANGERS,
    )


def _event(name: str) -> Event:
    if name in _SAME:
        return name  # type: ignore[return-value]  # the names of these events are the same
    return EVENTS.get(name, "other")  # type: ignore[return-value]  # the values are events


def _patterns(node: Node | None) -> tuple[Text, ...] | None:
    return strings(node) or None


def _input(name: Text, node: Node) -> Input:
    kind = as_scalar(at(node, "type"))
    boolean = kind == "boolean"
    options = tuple(_options(name, node, boolean))
    return Input(
        name,
        default=as_scalar(at(node, "default")),
        options=options,
        required=_true(at(node, "required")),
        boolean=boolean,
        environment=kind == "environment",
    )


def _options(name: Text, node: Node, boolean: bool) -> Iterator[Text]:
    if boolean:
        for word in ("true", "false"):
            yield Text(word, name.path, name.line, name.column)
    else:
        given = at(node, "options")
        for one in elements(given) if isinstance(given, Sequence) else ():
            if (text := as_scalar(one)) is not None:
                yield text


def _true(node: Node | None) -> bool:
    scalar = as_scalar(node)
    return scalar is not None and str(scalar).lower() == "true"
