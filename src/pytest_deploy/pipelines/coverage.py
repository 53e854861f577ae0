"""Whether a gate covers a deploy: nothing gets past it on this way, whether it fails or is skipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.entries import Entry
from pytest_deploy.pipelines.graph import Doing, Node
from pytest_deploy.pipelines.model import variables
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.pipelines.roles import Role
from pytest_deploy.pipelines.simulation import World
from pytest_deploy.places import Place

Wanted = Callable[[Doing], bool]

_PROOF = re.compile(r"(?:steps|needs)\..+\.outputs\..*(?:cache[-_]hit|duplicate|should_skip).*|matrix\..+")
"""What steps hand on when this very tree has passed before, and the rows of a matrix, of which another one does it. What a person
gives, or the forge's settings hold, is no proof whatever it is called."""
_SWITCH = re.compile(r"\$\{?(?!(?:GITHUB|CI|RUNNER)_)\w*(?:skip|disable|enable|run_)\w*|\$\{\{\s*(?:inputs|vars)\.", re.IGNORECASE)
"""A condition of a script by which somebody switches a gate off; what the forge sets is nobody's choice."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether a way is covered. ``by`` is the gate that holds (``by_job``: one whose steps are out of sight); else ``reason`` says why
    none does, ``at`` where the best candidate stands, and ``unseen`` what cannot be seen and could be the gate."""

    by: Doing | None = None
    by_job: Node | None = None
    reason: str = ""
    at: Place | None = None
    unseen: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no way gets past."""
        return self.by is not None or self.by_job is not None


def wants(*roles: Role) -> Wanted:
    """Acts of these roles."""
    return lambda doing: doing.role in roles


def covered(
    way: Way, wanted: Wanted, what: str, release: ReleasePaths, *, hint: Role, trusting: bool = False, until: Doing | None = None
) -> Coverage:
    """Whether a gate covers the way.

    ``wanted`` picks the acts that can be the gate, ``what`` names them in reasons (``tests``), ``hint`` is the role that an unseen job
    would have to have. ``trusting`` asks only where the gate stands, not whether it can fail. ``until`` is the act that must not
    happen (the way's first one unless given).
    """
    target = until or way.first
    reasons: list[tuple[int, str, Place | None]] = []
    candidates = tuple(_candidates(way, wanted, target))
    for gate in candidates:
        weight, reason = _bypass(way, gate, target, trusting)
        if not reason:
            weight, reason = _switched_off(gate, candidates)
        if not reason:
            return Coverage(gate)
        reasons.append((weight, reason, gate.act.place))
    unseen = tuple(dict.fromkeys(opaque.shown(node) for node in _unseen_before(way, hint)))
    unseen += tuple(f"{used.text} ({used.text.place})" for used in way.pipeline.unseen)
    for gate in sorted(_beside(way, wanted), key=lambda one: way.world.runs(one) is False):
        how = "is skipped on this way" if way.world.runs(gate) is False else "runs beside it, not before it"
        reasons.append((20, f"{gate.node.name} {how}", gate.act.place))
        break
    if not reasons:
        reasons.append((30, _elsewhere(way, wanted, what, release), None))
    _, reason, at = min(reasons, key=lambda one: one[0])
    return Coverage(reason=reason, at=at, unseen=unseen)


def gates(way: Way, wanted: Wanted, *, trusting: bool = False) -> tuple[Doing, ...]:
    """All gates that cover the way."""
    return tuple(gate for gate in _candidates(way, wanted, way.first) if not _bypass(way, gate, way.first, trusting)[1])


def covered_by_job(way: Way, wanted: Callable[[Node], bool]) -> Node | None:
    """A job before the way, picked by ``wanted``, that nothing gets past (whatever its steps are)."""
    for node in way.before:
        if wanted(node) and way.world.node_runs(node) is not False:
            worlds = (World(way.graph, failing_jobs=(node,), target=way.node), World(way.graph, skipping=(node,), target=way.node))
            if all(_stops(way, way.first, world) for world in worlds):
                return node
    return None


def _candidates(way: Way, wanted: Wanted, target: Doing | None) -> Iterator[Doing]:
    """The acts before the target that could be its gate, the nearest job last."""
    for node in way.graph.nodes:
        if node in way.before:
            yield from (doing for doing in node.doings() if wanted(doing))
    for doing in way.node.doings():
        if target and doing.act is target.act and doing.leaf is target.leaf:
            return
        if wanted(doing):
            yield doing


def _bypass(way: Way, gate: Doing, target: Doing | None, trusting: bool) -> tuple[int, str]:
    """How the way gets past a gate (empty: it does not), and how much that explains (the lower, the more)."""
    name = gate.node.name
    ran = way.world.runs(gate)
    if ran is False:
        return 10, f"{name} is skipped on this way"
    if not _stops(way, target, World(way.graph, failing=(gate,), trusting=trusting, target=way.node)):
        return 1, _why_it_passes(way, gate)
    if ran is None:
        node_ran = way.world.node_runs(gate.node)
        if node_ran is None:
            if not _stops(way, target, World(way.graph, skipping=(gate.node,), target=way.node)):
                return 5, f"it also runs when {name} is skipped"
        elif _skipping_says_nothing(gate):
            return 6, f"the step in {name} is skipped under a condition of its own"
    return 0, ""


def _switched_off(gate: Doing, candidates: tuple[Doing, ...]) -> tuple[int, str]:
    """Whether the script can be told to leave the gate out. Where the other branch does the same work in another way, nothing is."""
    if any(other.leaf is gate.leaf and other.act.excludes(gate.act) for other in candidates):
        return 0, ""
    switched = any(_SWITCH.search(guard) for guard in gate.act.guards)
    return (6, f"the script of {gate.node.name} can be told to skip it") if switched else (0, "")


def _stops(way: Way, target: Doing | None, world: World) -> bool:
    if target is None:
        return world.node_runs(way.node) is False
    return world.runs(target) is False


def _skipping_says_nothing(gate: Doing) -> bool:
    """Whether the step has a condition whose being false does not prove that the same tree already passed (ruling 25)."""
    names = {name for condition in gate.leaf.conditions for name in variables(condition.expression)}
    return not all(_PROOF.fullmatch(name.lower()) for name in names)


def _why_it_passes(way: Way, gate: Doing) -> str:
    name = gate.node.name
    if gate.act.swallowed:
        return f"{name} cannot fail: {gate.act.swallowed}"
    if gate.leaf.continues_on_error or gate.job.continue_on_error is True:
        return f"a failure of {name} is let pass (continue-on-error)"
    return f"{way.node.name} runs even when {name} failed"


def _unseen_before(way: Way, hint: Role) -> Iterator[Node]:
    """Unseen jobs that could be the gate: they come first, and the target does not happen when they fail."""
    for node in way.graph.nodes:
        if not node.unseen or opaque.unrelated(node.job):
            continue
        if node is way.node or (node in way.before and opaque.could(node.job, hint)):
            yield node


def _beside(way: Way, wanted: Wanted) -> Iterator[Doing]:
    for node in way.graph.nodes:
        if node is not way.node and node not in way.before and way.node not in node.before:
            yield from (doing for doing in node.doings() if wanted(doing))


def _elsewhere(way: Way, wanted: Wanted, what: str, release: ReleasePaths) -> str:
    """Where else in the repository the gate runs, which is no help here."""
    places = release.remembered(what, lambda: _everywhere(wanted, release))
    starts = [entry for entry in places if entry is not way.entry]
    others = [entry for entry in starts if entry.pipeline is not way.pipeline]
    if others:
        texts: dict[str, list[str]] = {}
        for entry in others:
            texts.setdefault(entry.pipeline.path, []).append(entry.text)
        named = [f"{path} ({', '.join(dict.fromkeys(on))})" for path, on in texts.items()]
        more = f" and {len(named) - 2} more" if len(named) > 2 else ""
        return f"{what} run in {' and '.join(named[:2])}{more}, which does not hold it back"
    if starts:
        return f"{what} run only on {', '.join(dict.fromkeys(entry.text for entry in starts))}"
    return f"nothing runs {what}"


def _everywhere(wanted: Wanted, release: ReleasePaths) -> tuple[Entry, ...]:
    """The starts on which the gate runs."""
    found = (graph.entry for graph in release.graphs if any(wanted(doing) for node in graph.own for doing in node.doings()))
    return tuple(dict.fromkeys(found))
