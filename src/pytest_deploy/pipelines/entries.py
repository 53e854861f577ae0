"""The ways in which a pipeline can start: each trigger as concrete events on concrete refs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_deploy.pipelines.model import Event, Pipeline, Trigger, Value
from pytest_deploy.places import Place

_NAMES = {
    "pull_request": "pull request",
    "pull_request_target": "pull request (target)",
    "merge_group": "merge queue",
    "schedule": "schedule",
    "manual": "manual",
    "release": "release",
    "api": "API call",
    "other": "event",
}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One start of a pipeline: an event on a ref, and what expressions know of it.

    ``text`` is what a person reads (``push main``, ``tag v*``, ``pull request``). ``branch`` is the branch that is pushed (a pattern
    as written; empty: any branch), ``None`` for other events. ``tag`` likewise. ``upstream`` is the start of the pipeline whose end
    starts this one.
    """

    pipeline: Pipeline
    trigger: Trigger
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    branch: str | None = None
    tag: str | None = None
    upstream: Entry | None = None

    @property
    def event(self) -> Event:
        """The event."""
        return self.trigger.event

    @property
    def place(self) -> Place:
        """Where the trigger stands."""
        return self.trigger.place

    @property
    def origin(self) -> Entry:
        """The first start in a row of pipelines that start each other."""
        return self.upstream.origin if self.upstream else self


def entries(pipeline: Pipeline, pipelines: Mapping[str, Pipeline], default_branch: str, above: tuple[str, ...] = ()) -> Iterator[Entry]:
    """All starts of a pipeline, in the order of its triggers. A pipeline that others call has none of its own."""
    for trigger in pipeline.triggers:
        if trigger.event == "push":
            yield from _pushes(pipeline, trigger, default_branch)
        elif trigger.event == "pipeline":
            yield from _after_others(pipeline, trigger, pipelines, default_branch, above)
        elif trigger.event == "called":
            continue
        elif trigger.event in ("pull_request", "pull_request_target"):
            base = _example(trigger.branches[0]) if trigger.branches else default_branch
            values: dict[str, Value] = {
                "event": trigger.event,
                "ref": "refs/pull/1/merge" if trigger.event == "pull_request" else f"refs/heads/{base}",
                "ref_name": "1/merge" if trigger.event == "pull_request" else base,
                "ref_type": "branch",
                "base_ref": base,
                "default_branch": default_branch,
            }
            yield Entry(pipeline, trigger, _NAMES[trigger.event], values)
        elif trigger.event == "release":
            values = {
                "event": "release",
                "ref": "refs/tags/v1.2.3",
                "ref_name": "v1.2.3",
                "ref_type": "tag",
                "default_branch": default_branch,
            }
            if len(trigger.activities) == 1:
                values["action"] = str(trigger.activities[0])
            yield Entry(pipeline, trigger, "release", values)
        elif trigger.event == "manual":
            # A person may choose any ref; what a condition on the ref says is known for the branch that is offered first.
            values = {"event": "manual", **_branch_values(default_branch), "default_branch": default_branch}
            yield Entry(pipeline, trigger, "manual", values)
        elif trigger.event == "merge_group":
            # What waits in the queue has a branch of its own.
            queued = _branch_values(f"gh-readonly-queue/{default_branch}/pr-1")
            values = {"event": "merge_group", **queued, "default_branch": default_branch}
            yield Entry(pipeline, trigger, _NAMES["merge_group"], values)
        else:
            values = {"event": trigger.event, **_branch_values(default_branch), "default_branch": default_branch}
            yield Entry(pipeline, trigger, _NAMES.get(trigger.event, trigger.event), values)


def on_branch(pipeline: Pipeline, branch: str, default_branch: str) -> Iterator[Entry]:
    """The manual start of a pipeline on a branch that is not the default one."""
    for trigger in pipeline.triggers:
        if trigger.event == "manual":
            values: dict[str, Value] = {"event": "manual", **_branch_values(branch), "default_branch": default_branch}
            yield Entry(pipeline, trigger, f"manual on {branch}", values)


