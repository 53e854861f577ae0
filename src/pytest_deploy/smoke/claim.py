"""What a claim about a running deployment is: like a check, but about what answers and not about what is written."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pytest_deploy.checks.registry import Tier
from pytest_deploy.findings import Finding
from pytest_deploy.places import Place
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.endpoints import Endpoint, Plan


@dataclass(frozen=True, slots=True)
class Subject:
    """What one test of a claim is about: an endpoint, or the deployment as a whole (``name`` is empty then)."""

    name: str
    place: Place
    endpoint: Endpoint | None = None


Run = Callable[[Deployment, Subject], Iterable[Finding]]
Subjects = Callable[[Plan], Iterable[Subject]]
F = TypeVar("F", bound=Run)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. ``subjects`` are told without asking anything; ``run`` yields findings, raises ``NotApplicable`` or ``Unverified``."""

    id: str
    tier: Tier
    module: str
    subjects_of: Subjects
    run_on: Run
    waits: bool
    timing: bool = False
    """It measures: its tests come last, and run where nothing else asks."""

    @property
    def documentation(self) -> str:
        """The documentation: the docstring of its module."""
        return inspect.cleandoc(sys.modules[self.module].__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.documentation.partition("\n")[0].rstrip(".")

    def subjects(self, plan: Plan) -> tuple[Subject, ...]:
        """What its tests are about, in order."""
        return tuple(self.subjects_of(plan))

    def run(self, deployment: Deployment, subject: Subject) -> Iterator[Finding]:
        """Ask, and judge. What was waited for and did not become healthy is not asked any more: that is a finding of each."""
        if self.waits and (why := deployment.unready()):
            what = f"not asked, since the deployment did not become healthy: {why}"
            yield Finding(what, subject.place, "Look at the logs of the deployment; what it did instead stands at the first test of it.")
            return
        yield from self.run_on(deployment, subject)


def claim(tier: Tier = "required", *, about: Subjects, waits: bool = True, timing: bool = False) -> Callable[[F], F]:
    """Make a function a claim. Its name gives the id (``smoke_health`` -> ``smoke-health``); ``about`` tells the subjects; ``waits``: it is
    run only once the deployment is healthy, where that is waited for; ``timing``: it measures."""

    def decorate(function: F) -> F:
        name = function.__name__.replace("_", "-")
        function.__deploy_claim__ = Claim(name, tier, function.__module__, about, function, waits, timing)  # type: ignore[attr-defined]  # read by the table
        return function

    return decorate


def of_whole(*tables: str) -> Subjects:
    """One subject, the deployment as a whole; it stands at the first of some tables of the settings that is there."""

    def subjects(plan: Plan) -> Sequence[Subject]:
        place = next((plan.places[name] for name in tables if name in plan.places), plan.place(""))
        return (Subject("", place),)

    return subjects


def of_endpoints(chosen: Callable[[Plan], Iterable[Endpoint]]) -> Subjects:
    """One subject for each of some endpoints."""

    def subjects(plan: Plan) -> Sequence[Subject]:
        return tuple(Subject(one.name, one.place, one) for one in chosen(plan))

    return subjects
