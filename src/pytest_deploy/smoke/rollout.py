"""Waiting for a deployment: until it answers healthy, several times in a row, and every time as the version that is wanted.

One healthy answer proves little: an old instance that is being drained still answers, and a balancer sends one request here and the next
there. So each question goes over a connection of its own, and one that is answered otherwise begins the count anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_deploy.settings import HealthSettings, VersionSettings
from pytest_deploy.smoke import health as judging
from pytest_deploy.smoke.failures import AnswerUnreadable, NotHealthy, RequestFailed, duration
from pytest_deploy.smoke.reading import name_of
from pytest_deploy.smoke.timeline import Timeline
from pytest_deploy.smoke.version import Wanted, running

if TYPE_CHECKING:
    import httpx

FIRST_PAUSE = 0.1
"""Seconds between two questions at first, and after anything has changed."""
LONGEST_PAUSE = 5.0
_GROWTH = 1.5
_LEAST = 0.02
"""Seconds that a question needs: with less left none is asked."""
_LAST = 0.2
"""Seconds that are kept for the last question; more where the one before took longer."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """A deployment that became healthy: after how many seconds, as which version (empty: it is not asked for), and what it did before."""

    seconds: float
    version: str
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class _Seen:
    what: str
    good: bool
    version: str = ""


def wait_until_healthy(
    client: httpx.Client,
    health: HealthSettings | None = None,
    *,
    path: str = "",
    wait: float = 0.0,
    version: VersionSettings | None = None,
    wanted: Wanted | None = None,
    unwanted: Wanted | None = None,
    tell: Callable[[str], None] | None = None,
) -> Rollout:
    """Ask until ``health.answers`` healthy answers came in a row, for ``wait`` seconds at most (0: the first that is not healthy ends it).

    ``path`` is where health is asked when ``health`` does not say. With ``version`` each answer must come with a version, and with
    ``wanted``, too, with that one; with ``unwanted`` any other will do, and one that does not say which it is, as an older one may not.
    ``tell`` gets a line whenever something changes. Raises ``NotHealthy`` with the timeline.
    """
    health = health or HealthSettings()
    where = health.path or path or "/health"
    started = time.monotonic()
    timeline = Timeline()
    in_a_row, pause = 0, FIRST_PAUSE
    while True:
        begin = time.monotonic() - started
        seen = _look(client, where, lambda: _limit(health.timeout, started, wait), version, wanted, unwanted)
        end = time.monotonic() - started
        if timeline.add(begin, end, seen.what):
            pause = FIRST_PAUSE
            if tell is not None:
                tell(f"{duration(end)}: {seen.what}")
        in_a_row = in_a_row + 1 if seen.good else 0
        if in_a_row >= health.answers:
            return Rollout(end, seen.version, timeline)
        rest = wait - end - max(_LAST, end - begin)  # the time is used up: the last question is asked just before its end
        if (wait and rest <= _LEAST) or not (wait or seen.good):
            raise NotHealthy(_reason(client, where, wait, in_a_row, health.answers, wanted, timeline), timeline)
        time.sleep(min(pause, rest) if wait else pause)
        pause = FIRST_PAUSE if seen.good else min(pause * _GROWTH, LONGEST_PAUSE)


def _limit(timeout: float, started: float, wait: float) -> float:
    """The time that one request may take: no longer than the whole wait."""
    return max(min(timeout, started + wait - time.monotonic()), _LEAST) if wait else timeout


def _look(
    client: httpx.Client,
    path: str,
    limit: Callable[[], float],
    version: VersionSettings | None,
    wanted: Wanted | None,
    unwanted: Wanted | None,
) -> _Seen:
    try:
        response = judging.ask(client, path, timeout=limit())
        wrong = judging.complaint(response)
        if wrong:
            return _Seen(wrong, good=False)
        if version is None:
            return _Seen("healthy", good=True)
        if version.path != path:
            response = client.get(version.path, headers={"Connection": "close"}, timeout=limit())
        found = running(response, version)
    except RequestFailed as failure:
        return _Seen(failure.what, good=False)
    except AnswerUnreadable as problem:
        if unwanted is not None:
            return _Seen("healthy, as a version that does not say which it is", good=True)
        return _Seen(f"healthy, but of no known version: {str(problem).removeprefix(name_of(response) + ': ')}", good=False)
    if (wanted is not None and not wanted.is_met_by(found)) or (unwanted is not None and unwanted.is_met_by(found)):
        return _Seen(f"healthy, but as version {found}", good=False, version=found)
    return _Seen(f"healthy, as version {found}", good=True, version=found)


def _reason(client: httpx.Client, path: str, wait: float, in_a_row: int, answers: int, wanted: Wanted | None, timeline: Timeline) -> str:
    from pytest_deploy.smoke.address import shown

    url = shown(str(client.build_request("GET", path).url))
    within = f" within {duration(wait)}" if wait else ""
    version = f" as version {wanted} ({wanted.origin})" if wanted else ""
    times = f" {answers} times in a row" if answers > 1 else ""
    last = f"{in_a_row} of {answers} healthy answers in a row when the time was up" if in_a_row else timeline.last
    return f"GET {url}: it did not answer healthy{times}{version}{within}; last: {last}"