def _pushes(pipeline: Pipeline, trigger: Trigger, default_branch: str) -> Iterator[Entry]:
    filters_branches = trigger.branches is not None or trigger.branches_ignore is not None
    filters_tags = trigger.tags is not None or trigger.tags_ignore is not None
    common: dict[str, Value] = {"event": "push", "default_branch": default_branch}
    on_default = Entry(pipeline, trigger, f"push {default_branch}", {**common, **_branch_values(default_branch)}, branch=default_branch)
    on_any = Entry(pipeline, trigger, "push any branch", {**common, **_branch_values("some-branch")}, branch="")
    if filters_branches or not filters_tags:
        ignored = tuple(str(pattern) for pattern in trigger.branches_ignore or ())
        for pattern in (str(branch) for branch in trigger.branches or ("**",)):
            if pattern in ("*", "**"):
                if not any(glob(one, default_branch) for one in ignored):
                    yield on_default
                yield on_any
            elif not pattern.startswith("!"):
                yield Entry(pipeline, trigger, f"push {pattern}", {**common, **_branch_values(_example(pattern))}, branch=pattern)
    if filters_tags or not filters_branches:
        for pattern in (str(one) for one in trigger.tags or ("*",)):
            if pattern.startswith("!"):
                continue
            name = _example(pattern, "v1.2.3")
            yield Entry(pipeline, trigger, f"tag {pattern}", {**common, **_tag_values(name)}, tag=pattern)


def _after_others(
    pipeline: Pipeline, trigger: Trigger, pipelines: Mapping[str, Pipeline], default_branch: str, above: tuple[str, ...]
) -> Iterator[Entry]:
    if pipeline.path in above:
        return
    common: dict[str, Value] = {"event": "pipeline", **_branch_values(default_branch), "default_branch": default_branch}
    names = {str(name) for name in trigger.upstream}
    known = [
        other
        for other in pipelines.values()
        if not other.action and ({str(other.name or other.path), other.path, other.path.rpartition("/")[2]} & names)
    ]
    if not known:
        yield Entry(pipeline, trigger, f"after {', '.join(sorted(names)) or 'another pipeline'}", common)
    told: set[str] = set()
    for other in known:
        for start in entries(other, pipelines, default_branch, (*above, pipeline.path)):
            branch = (
                start.branch if start.branch is not None else (default_branch if start.event in ("manual", "schedule", "api") else None)
            )
            if trigger.branches is not None:
                if not _lets_in(trigger.branches, branch, start):
                    continue
                if start.branch == "":
                    # Of all branches the filter leaves these.
                    pattern = str(trigger.branches[0])
                    text = f"push {pattern}"
                    if f"{other.path} {text}" in told:
                        continue
                    start = replace(start, text=text, branch=pattern, values={**start.values, **_branch_values(_example(pattern))})
            told.add(f"{other.path} {start.text}")
            values = {**common, "upstream.event": start.event, "upstream.name": str(other.name or "")}
            if start.event == "push":
                values["upstream.branch"] = str(start.values.get("ref_name", ""))
            yield Entry(pipeline, trigger, f"{start.text} → {other.name or other.path}", values, start.branch, start.tag, start)


def _lets_in(patterns: tuple[str, ...], branch: str | None, start: Entry) -> bool:
    """Whether a run of the upstream pipeline is on one of these branches. A pull request's is on the branch of its author: that a
    fork may call its own ``main`` is left to the check of what such a run does with a stranger's code."""
    if start.event.startswith("pull_request"):
        return False
    return branch is not None and (branch == "" or any(glob(pattern, branch) for pattern in patterns))


def _branch_values(branch: str) -> dict[str, Value]:
    return {"ref": f"refs/heads/{branch}", "ref_name": branch, "ref_type": "branch"}


def _tag_values(tag: str) -> dict[str, Value]:
    return {"ref": f"refs/tags/{tag}", "ref_name": tag, "ref_type": "tag"}


_SET = re.compile(r"\\\[((?:[^\[\]\\]|\\[^\[\]])+)\\\]")
"""``[0-9]``, escaped."""


def _set(found: re.Match[str]) -> str:
    inside = re.sub(r"(?:\\-)+", "-", found[1])
    return f"[{inside}]"


def glob(pattern: str, name: str) -> bool:
    """Whether a filter pattern (``main``, ``release/**``, ``v[0-9]+``) lets a ref name in."""
    out = re.sub(r"\\\*\\\*|\\\*", lambda found: ".*" if len(found.group()) > 2 else "[^/]*", re.escape(pattern))
    out = _SET.sub(_set, out)
    for escaped, meant in ((r"\-", "-"), (r"\+", "+"), (r"\?", "?")):
        out = out.replace(escaped, meant)
    try:
        return re.fullmatch(out, name) is not None
    except re.error:
        return pattern == name


def _example(pattern: str, whole: str = "some-branch") -> str:
    """A ref name that a pattern lets in."""
    if pattern in ("*", "**"):
        return whole
    text = re.sub(r"\[0-9\]\+?|\[0-9\]\*|\\d\+?", "1", pattern)
    return re.sub(r"\*+", "1.2.3" if text[:1] == "v" else "x", text).replace("?", "")
