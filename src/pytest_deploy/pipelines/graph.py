"""One run of a pipeline as a graph of jobs: pipelines that it calls and those whose end starts it laid out in full."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_deploy.pipelines.binding import bound_inputs, is_on, with_changes, with_variables, worked_out
from pytest_deploy.pipelines.classification.handed import Handed
from pytest_deploy.pipelines.clusters import without_own_clusters, without_own_stacks
from pytest_deploy.pipelines.entries import Entry
from pytest_deploy.pipelines.model import Condition, Job, Pipeline, Step, Trigger, Value, variables
from pytest_deploy.pipelines.roles import Act, Role
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.places import Place

_DEEPEST = 6
_MOST_ROWS = 24
ActsOf = Callable[[Step, Scope], tuple[Act, ...]]
HandsOn = Callable[[Step, Scope], tuple[Handed, ...]]


@dataclass(frozen=True, eq=False)  # no slots: what is worked out is kept
class Leaf:
    """A step that does something itself. ``chain`` leads to it from the job's own step down through composite actions."""

    chain: tuple[Step, ...]
    scope: Scope
    acts: tuple[Act, ...]

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.chain[-1]

    @property
    def own(self) -> Step:
        """The job's own step, in the job's file."""
        return self.chain[0]

    @functools.cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """All that must hold for it to run."""
        return tuple(step.condition for step in self.chain if step.condition)

    @functools.cached_property
    def asks(self) -> frozenset[str]:
        """The names of all variables in its conditions, script, parameters and environment."""
        asked = {name for condition in self.conditions for name in variables(condition.expression)}
        templates = [self.step.script.template] if self.step.script else []
        templates += [*self.step.parameters.values(), *(value for step in self.chain for value in step.environment.values())]
        for template in templates:
            for part in template.parts:
                if not isinstance(part, str):
                    asked.update(variables(part))
        return frozenset(asked)

    @functools.cached_property
    def runs_in_the_end(self) -> bool:
        """Whether it certainly runs when all before it went well."""
        return all(self.when_all_went_well)

    @functools.cached_property
    def when_all_went_well(self) -> tuple[bool | None, ...]:
        """Which of its conditions hold when all before it went well (``None``: only the run will tell)."""
        ended = {"success()": True, "always()": True, "failure()": False, "cancelled()": False}
        fine = replace(self.scope, values={**self.scope.values, **ended})
        return tuple(True if one.always_true else fine.truth(one.expression) for one in self.conditions)

    @functools.cached_property
    def continues_on_error(self) -> bool:
        """Whether its failure is let pass by the step itself."""
        return any(is_on(step.continue_on_error, self.scope) for step in self.chain)


@dataclass(frozen=True, slots=True, eq=False)
class Doing:
    """One act in one job of a run."""

    node: Node
    leaf: Leaf
    act: Act

    @property
    def role(self) -> Role:
        """What it does."""
        return self.act.role

    @property
    def pipeline(self) -> Pipeline:
        """The file that holds the job."""
        return self.node.pipeline

    @property
    def job(self) -> Job:
        """Its job."""
        return self.node.job


