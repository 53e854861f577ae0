"""What the checks on release paths share: which files they speak about, where a finding stands, how answers are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pytest_deploy.findings import Finding, NotApplicable, Related, Unverified
from pytest_deploy.pipelines.coverage import Coverage
from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Target, Way
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository


def entry_file(pipeline: Pipeline) -> None:
    """Raises ``NotApplicable`` for a file that starts nothing by itself: its paths are judged where they start (ruling 2)."""
    if pipeline.action:
        raise NotApplicable("a composite action is judged in the pipelines that use it")
    if pipeline.only_called:
        raise NotApplicable("only other pipelines start it, and the path is judged there")


def deploys(pipeline: Pipeline, repository: Repository, *targets: Target, code: bool = False, others: bool = True) -> tuple[Way, ...]:
    """The deploys that start in a file, to environments of these kinds (and those of which nothing tells the kind).

    Review environments are never among them unless asked for. ``code`` leaves out those that apply infrastructure alone. ``others``: the
    check speaks of what another project's pipeline may do, too.

    Raises ``NotApplicable`` when there is none, ``Unverified`` when the file only starts another project's pipeline.
    """
    entry_file(pipeline)
    wanted = targets or ("production", "staging", "development", "other")
    ways = tuple(way for way in repository.release.of(pipeline, *wanted, "unknown") if way.code or not code)
    if not ways:
        started = [way for way in repository.release.triggers_of(pipeline) if way.first]
        started = [way for way in started if way.first and way.first.act.details.get("same") != "yes"]
        if others and started:
            raise Unverified(
                f"{started[0].text} starts another project's pipeline, which may deploy; `[tool.pytest-deploy.roles]` can say what it is"
            )
        raise NotApplicable("nothing is deployed from here" if not targets else f"no {' or '.join(targets)} deploy starts here")
    return ways


def place_of(way: Way, doing: Doing | None = None) -> Place:
    """Where a finding about a way stands: in the file with the start, at the step (``doing`` given) or else at the job."""
    if doing is not None and doing.node.caller is None:
        return doing.leaf.own.place if len(doing.leaf.chain) > 1 or doing.act.place.path != way.pipeline.path else doing.act.place
    return way.node.top.job.place


def related(way: Way, doing: Doing | None = None) -> tuple[Related, ...]:
    """Where the act itself stands, when that is another file."""
    doing = doing or way.first
    if doing is None or doing.act.place.path == way.pipeline.path:
        return ()
    return (Related(f"here it runs `{doing.act.text}`", doing.act.place),)


def called(way: Way) -> str:
    """What a message calls the deploy: ``deploy-production (production)``."""
    where = way.environment or ("" if way.target in ("unknown", "other") else way.target)
    return f"{way.node.name} ({where})" if where and where not in way.node.name else way.node.name


def local(doing: Doing) -> bool:
    """Whether a smoke test asks what its own job has started, and no deployment (on a machine of the house's own it may be one)."""
    return doing.act.details.get("target") == "localhost" and not doing.node.scope.self_hosted


@dataclass(slots=True)
class Answers:
    """Collects what is said of each way: findings win, then open questions, else the check holds."""

    findings: dict[tuple[Place, str], Finding] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def wrong(self, way: Way, key: str, message: str, hint: str, *, at: Doing | None = None, advisory: bool | None = None) -> None:
        """A finding about a way; of several ways into one job with the same complaint the first is told."""
        place = place_of(way, at)
        self.findings.setdefault((place, key), Finding(message, place, hint, related(way, at), advisory))

    def open(self, question: str) -> None:
        """Something that cannot be told, and what would tell it."""
        if question not in self.questions:
            self.questions.append(question)

    def conclude(self) -> Iterator[Finding]:
        """The findings; raises ``Unverified`` when there is none and a question is open."""
        if not self.findings and self.questions:
            raise Unverified("; ".join(self.questions[:3]))
        yield from self.findings.values()


def judge(
    ways: Iterable[Way],
    cover: Callable[[Way], Coverage],
    message: Callable[[Way, Coverage], str],
    hint: str,
    *,
    at: Callable[[Way], Doing | None] = lambda way: None,
    anywhere: bool = False,
) -> Iterator[Finding]:
    """Ask of every way whether a gate covers it. ``anywhere``: the gate is owed whatever the environment is."""
    answers = Answers()
    for way in ways:
        coverage = cover(way)
        if coverage.holds:
            continue
        if coverage.unseen:
            answers.open(
                f"{way.text}: {', '.join(coverage.unseen)} cannot be seen and may be the gate; `[tool.pytest-deploy.roles]` can say so"
            )
        elif way.target == "unknown" and not anywhere:
            answers.open(f"{way.text}: nothing in the file says to which environment it goes")
        else:
            answers.wrong(way, "", message(way, coverage), hint, at=at(way))
    yield from answers.conclude()
