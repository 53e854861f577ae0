"""What the checks that ask whether the pipeline runs something at all share."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.roles import Role
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_GATES: frozenset[Role] = frozenset({"tests", "lint", "typecheck", "security-scan"})
ON_CHANGE: frozenset[str] = frozenset({"push", "pull_request", "pull_request_target", "merge_group"})


def runs(repository: Repository, role: Role, what: str, hint: str, *, scheduled: bool = False) -> Iterator[Finding]:
    """Nothing when some job that runs on pushes or pull requests (or, if it may be ``scheduled``, on a schedule) does ``what``; else a
    finding.

    Raises ``Unverified`` where nothing in sight does it and something out of sight could.
    """
    events = ON_CHANGE | ({"schedule"} if scheduled else set())
    unseen: dict[str, None] = {}
    otherwise: dict[str, None] = {}
    for graph in repository.release.graphs:
        fits = graph.entry.origin.event in events
        world = repository.release.world(graph)
        for node in graph.own:
            if any(doing.role == role and world.runs(doing) is not False for doing in node.doings()):
                if fits:
                    return
                otherwise[f"{graph.entry.pipeline.path} ({graph.entry.text})"] = None
            if fits and node.unseen and opaque.could(node.job, role) and world.node_runs(node) is not False:
                unseen[opaque.shown(node)] = None
        if fits and graph.entry.pipeline.unseen:
            unseen.update((f"{used.text} ({used.text.place})", None) for used in graph.entry.pipeline.unseen)
    unread = repository.unread_pipelines
    if unseen:
        named = ", ".join(list(unseen)[:3])
        raise Unverified(f"nothing in sight {what}; {named} cannot be seen and could; `[tool.pytest-deploy.roles]` can say so")
    if unread:
        raise Unverified(f"{unread[0]} is a pipeline of a system that is not read yet")
    first = _main(repository, events)
    message = f"no job that runs on pushes or pull requests {what}"
    if otherwise:
        message += f"; only {', '.join(list(otherwise)[:3])} does"
    yield Finding(message if first else f"no pipeline {what}: the repository has none", Place(first or "checklist"), hint)


def _main(repository: Repository, events: frozenset[str]) -> str:
    """The pipeline in which one would look for a gate: of those that run on a change the one with most of them."""
    counts = {path: 0 for path, pipeline in repository.pipelines.items() if not pipeline.action}
    for graph in repository.release.graphs:
        gates = sum(doing.role in _GATES for node in graph.own for doing in node.doings())
        if graph.entry.origin.event in events:
            counts[graph.entry.pipeline.path] = max(counts[graph.entry.pipeline.path], gates + 1)
    return max(counts, key=lambda path: counts[path], default="")
