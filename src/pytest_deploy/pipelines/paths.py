"""Release paths: every way in which a change reaches an environment or is published, and which gates no way gets past."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.binding import value_of
from pytest_deploy.pipelines.entries import Entry, entries, on_branch
from pytest_deploy.pipelines.environments import EnvironmentKind, Environments
from pytest_deploy.pipelines.graph import Builder, Doing, Graph, Node
from pytest_deploy.pipelines.model import Input, Pipeline, Step, Value
from pytest_deploy.pipelines.roles import Act, Role, Roles
from pytest_deploy.pipelines.scope import Scope, Unknown, as_text
from pytest_deploy.pipelines.simulation import World
from pytest_deploy.settings import Settings

Target = EnvironmentKind | Literal["unknown"]
"""Where a deploy goes; ``unknown``: only the person who starts it, or something out of sight, says where."""

DEPLOYS: frozenset[Role] = frozenset({"deploy", "infrastructure"})
PUBLISHES: frozenset[Role] = frozenset({"image-push", "publish"})
_MOST_CHOICES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way in which acts of a job come to happen: a start, the run that it begins, and what happens there.

    For a deploy, ``doings`` are its acts in one environment, ``target`` the kind of that environment and ``environment`` its name as
    written (empty: none is named anywhere). ``unseen`` is set where the job itself cannot be seen: what it could do is only what its
    names say.
    """

    graph: Graph
    node: Node
    doings: tuple[Doing, ...]
    world: World
    target: Target = "other"
    environment: str = ""
    unseen: bool = False

    @property
    def entry(self) -> Entry:
        """Where it starts."""
        return self.graph.entry

    @property
    def pipeline(self) -> Pipeline:
        """The file with the start: it owns the findings."""
        return self.entry.pipeline

    @property
    def first(self) -> Doing | None:
        """The first act."""
        return self.doings[0] if self.doings else None

    @property
    def code(self) -> bool:
        """Whether code is deployed, not infrastructure alone."""
        return self.unseen or any(doing.role != "infrastructure" for doing in self.doings)

    @property
    def before(self) -> Mapping[Node, None]:
        """The jobs that come before it."""
        return self.node.before

    @property
    def text(self) -> str:
        """The way as a person reads it: ``push main → build → deploy-production``."""
        chain = [self.node]
        while chain[0].direct:
            chain.insert(0, max(chain[0].direct, key=lambda one: len(one.level)))
        names = [node.name for node in chain]
        if self.node.caller:
            names = [*_chain(self.node.top), *names]
        return " → ".join([self.entry.text, *names])


def _chain(node: Node) -> list[str]:
    names = [node.name]
    while node.direct:
        node = max(node.direct, key=lambda one: len(one.level))
        names.insert(0, node.name)
    return names


