"""How long a running deployment takes to answer, and whether that is longer than it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pytest_deploy.smoke.statistics import FEWEST, percentile, probability_of_chance

if TYPE_CHECKING:
    import httpx

WARM_UP = 3
"""Requests that are asked first and not counted: they open connections and fill caches."""
_CHANCE = 0.01
"""A difference that chance alone would show more often than this is none."""
_NEGLIGIBLE = 0.005
"""Seconds: a difference of less is none. The test knows how samples of one run scatter, not how two runs differ: a busy machine or
network adds a fraction of a millisecond to every sample, which is half of what a quick endpoint takes."""


@dataclass(frozen=True, slots=True)
class Latency:
    """The times of one endpoint's answers, in seconds, in the order in which they were asked."""

    samples: tuple[float, ...]

    @property
    def p50(self) -> float:
        """The median, in seconds."""
        return percentile(self.samples, 0.50)

    @property
    def p95(self) -> float:
        """95 of 100 answers take no longer, in seconds."""
        return percentile(self.samples, 0.95)

    @property
    def p99(self) -> float:
        """99 of 100 answers take no longer, in seconds."""
        return percentile(self.samples, 0.99)

    def __str__(self) -> str:
        return f"p50 {milliseconds(self.p50)}, p95 {milliseconds(self.p95)}, p99 {milliseconds(self.p99)} of {len(self.samples)}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a comparison: ``slower`` only beyond the tolerance *and* statistically; ``unknown`` where there are too few samples.
    ``text`` says it with its figures."""

    outcome: Literal["as before", "slower", "unknown"]
    text: str


def measure(
    client: httpx.Client,
    path: str,
    *,
    samples: int = 50,
    warm_up: int = WARM_UP,
    method: str = "GET",
    judge: Callable[[httpx.Response], None] | None = None,
    **request: Any,
) -> Latency:
    """Ask an endpoint one request after another and take the times, bodies included.

    What the answers say is no matter here: ``judge`` looks at each of them, and may raise. ``request`` are further arguments of httpx's
    ``request``. Raises ``RequestFailed`` when one is not answered at all, ``ValueError`` for no samples.
    """
    if samples < 1:
        raise ValueError(f"samples: {samples} is less than one")
    times = []
    for _ in range(warm_up + samples):
        started = time.perf_counter()
        response = client.request(method, path, **request)
        times.append(time.perf_counter() - started)
        if judge is not None:
            judge(response)
    return Latency(tuple(times[warm_up:]))


def compare(before: Latency, now: Latency, *, tolerance: float) -> Compared:
    """Hold the times now against those of a baseline. ``tolerance`` is the share by which they may be longer (0.20: a fifth)."""
    said = f"now {now}; baseline {before}"
    if min(len(before.samples), len(now.samples)) < FEWEST:
        return Compared("unknown", f"{said}: at least {FEWEST} samples on each side are needed")
    longer = [
        f"{name} {milliseconds(one)} is {one / other - 1:.0%} over the baseline's {milliseconds(other)}"
        for name, one, other in (("p50", now.p50, before.p50), ("p95", now.p95, before.p95))
        if one > other * (1 + tolerance) and one - other >= _NEGLIGIBLE
    ]
    if not longer:
        return Compared("as before", said)
    chance = probability_of_chance(before.samples, now.samples)
    if chance >= _CHANCE:
        return Compared("as before", f"{said}; {longer[0]}, which chance alone can do (p = {chance:.2g}, Mann-Whitney)")
    return Compared("slower", f"{', '.join(longer)}; tolerance {tolerance:.0%}, p = {chance:.2g} (Mann-Whitney); {said}")


def milliseconds(seconds: float) -> str:
    """A time with three digits: ``12.3 ms``, ``1.2 s``."""
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
