"""Plays a run through, to learn what still happens when one step fails or one job is skipped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.pipelines.binding import is_on
from pytest_deploy.pipelines.graph import Doing, Graph, Leaf, Node
from pytest_deploy.pipelines.model import Condition, Value, calls, variables
from pytest_deploy.pipelines.scope import Scope

Status = Literal["success", "failure", "skipped", "unknown"]
"""How a job ends. ``unknown``: it succeeds or is skipped, which only the run will tell."""

_EXITS = re.compile(r"\b(?:exit|return)\s+(?:[1-9]|\$)|\bsetFailed\b|::error|\bfalse\b|\bfail\b")


@dataclass(slots=True, eq=False)
class World:
    """One play of a run: everything succeeds that can run, but for ``failing`` (these acts fail) and ``skipping`` (these jobs do not
    run).

    ``trusting`` takes the failures of acts at their word, though the step itself lets them pass (for asking where an act stands, not
    whether it can fail). What conditions leave open is ``None``.
    """

    graph: Graph
    failing: tuple[Doing, ...] = ()
    skipping: tuple[Node, ...] = ()
    failing_jobs: tuple[Node, ...] = ()
    """Jobs that fail as a whole, such as ones whose steps are out of sight."""
    trusting: bool = False
    target: Node | None = None
    """Play only what comes before this job, and the job."""
    status: dict[Node, Status] = field(default_factory=dict)
    _runs: dict[Node, bool | None] = field(default_factory=dict)
    _leaves: dict[Leaf, bool | None] = field(default_factory=dict)
    _relevant: set[Node] | None = None

    def __post_init__(self) -> None:
        relevant: set[Node] | None = None
        if self.target:
            relevant = {self.target, *self.target.before}
            outer = self.target.caller
            while outer:
                relevant.add(outer)
                outer = outer.caller
        self._relevant = relevant
        for node in self.graph.nodes:
            if node.caller is None and (relevant is None or node in relevant):
                self._play(node)

    def runs(self, doing: Doing) -> bool | None:
        """Whether an act happens."""
        ran = self._leaves.get(doing.leaf, False)
        if ran is False or not self._reached(doing):
            return False
        return ran

    def node_runs(self, node: Node) -> bool | None:
        """Whether a job starts."""
        return self._runs.get(node, False)

    def _reached(self, doing: Doing) -> bool:
        """Whether the acts before it in the same script let it happen."""
        for act in doing.leaf.acts:
            if act is doing.act:
                return True
            if any(act is other.act and other.leaf is doing.leaf for other in self.failing) and (self.trusting or not act.swallowed):
                return False
        return True

    # --- jobs ------------------------------------------------------------------------------------------------------

    def _play(self, node: Node) -> None:
        known = self._values(node)
        ran = False if node in self.skipping else self._starts(node, known)
        self._runs[node] = ran
        if ran is False:
            self.status[node] = "skipped"
            self._skip(node)
            return
        if node.inner:
            called = [inner for inner in node.inner if inner.caller is node and (self._relevant is None or inner in self._relevant)]
            for inner in called:
                self._play(inner)
            own = [self.status[inner] for inner in called]
            ended: Status = "failure" if "failure" in own else ("skipped" if all(one == "skipped" for one in own) else "success")
        else:
            ended = "success" if self._steps(node, ran, known) and node not in self.failing_jobs else "failure"
        if ended == "failure" and is_on(node.job.continue_on_error, node.scope):
            ended = "success"
        self.status[node] = "unknown" if ended == "success" and ran is None else ended

    def _skip(self, node: Node) -> None:
        for inner in node.inner:
            self._runs[inner] = False
            self.status[inner] = "skipped"

    def _starts(self, node: Node, values: dict[str, Value]) -> bool | None:
        condition = node.job.condition
        if condition is None:
            known = values.get("success()")
            return known if isinstance(known, bool) else None
        return holds(condition, Scope({**node.scope.values, **values}), values.get("success()"))

    def _values(self, node: Node) -> dict[str, Value]:
        """What a job's condition may ask of the jobs before it."""
        before = [self.status.get(other, "skipped") for other in node.level]
        values: dict[str, Value] = {"always()": True, "cancelled()": False, "failure()": "failure" in before}
        if any(one in ("failure", "skipped") for one in before):
            values["success()"] = False
        elif "unknown" not in before:
            values["success()"] = True
        for name, nodes in node.needs.items():
            ends = [self.status.get(other, "skipped") for other in nodes]
            result = _together(ends)
            if result != "unknown":
                values[f"needs.{name}.result"] = result
            if result in ("failure", "skipped"):
                # A job that did not end well hands nothing on.
                for output in {output for other in nodes for output in other.job.outputs} | _asked(node.job.condition, name):
                    values[f"needs.{name}.outputs.{output}"] = ""
        if node.needs:
            # ``needs.*.result`` of all direct needs: the systems search it for a word.
            ends = [_together([self.status.get(other, "skipped") for other in nodes]) for nodes in node.needs.values()]
            if "unknown" not in ends:
                values["needs.*.result"] = ",".join(ends)
        if node.upstream:
            ends = [self.status.get(other, "skipped") for other in node.upstream]
            values["upstream.conclusion"] = "failure" if "failure" in ends else "success"
        return values

    # --- steps -----------------------------------------------------------------------------------------------------

    def _steps(self, node: Node, ran: bool | None, known: dict[str, Value]) -> bool:
        """Play the steps of a job, where ``known`` is what conditions may ask of the jobs before it; whether it ends well."""
        fine = True
        outcomes: dict[str, Value] = {}
        judging = _judges_needs(node)
        for leaf in node.leaves:
            values: dict[str, Value] = {}
            if leaf.conditions or leaf.asks:
                values = {
                    **known,
                    **outcomes,
                    "success()": fine,
                    "failure()": not fine,
                    "job.status": "success" if fine else "failure",
                }
            runs: bool | None = fine
            if leaf.conditions:
                scope = Scope({**leaf.scope.values, **values})
                each = [holds(condition, scope, fine) for condition in leaf.conditions]
                runs = False if False in each else (None if None in each else True)
            self._leaves[leaf] = None if runs and ran is None else runs
            failed = runs is not False and any(other.leaf is leaf and (self.trusting or not other.act.swallowed) for other in self.failing)
            if runs is not False and not failed and self._reacts(leaf, values, judging):
                failed = True
            if leaf.own.id and runs is not False:
                outcomes[f"steps.{leaf.own.id}.outcome"] = "failure" if failed else "success"
                passes = leaf.continues_on_error and not self.trusting
                outcomes[f"steps.{leaf.own.id}.conclusion"] = "failure" if failed and not passes else "success"
            elif leaf.own.id:
                outcomes[f"steps.{leaf.own.id}.outcome"] = outcomes[f"steps.{leaf.own.id}.conclusion"] = "skipped"
            if failed and (self.trusting or not leaf.continues_on_error):
                fine = False
        return fine

    def _reacts(self, leaf: Leaf, values: dict[str, Value], judging: bool) -> bool:
        """Whether a step is there to fail after something else has: it looks at a result that is a failure, and exits."""
        bad = any(name.endswith((".outcome", ".result")) and values.get(name) in ("failure", "skipped") for name in leaf.asks)
        whole = judging and bool(leaf.asks & {"needs", "needs.*", "needs.*.result"})
        if whole:
            ends = [str(value) for name, value in values.items() if name.endswith(".result")]
            bad = bad or any("failure" in end or "skipped" in end for end in ends)
        if not bad:
            return False
        if leaf.step.script:
            return _EXITS.search(leaf.step.script.text) is not None
        return whole


