"""The result of a run as plain data: what every report is made of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_deploy.checks.registry import AREAS
from pytest_deploy.findings import Finding

if TYPE_CHECKING:
    from pytest_deploy.smoke.latency import Latency
    from pytest_deploy.smoke.watch import Watched

Outcome = Literal["passed", "failed", "advisory", "waived", "unverified", "not-applicable", "error"]
Verdict = Literal["go", "no-go", "incomplete", "rolled-back", "rollback-failed"]
"""The last two are of a run against a deployment that was no-go, and was taken back."""

CHECKLIST = "checklist"
"""The subject and path of what is about the repository as a whole, and has no line."""
SMOKE = "smoke"
"""The same for what is about a running deployment, and is asked for by no file."""
GATE = "deployment gate"


@dataclass(frozen=True, slots=True)
class Column:
    """How an outcome is headed in a table: the word for one and for several."""

    outcome: Outcome
    one: str
    more: str


COLUMNS = (
    Column("passed", "passed", "passed"),
    Column("failed", "failed", "failed"),
    Column("error", "error", "errors"),
    Column("unverified", "unverified", "unverified"),
    Column("waived", "waived", "waived"),
    Column("advisory", "advisory", "advisory"),
)
"""What tables count, in their order; ``not-applicable`` is not counted."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one check on one subject.

    ``reason`` says why it is ``unverified``, ``not-applicable``, ``waived`` or an ``error``; ``findings`` are those that stand,
    ``waived`` those that somebody accepted. ``seconds`` is the time it took. Its identity is (id, subject).
    """

    id: str
    area: str
    tier: Literal["required", "advisory"]
    subject: str
    node: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    waived: tuple[Finding, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PathStep:
    """One station of a release path: a trigger, a job or a gate.

    ``mark`` is ``✓`` for a gate that holds, ``✗`` for one that does not, and empty for what is no gate (the trigger, the
    environment at the end).
    """

    name: str
    mark: Literal["", "✓", "✗"] = ""


@dataclass(frozen=True, slots=True)
class Rollback:
    """How a deployment was taken back. ``text`` says what became of the command, ``output`` is the end of what it printed (masked),
    ``health`` says whether the deployment was healthy again; ``worked``: the command ended well, and it was. ``seconds`` is the time of
    both."""

    worked: bool
    text: str
    output: str
    health: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Timed:
    """The latency of an endpoint now, and that of the baseline (``None``: there is none, or it was recorded anew)."""

    endpoint: str
    now: Latency
    before: Latency | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    ``tool`` is ``pytest-deploy X.Y.Z``; ``commit`` the full hash of HEAD (empty: none). ``release_paths`` are the ways to the
    environments, each a row of stations from trigger to environment. ``incomplete`` says why the run does not speak for the
    whole gate, as a clause (``12 checks were deselected by -k``; empty: it does). ``expiring`` is the nearest day on which a
    waiver ends (ISO). ``other_failures`` is how many of the project's own tests failed in the same run; ``reasons`` is what else
    stands against a release, one clause each (``2 smoke tests ran, 5 are asked for``). Of a run against a deployment, ``watched`` is
    what came of watching it, ``rollback`` how it was taken back, and ``latency`` how long its endpoints took.
    """

    tool: str
    target: str
    commit: str
    verdict: Verdict
    results: tuple[Result, ...]
    release_paths: tuple[tuple[PathStep, ...], ...] = ()
    incomplete: str = ""
    expiring: str = ""
    other_failures: int = 0
    reasons: tuple[str, ...] = ()
    title: str = GATE
    """What the summary is called; a run against a deployment is a ``smoke run`` of its address."""
    source_lines: tuple[tuple[str, int, str], ...] = ()
    """(path, line, text) of every finding, secrets masked."""
    watched: Watched | None = None
    rollback: Rollback | None = None
    latency: tuple[Timed, ...] = ()
    own_smoke: int = 0
    """How many smoke tests of the project itself passed."""

    @property
    def ordered(self) -> tuple[Result, ...]:
        """The results in the order of the checklist (area, check, subject), whatever the order in which they came."""
        return tuple(sorted(self.results, key=lambda one: (area_number(one.area), one.area, one.id, one.subject, one.node)))

    @property
    def counts(self) -> Counter[Outcome]:
        """How many results have which outcome."""
        return Counter(one.outcome for one in self.results)

    @property
    def because(self) -> tuple[str, ...]:
        """Why the verdict is what it is, in clauses, the weightiest first: the text behind GO or NO-GO in every report."""
        counts = self.counts
        failed = Counter(one.tier for one in self.results if one.outcome == "failed")
        clauses = [
            many(failed["required"], "required check failed", "required checks failed"),
            many(failed["advisory"], "advisory check failed", "advisory checks failed"),
            many(counts["error"], "check could not be run", "checks could not be run"),
            many(self.other_failures, "test of the project failed", "tests of the project failed"),
            *self.reasons,
            f"{'gate' if self.title == GATE else 'run'} incomplete: {self.incomplete}" if self.incomplete else "",
            many(counts["passed"], "check passed", "checks passed") if self.verdict == "go" else "",
            many(self.own_smoke, "smoke test of the project passed", "smoke tests of the project passed") if self.verdict == "go" else "",
            many(counts["unverified"], "unverified", "unverified"),
            _waived(counts["waived"], self.expiring),
        ]
        said = tuple(clause for clause in clauses if clause)
        return said or ("no check applies here",)


def area_number(area: str) -> int:
    """The number of an area in the checklist (1-based); one that a plugin added comes last."""
    return AREAS.index(area) + 1 if area in AREAS else len(AREAS) + 1


def many(count: int, one: str, more: str) -> str:
    """``3 checks``: a count with its noun; empty for none."""
    return f"{count} {one if count == 1 else more}" if count else ""


def _waived(count: int, expiring: str) -> str:
    if not count or not expiring:
        return many(count, "waived", "waived")
    return f"{count} waived, {'the first ' if count > 1 else ''}until {expiring}"
