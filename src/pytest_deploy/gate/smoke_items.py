"""The claims about a running deployment as pytest nodes: ``smoke::smoke-health[GET /health]``."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.gate import text
from pytest_deploy.gate.engine import Gate
from pytest_deploy.gate.scrubbing import clean
from pytest_deploy.report.result import Outcome, Result
from pytest_deploy.smoke.claim import Claim, Subject
from pytest_deploy.smoke.claims import ALL
from pytest_deploy.smoke.endpoints import NODE, Plan
from pytest_deploy.smoke.failures import SettingsProblem, SmokeFailure

if TYPE_CHECKING:
    from pytest_deploy.gate.smoke import SmokeRun


class Claims(pytest.Collector):
    """The node of all claims; it is told without asking the deployment anything."""

    def __init__(self, *, run: SmokeRun, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # handed on as pytest gives it
        self.run = run

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each claim and what it is about."""
        for number, (name, claim, subject) in enumerate(claims(self.run.plan)):
            if self.run.wanted is None or name in self.run.wanted:
                yield ClaimItem.from_parent(self, name=name, number=number, run=self.run, claim=claim, subject=subject)


def claims(plan: Plan) -> Iterator[tuple[str, Claim, Subject]]:
    """All claims with what they are about, and the names of their tests, in order."""
    for one in ALL.values():
        for subject in one.subjects(plan):
            yield f"{one.id}[{subject.name}]" if subject.name else one.id, one, subject


class ClaimFailed(Exception):
    """A claim that does not hold; the text is what people read."""


class ClaimItem(pytest.Item):
    """One claim about one endpoint, or about the deployment as a whole."""

    def __init__(self, *, number: int, run: SmokeRun, claim: Claim, subject: Subject, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # handed on as pytest gives it
        self.number = number
        self.run = run
        self.claim = claim
        self.subject = subject
        self.add_marker(pytest.mark.smoke)
        self.add_marker(pytest.mark.deploy(area="smoke", id=claim.id, tier=claim.tier))
        # pytest-selenium leaves out what does not say so when there is a base URL. Who does not know the mark never sees it.
        if self.config.pluginmanager.hasplugin("selenium"):
            self.add_marker("nondestructive")
        if claim.timing and self.config.pluginmanager.hasplugin("xdist"):
            self.add_marker(pytest.mark.xdist_group("deploy-timing"))

    def runtest(self) -> None:
        """Ask, and judge."""
        started = time.perf_counter()
        findings: tuple[Finding, ...] = ()
        outcome: Outcome = "passed"
        reason = ""
        try:
            findings = tuple(self.claim.run(self.run.deployment, self.subject))
        except NotApplicable as why:
            outcome, reason = "not-applicable", clean(str(why))
        except Unverified as why:
            outcome, reason = "unverified", clean(str(why))
        except SettingsProblem as why:
            outcome, reason = "error", clean(str(why))
        except SmokeFailure as why:
            findings = (Finding(str(why), self.subject.place, "Look at the logs of the deployment."),)
        if findings:
            outcome = "failed" if self.claim.tier == "required" or self.run.gate.strict else "advisory"
        seconds = time.perf_counter() - started
        shown = tuple(Finding(clean(one.message), one.place, one.hint) for one in findings)
        result = Result(
            self.claim.id, NODE, self.claim.tier, self.subject.name or NODE, f"{NODE}::{self.name}", outcome, reason, shown, (), seconds
        )
        self.run.keep(self, result)
        if outcome == "failed":
            raise ClaimFailed(text.failure(result, self.run.gate))
        if outcome == "error" or (outcome == "unverified" and self.run.gate.strict):
            raise ClaimFailed(reason)
        if outcome in ("not-applicable", "unverified"):
            pytest.skip(f"unverified: {reason}" if outcome == "unverified" else reason)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]  # a str is all there is to say
        """What is wrong, with no traceback: it would only show this plugin."""
        return str(excinfo.value) if isinstance(excinfo.value, ClaimFailed) else str(excinfo.getrepr(style="native"))

    def reportinfo(self) -> tuple[str, int, str]:
        """What asks for it: an entry of the settings or a declaration of the repository, else the node itself."""
        place = self.subject.place
        path = NODE if place.path == NODE else self.gate_path(self.run.gate, place.path)
        return path, place.line - 1, f"{self.name}: {self.run.shown}"

    @staticmethod
    def gate_path(gate: Gate, path: str) -> str:
        """A path of the repository as pytest shows it."""
        return gate.node(path)