@dataclass(eq=False)  # no slots: what is worked out is kept
class Node:
    """A job in a run.

    ``needs`` maps the names in the job's ``needs`` to what stands behind them (several for a matrix). ``caller`` is the job that calls
    the pipeline it belongs to. A job that calls a pipeline has ``inner`` (that pipeline's jobs) and no leaves. ``upstream`` is the run
    that must end before this one starts.
    """

    pipeline: Pipeline
    job: Job
    scope: Scope
    leaves: tuple[Leaf, ...] = ()
    needs: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    after: tuple[Node, ...] = ()
    """Jobs that come first without being named: the rows before this one in a sequential matrix."""
    caller: Node | None = None
    inner: tuple[Node, ...] = ()
    upstream: tuple[Node, ...] = ()
    row: str = ""
    outputs: Mapping[str, Value] = field(default_factory=dict)
    """What it hands on to the jobs that need it, as far as that is known."""

    @property
    def name(self) -> str:
        """What a person calls it: its id, with its matrix row."""
        return f"{self.job.id} ({self.row})" if self.row else str(self.job.id)

    @property
    def top(self) -> Node:
        """The job of the file with the triggers that leads to this one."""
        return self.caller.top if self.caller else self

    @property
    def place(self) -> Place:
        """Where the job stands."""
        return self.job.place

    @property
    def unseen(self) -> bool:
        """Whether something that it does is out of sight, and nothing is known of what that is."""
        acts = [act for leaf in self.leaves for act in leaf.acts]
        return any(act.role == "unseen" for act in acts) or (self.job.opaque is not None and not acts)

    @property
    def direct(self) -> tuple[Node, ...]:
        """The jobs that it waits for itself."""
        return (*(node for nodes in self.needs.values() for node in nodes), *self.after)

    def doings(self) -> Iterator[Doing]:
        """What it does, in order."""
        for leaf in self.leaves:
            for act in leaf.acts:
                yield Doing(self, leaf, act)

    @functools.cached_property
    def level(self) -> Mapping[Node, None]:
        """All jobs of its own pipeline that come before it, directly or not. To be asked once the run is laid out."""
        found: dict[Node, None] = {}
        waiting = list(self.direct)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = None
                waiting.extend(node.direct)
        return found

    @functools.cached_property
    def before(self) -> Mapping[Node, None]:
        """All jobs that come before it: needed ones with all that those call, what its caller waits for, and the run upstream. To be
        asked once the run is laid out."""
        found: dict[Node, None] = {}
        for node in (*self.level, *self.upstream):
            found[node] = None
            found.update(dict.fromkeys(_within(node)))
        if self.caller:
            found.update(self.caller.before)
        return found


def _within(node: Node) -> Iterator[Node]:
    for inner in node.inner:
        yield inner
        yield from _within(inner)


@dataclass(slots=True, eq=False)
class Graph:
    """A run: where it starts and its jobs, those of called pipelines and of runs upstream included, in an order in which they can run."""

    entry: Entry
    nodes: tuple[Node, ...]
    own: tuple[Node, ...]
    """The jobs of the pipeline itself and of those that it calls (without the run upstream)."""

    @classmethod
    def of(cls, nodes: tuple[Node, ...]) -> Graph:
        """Jobs by themselves, however they were started."""
        pipeline = nodes[0].pipeline
        return cls(Entry(pipeline, Trigger("other", pipeline.place), "any start"), nodes, nodes)

    @functools.cache  # noqa: B019  # lives as long as the graph, which the repository keeps
    def after(self, node: Node) -> tuple[Node, ...]:
        """The jobs that come after one, directly or not."""
        return tuple(other for other in self.nodes if node in other.before)


