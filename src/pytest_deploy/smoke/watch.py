"""Watching a deployment for a while: the questions that change nothing are asked again and again, and what comes of it is told over time.

A release may fail only after some minutes: a cache runs full, connections are not given back, the first scheduled job runs. One round
asks everything once, a few questions at a time, each over a connection of its own, since one that is kept open leads to the same
instance again and again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_deploy.smoke.asking import together
from pytest_deploy.smoke.claims._answering import complaint
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.endpoints import Endpoint
from pytest_deploy.smoke.failures import SmokeFailure, duration
from pytest_deploy.smoke.latency import milliseconds
from pytest_deploy.smoke.reading import name_of
from pytest_deploy.smoke.statistics import percentile
from pytest_deploy.smoke.version import running

Question = Callable[[], str]
"""Asks one thing, and gives what is wrong with the answer, as a sentence; empty: nothing is."""

INTERVAL = 5.0
"""Seconds from the begin of one round to that of the next; less where that would make fewer than :data:`ROUNDS` rounds."""
ROUNDS = 60
SHORTEST = 0.2
"""Seconds between two rounds at least, however short the time is."""
IN_A_ROW = 3
"""So many rounds in a row in which something failed are a clear failure: there is no use in watching on."""
MOST = 0.01
"""The share of questions that may fail: more stands against the deployment."""
_AT_ONCE = 4
_SPANS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the time, in seconds from its begin: how much was asked in it, how much of that failed, and how long answers took."""

    begin: float
    end: float
    asked: int
    failed: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of watching for ``seconds``. ``wrong`` is what was wrong, the most frequent first, with how many times it was; ``reason``
    says as a clause what stands against the deployment (empty: nothing)."""

    seconds: float
    rounds: int
    asked: int
    failed: int
    spans: tuple[Span, ...]
    wrong: tuple[tuple[str, int], ...] = ()
    reason: str = ""

    @property
    def error_rate(self) -> float:
        """The share of questions that failed."""
        return self.failed / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    took: float
    wrong: str


def questions(deployment: Deployment) -> dict[str, Question]:
    """What is asked in each round, by name: the endpoints that only read, and the version where it is known."""

    def of(endpoint: Endpoint) -> Question:
        def ask() -> str:
            answer = deployment.ask_anew(endpoint)
            if answer.response is None:
                return str(answer.failure)
            longest = endpoint.expected.max_seconds if endpoint.expected is not None else None
            if longest is not None and answer.seconds > longest:
                return f"{name_of(answer.response)}: it took longer than {duration(longest)}"
            return complaint(endpoint, answer.response)

        return ask

    def version() -> str:
        settings, wanted = deployment.settings.version, deployment.wanted
        assert settings is not None  # noqa: S101  # else it is not asked
        assert wanted is not None  # noqa: S101  # likewise
        response = deployment.client.get(settings.path, headers={"Connection": "close"})
        found = running(response, settings)
        return "" if wanted.is_met_by(found) else f"{name_of(response)}: version {found} runs instead of {wanted}"

    asked = {one.name: of(one) for one in deployment.plan.repeatable}
    if deployment.settings.version is not None and deployment.wanted is not None:
        asked["the version"] = version
    return asked


def watch(asked: Mapping[str, Question], seconds: float, *, tell: Callable[[str, bool], None] | None = None) -> Watched:
    """Ask for ``seconds``, or until it is clear that the deployment fails. ``tell`` gets a line after each round, and whether it says
    something new."""
    interval = max(min(INTERVAL, seconds / ROUNDS), SHORTEST)
    started = time.monotonic()
    seen: list[_Seen] = []
    rounds = bad = 0
    while True:
        begin = time.monotonic() - started
        now = together(lambda question: _ask(question, started), list(asked.values()), _AT_ONCE)
        seen += now
        rounds += 1
        before, bad = bad, 0 if all(not one.wrong for one in now) else bad + 1
        elapsed = time.monotonic() - started
        if tell is not None:
            tell(_progress(seen, elapsed, seconds, now), bool(bad) != bool(before))
        if bad >= IN_A_ROW or begin + interval > seconds:
            return _watched(seen, min(elapsed, seconds) if bad < IN_A_ROW else elapsed, rounds, bad)
        time.sleep(max(begin + interval - elapsed, 0))


def _ask(question: Question, started: float) -> _Seen:
    begin = time.monotonic()
    try:
        wrong = question()
    except SmokeFailure as failure:
        wrong = str(failure)
    return _Seen(begin - started, time.monotonic() - begin, wrong)


def _progress(seen: Sequence[_Seen], elapsed: float, seconds: float, now: Sequence[_Seen]) -> str:
    failed = sum(bool(one.wrong) for one in seen)
    wrong = next((one.wrong for one in now if one.wrong), "")
    p95 = milliseconds(percentile([one.took for one in now], 0.95)) if now else "none"
    line = f"{duration(min(elapsed, seconds))} of {duration(seconds)}: {len(seen)} asked, {failed} failed, p95 {p95}"
    return f"{line}; {wrong}" if wrong else line


def _watched(seen: Sequence[_Seen], seconds: float, rounds: int, bad: int) -> Watched:
    wrong = Counter(one.wrong for one in seen if one.wrong).most_common()
    failed = sum(count for _, count in wrong)
    reason = ""
    if bad >= IN_A_ROW:
        last = next(one.wrong for one in reversed(seen) if one.wrong)
        reason = f"watched for {duration(seconds)}: {bad} rounds in a row failed, the last with {last}"
    elif seen and failed / len(seen) > MOST:
        reason = f"watched for {duration(seconds)}: {failed} of {len(seen)} questions failed, most with {wrong[0][0]}"
    return Watched(seconds, rounds, len(seen), failed, _spans(seen, seconds, rounds), tuple(wrong), reason)


def _spans(seen: Sequence[_Seen], seconds: float, rounds: int) -> tuple[Span, ...]:
    """The time in a few equal parts, no more than there were rounds; one in which nothing was asked is left out."""
    count = max(min(_SPANS, rounds), 1)
    length = seconds / count
    parts: list[list[_Seen]] = [[] for _ in range(count)]
    for one in seen:
        parts[min(int(one.at / length), count - 1) if length else 0].append(one)
    return tuple(
        Span(
            number * length,
            (number + 1) * length,
            len(part),
            sum(bool(one.wrong) for one in part),
            percentile([one.took for one in part], 0.50),
            percentile([one.took for one in part], 0.95),
        )
        for number, part in enumerate(parts)
        if part
    )