def _together(ends: list[Status]) -> Status:
    """The result of a job that ran in several rows."""
    order: tuple[Status, ...] = ("failure", "unknown", "skipped")
    for one in order:
        if one in ends:
            return one
    return "success" if ends else "skipped"


def _asked(condition: Condition | None, name: str) -> set[str]:
    """The outputs of a need that a condition asks for."""
    start = f"needs.{name}.outputs."
    return {one[len(start) :] for one in variables(condition.expression) if one.startswith(start)} if condition else set()


def _judges_needs(node: Node) -> bool:
    """Whether a job runs whatever happened before, in order to judge it."""
    condition = node.job.condition
    return condition is not None and bool({"always", "cancelled", "failure", "success"} & set(calls(condition.expression)))


def holds(condition: Condition, scope: Scope, success: Value | None) -> bool | None:
    """Whether a condition holds. One that asks for no status holds only if all before it went well (``success``; ``None``: unknown)."""
    if condition.always_true:
        value: bool | None = True
    else:
        value = scope.truth(condition.expression)
    if {"success", "failure", "always", "cancelled"} & set(calls(condition.expression)):
        return value
    if value is False or success is False:
        return False
    return None if value is None or success is None else True


def any_runs(world: World, doings: Iterable[Doing]) -> bool:
    """Whether any of these acts may happen."""
    return any(world.runs(doing) is not False for doing in doings)


def fails_its_job(doing: Doing) -> bool:
    """Whether the failure of an act fails its job, be it through a later step that looks at the outcome."""
    world = World(Graph.of((doing.node,)), failing=(doing,))
    return world.status[doing.node] == "failure"