class Builder:
    """Lays out runs."""

    def __init__(self, pipelines: Mapping[str, Pipeline], acts: ActsOf, hands_on: HandsOn) -> None:
        self.pipelines = pipelines
        self.acts = acts
        self.hands_on = hands_on
        self._opaque: dict[Job, Step] = {}

    def graph(self, entry: Entry, inputs: Mapping[str, Value]) -> Graph:
        """The run that starts with ``entry``; ``inputs`` are those that a person or the start itself gives."""
        upstream = self.graph(entry.upstream, {}) if entry.upstream else None
        before = upstream.own if upstream else ()
        values = {**entry.values, **{f"inputs.{name}": value for name, value in inputs.items()}}
        if entry.trigger.name:
            values["event.written"] = entry.trigger.name
        own = self._pipeline(entry.pipeline, values, None, before, 0)
        return Graph(entry, (*(upstream.nodes if upstream else ()), *own), own)

    def alone(self, pipeline: Pipeline) -> tuple[Node, ...]:
        """The jobs of one file by themselves, nothing known of how they start; a composite action is one job."""
        nodes = []
        for job in pipeline.jobs.values():
            scope = with_variables(Scope(self_hosted=is_self_hosted(job)), pipeline.variables, job.variables)
            nodes.append(Node(pipeline, job, scope, self.leaves(job, scope)))
        return tuple(nodes)

    def _pipeline(
        self, pipeline: Pipeline, values: Mapping[str, Value], caller: Node | None, upstream: tuple[Node, ...], depth: int
    ) -> tuple[Node, ...]:
        made: dict[str, tuple[Node, ...]] = {}
        order: list[Node] = []
        for job in _in_order(pipeline):
            nodes = self._job(pipeline, job, {**values, **_handed(job, made)}, caller, upstream, depth)
            made[str(job.id)] = nodes
            for node in nodes:
                node.needs = {str(name): made.get(str(name), ()) for name in job.needs}
                order.append(node)
                order.extend(_within(node))
        return tuple(order)

    def _job(
        self, pipeline: Pipeline, job: Job, values: Mapping[str, Value], caller: Node | None, upstream: tuple[Node, ...], depth: int
    ) -> tuple[Node, ...]:
        start = Scope(values, self_hosted=is_self_hosted(job))
        scope = with_variables(start, pipeline.variables, job.variables)
        rows: list[tuple[str, Scope]] = [("", scope)]
        if job.matrix and job.matrix.rows and job.matrix.complete and len(job.matrix.rows) <= _MOST_ROWS:
            shown = _named_in_matrix(job)
            laid_out = [
                (
                    ", ".join(row[name] for name in row if name in shown),
                    with_variables(
                        replace(start, values={**values, **{f"matrix.{name}": str(value) for name, value in row.items()}}),
                        pipeline.variables,
                        job.variables,
                    ),
                )
                for row in job.matrix.rows
            ]
            if self._varies(job, scope) or self._does_by_row(job, scope, [one for _, one in laid_out]):
                rows = laid_out
        nodes: list[Node] = []
        for text, one in rows:
            node = Node(pipeline, job, one, caller=caller, upstream=upstream, row=text)
            if job.matrix and job.matrix.sequential and job.matrix.fail_fast:
                node.after = tuple(nodes)
            called = self.pipelines.get(job.called.path) if job.called else None
            if job.called and called and depth < _DEEPEST:
                inner_values = {name: value for name, value in one.values.items() if not name.startswith(_OF_THE_CALLER)}
                inner_values.update(bound_inputs(called, job.called.inputs, one))
                node.inner = self._pipeline(called, inner_values, node, (), depth + 1)
                node.outputs = _given_back(called, node)
            else:
                node.leaves, end = self._laid_out(job, one)
                node.outputs = worked_out(job.outputs, end)
            nodes.append(node)
        return tuple(nodes)

    def _varies(self, job: Job, scope: Scope) -> bool:
        """Whether what the job does, or where, depends on its matrix."""
        shown = [template for template in (job.environment, job.name) if template]
        shown += list(job.called.inputs.values()) if job.called else []
        if any("matrix." in scope.render(template) for template in shown) or (job.condition and "matrix." in job.condition.text):
            return True
        if _commands_in_matrix(job, scope):
            return True
        placed = [act for leaf in self.leaves(job, scope) for act in leaf.acts if act.role in _PLACED]
        return any("matrix." in text for act in placed for text in (act.text, *act.environments))

    def _does_by_row(self, job: Job, scope: Scope, rows: list[Scope]) -> bool:
        """Whether what a script does is another thing in some row: ``npm run ${{ matrix.task }}``."""
        for step in job.steps:
            if step.script is None:
                continue
            known = with_variables(scope, step.environment)
            if "matrix." in known.render(step.script.template) or any("matrix." in one for one in known.variables.values()):
                does = {act.role for act in self.acts(step, known)}
                if any({act.role for act in self.acts(step, with_variables(row, step.environment))} != does for row in rows):
                    return True
        return False

    def leaves(self, job: Job, scope: Scope) -> tuple[Leaf, ...]:
        """The steps of a job that do something themselves, with what each knows.

        A job out of sight is one step that uses something packaged: settings may say what that is.
        """
        return self._laid_out(job, scope)[0]

    def _laid_out(self, job: Job, scope: Scope) -> tuple[tuple[Leaf, ...], Scope]:
        """The steps, and what is known once they have run."""
        if job.opaque:
            step = self._opaque.setdefault(job, Step(job.place, uses=job.opaque))
            return (Leaf((step,), scope, self.acts(step, scope)),), scope
        found: list[Leaf] = []
        for step in job.steps:
            leaves, scope = self._step(step, (), scope)
            found.extend(leaves)
        return without_own_stacks(without_own_clusters(tuple(found))), scope

    def _step(self, step: Step, above: tuple[Step, ...], scope: Scope) -> tuple[tuple[Leaf, ...], Scope]:
        chain = (*above, step)
        known = with_variables(scope, step.environment)
        if not step.steps:
            leaf = Leaf(chain, known, self.acts(step, known))
            return (leaf,), self._after(leaf, scope)
        action = self._action(step)
        values = {name: value for name, value in known.values.items() if not name.startswith(("inputs.", "matrix.", "steps."))}
        values.update(bound_inputs(action, step.parameters, known))
        within = replace(known, values=values)
        found: list[Leaf] = []
        for inner in step.steps:
            leaves, within = self._step(inner, chain, within)
            found.extend(leaves)
        if step.id and action:
            outputs = worked_out(action.outputs, within)
            scope = replace(scope, values={**scope.values, **{f"steps.{step.id}.outputs.{name}": one for name, one in outputs.items()}})
        return tuple(found), with_changes(scope, known, within)

    def _after(self, leaf: Leaf, scope: Scope) -> Scope:
        """What is known once a step has handed on its outputs and variables."""
        handed = self.hands_on(leaf.step, leaf.scope)
        if not handed:
            return scope
        runs = leaf.when_all_went_well
        if False in runs:
            return scope
        values, variables = dict(scope.values), dict(scope.variables)
        for one in handed:
            value = one.value if None not in runs else None
            if one.kind == "output":
                name = f"steps.{leaf.step.id}.outputs.{one.name}"
            else:
                name = f"env.{one.name}"
                variables.pop(one.name, None)
                if value is not None:
                    variables[one.name] = value
            values.pop(name, None)
            if value is not None:
                values[name] = value
        return replace(scope, values=values, variables=variables)

    def _action(self, step: Step) -> Pipeline | None:
        if not step.uses or step.uses.local is None:
            return None
        local = step.uses.local
        for path in (local, f"{local}/action.yml", f"{local}/action.yaml"):
            if path in self.pipelines:
                return self.pipelines[path]
        return None


