"""Percentiles, and whether one set of times is really longer than another.

Times of answers are no bell curve: a few are ten times the usual one. So they are compared by rank, with the test of Mann and Whitney
("On a test of whether one of two random variables is stochastically larger than the other", Annals of Mathematical Statistics 18, 1947),
in its normal approximation with a correction for ties and for continuity, which is sound from about twenty samples on each side.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

FEWEST = 20
"""The fewest samples on each side for which the approximation is taken at its word."""


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie, interpolated between neighbours.

    Raises ``ValueError`` when there is no value.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (position - lower)


def probability_of_chance(before: Sequence[float], now: Sequence[float]) -> float:
    """How likely it is that ``now`` looks so much larger than ``before`` by chance alone (0 to 1, one-sided).

    Raises ``ValueError`` when one of them is empty.
    """
    if not before or not now:
        raise ValueError("two sets of samples are needed")
    together = sorted([*before, *now])
    counts = Counter(together)
    ranks: dict[float, float] = {}
    passed = 0
    for value in sorted(counts):
        ranks[value] = passed + (counts[value] + 1) / 2
        passed += counts[value]
    few, many = len(now), len(before)
    larger = sum(ranks[value] for value in now) - few * (few + 1) / 2
    total = few + many
    ties = sum(count**3 - count for count in counts.values()) / (total * (total - 1)) if total > 1 else 0.0
    deviation = math.sqrt(few * many / 12 * (total + 1 - ties))
    if deviation == 0:
        return 1.0
    return 0.5 * math.erfc((larger - few * many / 2 - 0.5) / deviation / math.sqrt(2))
