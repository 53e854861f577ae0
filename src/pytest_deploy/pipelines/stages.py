"""What lies around a production deploy: the staging deploy before it, the person who approves it, what follows it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.coverage import Coverage, covered, covered_by_job, gates
from pytest_deploy.pipelines.graph import Doing, Node
from pytest_deploy.pipelines.paths import DEPLOYS, ReleasePaths, Way, environment_name
from pytest_deploy.pipelines.simulation import World

BEFORE_PRODUCTION = ("staging", "development")


def staged(way: Way, release: ReleasePaths) -> Coverage:
    """Whether a deploy to an environment before production covers the way."""

    def stages(doing: Doing) -> bool:
        return doing.role in DEPLOYS and release.kind_of(way.graph, doing.node, doing) in BEFORE_PRODUCTION

    if way.doings and all(doing.act.details.get("from") == "staging" for doing in way.doings):
        return Coverage(way.first)  # what runs in staging is promoted as it is
    coverage = covered(way, stages, "a staging deploy", release, hint="deploy")
    if coverage.holds:
        return coverage
    unseen = covered_by_job(way, lambda node: unseen_stage(way, node, release))
    return Coverage(by_job=unseen) if unseen else coverage


def unseen_stage(way: Way, node: Node, release: ReleasePaths) -> bool:
    """Whether a job whose steps are out of sight is, by its names, a deploy to an environment before production."""
    return node.unseen and "deploy" in opaque.hints(node.job) and release.kind_of(way.graph, node) in BEFORE_PRODUCTION


def staging_jobs(way: Way, release: ReleasePaths) -> tuple[Node, ...]:
    """The jobs of the deploys to environments before production that cover the way."""

    def stages(doing: Doing) -> bool:
        return doing.role in DEPLOYS and release.kind_of(way.graph, doing.node, doing) in BEFORE_PRODUCTION

    found = dict.fromkeys(gate.node for gate in gates(way, stages))
    unseen = covered_by_job(way, lambda node: unseen_stage(way, node, release))
    return (*found, *((unseen,) if unseen else ()))


def approved(way: Way, release: ReleasePaths) -> str:
    """How a person approves the way (empty: nobody does): an approval before it, a protected environment, or a start by hand."""
    for node in (way.node, *_callers(way.node)):
        if node.job.approval:
            return f"{node.name} waits for a person"
        if environment_name(node):
            return f"the environment {environment_name(node)}"
    waits = covered_by_job(way, lambda node: node.job.approval or _asks_about_production(node, release))
    if waits:
        return f"{waits.name} comes first"
    if gates(way, lambda doing: doing.role == "approval"):
        return "an approval step comes first"
    origin = way.entry.origin
    if origin.event == "manual":
        return "a person starts it"
    if (origin.event == "release" or origin.tag is not None) and not release.creates_releases:
        return "a person publishes the release"
    return ""


def _asks_about_production(node: Node, release: ReleasePaths) -> bool:
    """Whether an earlier job's environment can hold production back: who approves staging has not approved what comes after it."""
    name = environment_name(node)
    return bool(name) and release.environments.kind(name or "") not in (*BEFORE_PRODUCTION, "review")


def _callers(node: Node) -> Iterator[Node]:
    while node.caller:
        node = node.caller
        yield node


def after(way: Way) -> Iterator[Doing]:
    """What happens after the deploy: later in its job, and in the jobs that come after it."""
    last = way.doings[-1] if way.doings else None
    seen = last is None
    for doing in way.node.doings():
        if seen:
            yield doing
        elif last and doing.act is last.act and doing.leaf is last.leaf:
            seen = True
    for node in way.graph.after(way.node):
        yield from node.doings()


def unseen_after(way: Way) -> tuple[str, ...]:
    """The jobs out of sight in which, or after which, something could follow the deploy."""
    nodes = (way.node, *way.graph.after(way.node))
    return tuple(opaque.shown(node) for node in nodes if node.unseen and not opaque.unrelated(node.job))


def rolls_back(way: Way) -> bool:
    """Whether a failed deploy, or one whose verification failed, is taken back."""
    rollbacks = [doing for doing in (*way.node.doings(), *after(way)) if doing.role == "rollback"]
    if not way.doings:
        world = World(way.graph, failing_jobs=(way.node,))
        return any(world.runs(doing) is not False for doing in rollbacks)
    if not rollbacks:
        return all(doing.role != "deploy" or doing.act.details.get("atomic") == "yes" for doing in way.doings)
    deploys = [doing for doing in way.doings if doing.role == "deploy" and doing.act.details.get("atomic") != "yes"]
    verified = [
        doing
        for doing in after(way)
        if doing.role in ("smoke", "readiness")
        and "same-command" not in doing.act.details
        and not any(doing.act.excludes(one.act) for one in way.doings)
    ]
    return all(_taken_back(way, doing, rollbacks) for doing in deploys) or any(_taken_back(way, doing, rollbacks) for doing in verified)


def _taken_back(way: Way, failing: Doing, rollbacks: list[Doing]) -> bool:
    """Whether a roll-back happens when an act fails: under a condition on failure, or in the branch of the script that is for it."""
    world = World(way.graph, failing=(failing,), trusting=True)
    behind = failing.leaf.acts[failing.leaf.acts.index(failing.act) + 1 :]
    return any(
        doing.act.conditional and doing.act in behind and not doing.act.excludes(failing.act)
        if doing.leaf is failing.leaf
        else world.runs(doing) is not False
        for doing in rollbacks
    )