def _named_in_matrix(job: Job) -> frozenset[str]:
    """The names of the matrix by which a person tells the rows apart: those in its name, environment, condition and inputs."""
    templates = [template for template in (job.name, job.environment) if template]
    templates += list(job.called.inputs.values()) if job.called else []
    asked = {name for template in templates for part in template.parts if not isinstance(part, str) for name in variables(part)}
    asked |= set(variables(job.condition.expression)) if job.condition else set()
    return frozenset(name.removeprefix("matrix.") for name in asked)


_AT_THE_START = re.compile(r"^[^\S\n]*\$\{\{ matrix\.([\w.-]+) \}\}", re.MULTILINE)


def _commands_in_matrix(job: Job, scope: Scope) -> bool:
    """Whether a step runs command lines that stand in the matrix: ``run: ${{ matrix.command }}``, or the same as an input."""
    lines = {name for row in (job.matrix.rows if job.matrix else ()) for name, value in row.items() if " " in value}
    if not lines:
        return False
    templates = [template for step in job.steps for template in ((step.script.template,) if step.script else step.parameters.values())]
    return any(name in lines for template in templates for name in _AT_THE_START.findall(scope.render(template)))


_PLACED: frozenset[Role] = frozenset({"deploy", "infrastructure", "migrate", "image-build", "image-push", "image-scan", "publish", "smoke"})


_OF_THE_CALLER = ("inputs.", "matrix.", "env.", "needs.", "steps.")
"""Names of what a called pipeline does not see of its caller."""


def _handed(job: Job, made: Mapping[str, tuple[Node, ...]]) -> dict[str, Value]:
    """What the jobs that a job needs hand on to it, where all rows of a matrix say the same."""
    found: dict[str, Value] = {}
    for need in job.needs:
        first, *others = made.get(str(need), ()) or (None,)
        for name, value in first.outputs.items() if first else ():
            if all(other is not None and other.outputs.get(name) == value for other in others):
                found[f"needs.{need}.outputs.{name}"] = value
    return found


def _given_back(called: Pipeline, caller: Node) -> Mapping[str, Value]:
    """What a called pipeline gives back to the job that calls it."""
    inner = [node for node in caller.inner if node.caller is caller]
    known = {f"needs.{node.job.id}.outputs.{name}": value for node in inner for name, value in node.outputs.items()}
    return worked_out(called.outputs, Scope(known))


def _in_order(pipeline: Pipeline) -> Iterator[Job]:
    """The jobs, each after those that it needs (a cycle is broken where it closes)."""
    done: dict[str, Job] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        job = pipeline.jobs.get(name)
        if job is None or name in done or name in above:
            return
        for need in job.needs:
            visit(str(need), (*above, name))
        done[name] = job

    for name in pipeline.jobs:
        visit(str(name), ())
    yield from done.values()


def is_self_hosted(job: Job) -> bool:
    """Whether a job asks for a machine of the house's own (larger machines of the forge are none)."""
    return any(str(label.text).lower() == "self-hosted" for label in job.runner)