class ReleasePaths:
    """The ways of a repository."""

    def __init__(self, pipelines: Mapping[str, Pipeline], roles: Roles, settings: Settings, default_branch: str = "main") -> None:
        self.pipelines = pipelines
        self.settings = settings
        self.default_branch = default_branch
        self.environments = Environments(settings.environments)
        self._roles = roles
        self._acts: dict[tuple[object, ...], tuple[Act, ...]] = {}
        self._builder = Builder(pipelines, self._acts_of, roles.hands_on)
        self._places: dict[str, tuple[Entry, ...]] = {}

    def _acts_of(self, step: Step, scope: Scope) -> tuple[Act, ...]:
        texts = [step.script.template] if step.script else []
        shown = tuple(scope.render(template) for template in (*texts, *step.parameters.values()))
        key = (id(step), shown, tuple(sorted(scope.variables.items())), scope.self_hosted)
        if key not in self._acts:
            self._acts[key] = self._roles.acts(step, scope)
        return self._acts[key]

    def remembered(self, what: str, find: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """The starts on which a gate runs, looked for once: ``what`` names the gate."""
        if what not in self._places:
            self._places[what] = find()
        return self._places[what]

    # --- files -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def alone(self) -> Mapping[str, tuple[Node, ...]]:
        """The jobs of each file by themselves, nothing known of how they start: for the properties of steps and jobs."""
        return {path: self._builder.alone(pipeline) for path, pipeline in self.pipelines.items()}

    def doings_of(self, path: str) -> Iterator[Doing]:
        """What the steps of one file do, those of the composite actions that it uses left to the actions' own files."""
        for node in self.alone.get(path, ()):
            for doing in node.doings():
                if len(doing.leaf.chain) == 1:
                    yield doing

    # --- runs ------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def graphs(self) -> tuple[Graph, ...]:
        """All runs: one for each start, and for each choice of inputs on which an environment depends."""
        return tuple(
            graph
            for pipeline in self.pipelines.values()
            if not pipeline.action
            for entry in (*entries(pipeline, self.pipelines, self.default_branch), *self._dispatched(pipeline))
            for graph in self._graphs(entry)
        )

    def _dispatched(self, pipeline: Pipeline) -> Iterator[Entry]:
        """The manual starts that the repository's pipelines make by themselves on another branch: ``gh workflow run X --ref next``."""
        for branch in sorted(branch for names, branch in self._dispatches if names & _called_by(pipeline)):
            yield from on_branch(pipeline, branch, self.default_branch)

    @functools.cached_property
    def _dispatches(self) -> frozenset[tuple[frozenset[str], str]]:
        """What is started so: (the names it is called by, the branch)."""
        found = set()
        for nodes in self.alone.values():
            for doing in (doing for node in nodes for doing in node.doings() if doing.role == "trigger"):
                details = doing.act.details
                branch = details.get("ref", "").removeprefix("refs/heads/")
                if details.get("same") == "yes" and re.fullmatch(r"[\w./-]+", branch) and branch != self.default_branch:
                    own = "github.workflow" in details.get("workflow", "")
                    found.add((_called_by(doing.pipeline) if own else frozenset({details.get("workflow", "")}), branch))
        return frozenset(found)

    def _graphs(self, entry: Entry) -> Iterator[Graph]:
        inputs = dict(entry.trigger.inputs) if entry.event == "manual" else {}
        common: dict[str, Value] = {}
        # Another trigger of the same pipeline leaves the inputs of a manual start empty.
        if entry.event != "manual":
            common = {name: "" for trigger in entry.pipeline.triggers if trigger.event == "manual" for name in trigger.inputs}
        graph = self._builder.graph(entry, common)
        for one in inputs.values():
            if one.default is not None and not one.options and self._decides(graph, one):
                common[str(one.name)] = str(one.default)
                graph = self._builder.graph(entry, common)
        chosen = next((one for one in inputs.values() if one.options and not one.boolean and self._decides(graph, one)), None)
        if chosen is None:
            yield graph
            return
        for option in chosen.options[:_MOST_CHOICES]:
            yield self._builder.graph(entry, {**common, str(chosen.name): str(option)})

    def _decides(self, graph: Graph, one: Input) -> bool:
        """Whether an input says where something is deployed."""
        name = f"inputs.{one.name}"
        if any(self.environments.kind(option) for option in one.options):
            return True
        return any(name in node.scope.render(node.job.environment) for node in graph.own if node.job.environment)

    @functools.cached_property
    def doings(self) -> tuple[Doing, ...]:
        """Everything that happens in any run, and in files that nothing starts."""
        found: dict[tuple[int, int], Doing] = {}
        for graph in self.graphs:
            for node in graph.own:
                for doing in node.doings():
                    found.setdefault((id(doing.act), id(node.job)), doing)
        for nodes in self.alone.values():
            for node in nodes:
                for doing in node.doings():
                    found.setdefault((id(doing.act), id(node.job)), doing)
        return tuple(found.values())

    @functools.cache  # noqa: B019  # lives as long as the repository
    def world(self, graph: Graph) -> World:
        """The play of a run in which everything goes well."""
        return World(graph)

    # --- ways ------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def deploys(self) -> tuple[Way, ...]:
        """Every way to deploy. Documentation sites are none (ruling 35)."""
        ways = [way for graph in self.graphs for way in self._deploys(graph)]
        named = any(way.target == "production" for way in ways)
        return tuple(way for way in (self._by_default(way, named) for way in ways) if way)

    @functools.cached_property
    def publishes(self) -> tuple[Way, ...]:
        """Every way to publish an image or a package."""
        found = []
        for graph in self.graphs:
            world = self.world(graph)
            for node in graph.own:
                doings = tuple(doing for doing in node.doings() if doing.role in PUBLISHES and world.runs(doing) is not False)
                if doings:
                    found.append(Way(graph, node, doings, world))
                elif _acts_unseen(node) and world.node_runs(node) is not False and "image-push" in opaque.hints(node.job):
                    found.append(Way(graph, node, (), world, unseen=True))
        return tuple(found)

    @functools.cached_property
    def triggers(self) -> tuple[Way, ...]:
        """Every way to start another project's pipeline: deploys of unknown kind (ruling 33)."""
        found = []
        for graph in self.graphs:
            world = self.world(graph)
            for node in graph.own:
                doings = tuple(doing for doing in node.doings() if doing.role == "trigger" and world.runs(doing) is not False)
                if doings:
                    found.append(Way(graph, node, doings, world))
        return tuple(found)

    def _deploys(self, graph: Graph) -> Iterator[Way]:
        world = self.world(graph)
        for node in graph.own:
            groups: dict[tuple[Target | None, str], list[Doing]] = {}
            deploys = [doing for doing in node.doings() if doing.role in DEPLOYS and doing.act.details.get("docs") != "yes"]
            if any(doing.act.details.get("copy") != "yes" for doing in deploys):
                # Files that are put somewhere are deployed by what starts them.
                deploys = [doing for doing in deploys if doing.act.details.get("copy") != "yes"]
            for doing in deploys:
                if world.runs(doing) is not False:
                    groups.setdefault(self._place(graph, node, doing), []).append(doing)
            if not groups and _acts_unseen(node) and world.node_runs(node) is not False and "deploy" in opaque.hints(node.job):
                kind, name = self._place(graph, node, None)
                yield Way(graph, node, (), world, kind or "unknown", name, unseen=True)
                continue
            if len({kind for kind, _ in groups if kind}) <= 1:
                # One environment: acts that name none belong to it.
                named = next((key for key in groups if key[0]), next(iter(groups), None))
                groups = {named: [doing for doings in groups.values() for doing in doings]} if named else {}
            for (kind, name), doings in groups.items():
                yield Way(graph, node, tuple(doings), world, kind or "unknown", name if kind else "")

    def _place(self, graph: Graph, node: Node, doing: Doing | None) -> tuple[Target | None, str]:
        """The environment of a deploy: (kind, name). The kind is ``None`` where nothing names one. Words weigh in the order of ruling
        4."""
        named = environment_name(node)
        if named is not None:
            if "${{" in named:
                # A variable of the forge may say in its own name what it holds: vars.STAGING_SLOT.
                held = _HELD_IN.fullmatch(named)
                kind = self.environments.kind(held[1] if held else named.partition("${{")[0])
                return (kind or "unknown", named)
            if named:
                # A name of the house's own (the site's address, say) says nothing; the job's and the file's may.
                return (self.environments.kind(named) or self._named_after(graph, node, named) or "other", named)
        open_word = ""
        for word in doing.act.environments if doing else ():
            kind = self.environments.kind(word)
            if kind:
                return kind, word
            if "${{" in word and not open_word and any(part in word for part in ("inputs.", "matrix.")):
                open_word = word
        for word in _chosen_before(node, doing):
            kind = self.environments.kind(word)
            if kind:
                return kind, word
        given = [as_text(value) for name, value in node.scope.values.items() if name.startswith(("inputs.", "matrix.")) and value]
        # One that speaks of several (dev_and_prod) says how far to go, not where this job deploys.
        given = [word for word in given if _COULD_BE_A_NAME.fullmatch(word) and len(self.environments.kinds(word)) < 2]
        for word in (*given, *_names_of_job(node)):
            kind = self.environments.kind(word)
            if kind:
                return kind, word
        if open_word:
            # What a calling job works out at run time, its own name may tell: deploy-pr-env.
            for word in (word for caller in _callers_of(node) for word in _names_of_job(caller)):
                kind = self.environments.kind(word)
                if kind:
                    return kind, word
            return "unknown", open_word
        if node.caller:
            outer, name = self._place(graph, node.caller, None)
            if outer:
                return outer, name
        entry = graph.entry
        file = _names_of_file(entry.pipeline)
        for word in (*file, entry.branch or ""):
            kind = self.environments.kind(word)
            if kind:
                return kind, word
        for word in (*_names_of_job(node), *file):
            if _SHOWN_ELSEWHERE.search(word):
                return "other", word
        return None, ""

    def _named_after(self, graph: Graph, node: Node, environment: str) -> EnvironmentKind | None:
        """The kind of environment that a job, those that call it, or its file is called after."""
        jobs = [word for one in (node, *_callers_of(node)) for word in _names_of_job(one)]
        names = (*jobs, *_names_of_file(graph.entry.pipeline))
        if any(map(_SHOWN_ELSEWHERE.search, (environment, *names))):
            return None
        return next((kind for kind in map(self.environments.kind, names) if kind), None)

    def _by_default(self, way: Way, named: bool) -> Way | None:
        """A deploy with no environment name anywhere is production, where it starts from the default branch, a tag or by hand and no
        other deploy is known to be (ruling 21)."""
        if way.target != "unknown" or way.environment:
            return way
        if way.unseen:
            return way
        entry = way.entry.origin
        trusted = entry.branch == self.default_branch or entry.tag is not None or entry.event in ("manual", "release", "schedule", "api")
        kind: Target = "production" if trusted and not named else ("review" if entry.event.startswith("pull_request") else "other")
        return Way(way.graph, way.node, way.doings, way.world, kind, "")

    def kind_of(self, graph: Graph, node: Node, doing: Doing | None = None) -> Target | None:
        """The kind of environment in which a deploy of a run takes place (of the job as a whole, or one act); ``None``: not named."""
        return self._place(graph, node, doing)[0]

    def of(self, pipeline: Pipeline, *targets: Target) -> tuple[Way, ...]:
        """The deploys that start in one file, to environments of these kinds (none given: any)."""
        return tuple(way for way in self._deploys_by_file.get(pipeline.path, ()) if not targets or way.target in targets)

    @functools.cached_property
    def _deploys_by_file(self) -> Mapping[str, list[Way]]:
        return _by_file(self.deploys)

    def held_by(self, pipeline: Pipeline) -> tuple[Way, ...]:
        """The deploys whose job stands in one file, wherever they start."""
        return tuple(self._deploys_by_holder.get(pipeline.path, ()))

    @functools.cached_property
    def _deploys_by_holder(self) -> Mapping[str, list[Way]]:
        return _by_file(self.deploys, lambda way: way.node.pipeline.path)

    def triggers_of(self, pipeline: Pipeline) -> tuple[Way, ...]:
        """The ways to start another project's pipeline that start in one file."""
        return tuple(self._triggers_by_file.get(pipeline.path, ()))

    @functools.cached_property
    def _triggers_by_file(self) -> Mapping[str, list[Way]]:
        return _by_file(self.triggers)

    @functools.cached_property
    def creates_releases(self) -> bool:
        """Whether a pipeline creates tags or releases by itself: then they are no person's word (ruling 12)."""
        return any(
            doing.role == "release" and graph.entry.origin.event in ("push", "schedule", "pull_request") and graph.entry.origin.tag is None
            for graph in self.graphs
            for node in graph.own
            for doing in node.doings()
        )

    def publishes_of(self, pipeline: Pipeline) -> tuple[Way, ...]:
        """The ways to publish that start in one file."""
        return tuple(self._publishes_by_file.get(pipeline.path, ()))

    @functools.cached_property
    def _publishes_by_file(self) -> Mapping[str, list[Way]]:
        return _by_file(self.publishes)


def _acts_unseen(node: Node) -> bool:
    """Whether what cannot be seen of a job could let something out: what only builds does not."""
    acts = [act for leaf in node.leaves for act in leaf.acts if act.role == "unseen"]
    return node.unseen and (not acts or any(act.details.get("only") != "build" for act in acts))


def _called_by(pipeline: Pipeline) -> frozenset[str]:
    """The names by which a pipeline of GitHub can be started."""
    return frozenset({str(pipeline.name or pipeline.path), pipeline.path, pipeline.path.rpartition("/")[2]})


def _by_file(ways: Iterable[Way], path: Callable[[Way], str] = lambda way: way.pipeline.path) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for way in ways:
        found.setdefault(path(way), []).append(way)
    return found


_CHOOSES = re.compile(
    r"(?:terraform|tofu|terragrunt|kubectl|oc|kubectx|kubens|cf|aws|az|gcloud|doctl|heroku|flyctl?)$|.*/.*(?:credential|login|kubeconfig|context|auth)"
)


_HELD_IN = re.compile(r"\$\{\{ (?:vars|secrets|env)\.(\w+) \}\}")
_COULD_BE_A_NAME = re.compile(r"[^\s(){};=]{1,100}")
"""Inputs hold names, and whole files of settings that speak of anything."""

_SHOWN_ELSEWHERE = re.compile(r"(?i)(?<![a-z])(?:demo|showcase|training|playground|benchmark|perf|performance|load-?test)(?![a-z])")
"""Names of jobs and files that deploy to an environment which is none of the kinds."""


def _names_of_job(node: Node) -> tuple[str, str]:
    return str(node.job.id), node.scope.render(node.job.name) if node.job.name else ""


def _names_of_file(pipeline: Pipeline) -> tuple[str, str]:
    return str(pipeline.name or ""), pipeline.path.rpartition("/")[2].rpartition(".")[0]


def _callers_of(node: Node) -> Iterator[Node]:
    """The jobs that call the pipeline of a job, the nearest first."""
    while (caller := node.caller) is not None:
        yield caller
        node = caller


def _chosen_before(node: Node, until: Doing | None) -> Iterator[str]:
    """Words of the commands that choose a cluster, account or workspace before a deploy in the same job, the nearest first."""
    words: list[str] = []
    for doing in node.doings():
        if until and doing.act is until.act:
            break
        if doing.role == "setup" and doing.act.words and _CHOOSES.match(doing.act.words[0]):
            words = [*doing.act.environments, *words]
    yield from words


def environment_name(node: Node) -> str | None:
    """The environment that a job names, as far as it is known (``${{ … }}`` stays where it is not); ``None`` when it names none."""
    template = node.job.environment
    if template is None:
        return None
    value = value_of(template, node.scope)
    return node.scope.render(template) if isinstance(value, Unknown) else as_text(value)
