"""What a run against a deployment tells beside its results: latency, what came of watching it, how it was taken back."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pytest_deploy.report.result import Run
from pytest_deploy.smoke.latency import milliseconds

if TYPE_CHECKING:
    from pytest_deploy.smoke.latency import Latency

SHOWN = 10
"""So many lines of a command's output, and so many things that were wrong, are shown in a terminal."""
_BARS = "▁▂▃▄▅▆▇█"


def bars(values: Sequence[float], most: float | None = None) -> str:
    """A row of bars, one for each value; the highest stands for ``most`` (the largest of them, where it is not given)."""
    top = max(values, default=0.0) if most is None else most
    return "".join(_BARS[min(round(one / top * (len(_BARS) - 1)), len(_BARS) - 1) if top > 0 else 0] for one in values)


def percent(share: float) -> str:
    """A share: ``0.4 %``; what is not nothing is not shown as nothing."""
    return "0 %" if share == 0 else f"{max(share * 100, 0.01):.2g} %" if share < 0.1 else f"{share:.0%}".replace("%", " %")


def lines(run: Run, width: int) -> Iterator[str]:
    """The same for a terminal, none wider than ``width``."""
    for one in run.latency:
        before = f"  (baseline {_both(one.before)})" if one.before is not None else ""
        yield from _wrapped(f" latency  {one.endpoint}  {_both(one.now)}{before}", width)
    if run.watched is not None:
        seen = run.watched
        rate = percent(seen.error_rate)
        yield from _wrapped(
            f" watched  {seen.seconds:.0f} s, {seen.rounds} rounds: {seen.asked} asked, {seen.failed} failed ({rate})", width
        )
        if seen.spans:
            yield from _wrapped(f"   errors  {bars([one.failed / one.asked for one in seen.spans], 1.0)}", width)
            yield from _wrapped(f"   p95     {bars([one.p95 for one in seen.spans])}  {_range([one.p95 for one in seen.spans])}", width)
        for wrong, count in seen.wrong[:SHOWN]:
            yield from _wrapped(f"   {count} × {wrong}", width)
    if run.rollback is not None:
        yield from _wrapped(f" rollback  {run.rollback.text}", width)
        for line in run.rollback.output.splitlines()[-SHOWN:]:
            text = "".join(one if one.isprintable() else "\ufffd" for one in f"   | {line}")
            yield text if len(text) <= width else text[: width - 1] + "…"
        if run.rollback.health:
            yield from _wrapped(f"   {run.rollback.health}", width)


def _wrapped(text: str, width: int) -> list[str]:
    """A text on as many lines as it takes, without what a terminal would act upon."""
    begin = text[: len(text) - len(text.lstrip())]
    plain = "".join(one if one.isprintable() else "\ufffd" for one in re.sub(r"[\n\r\t]+ *", " ", text))
    return textwrap.wrap(plain, max(width, 20), initial_indent="", subsequent_indent=f"{begin}  ", drop_whitespace=True)


def _both(latency: Latency) -> str:
    return f"p50 {milliseconds(latency.p50)}, p95 {milliseconds(latency.p95)}"


def _range(values: Sequence[float]) -> str:
    low, high = milliseconds(min(values)), milliseconds(max(values))
    return low if low == high else f"{low} to {high}"


def data(run: Run) -> dict[str, Any]:
    """The same for the JSON report. Times are in seconds."""
    watched, back = run.watched, run.rollback
    return {
        "latency": [
            {"endpoint": one.endpoint, "now": _figures(one.now), "baseline": None if one.before is None else _figures(one.before)}
            for one in run.latency
        ],
        "watch": None
        if watched is None
        else {
            "seconds": round(watched.seconds, 3),
            "rounds": watched.rounds,
            "asked": watched.asked,
            "failed": watched.failed,
            "wrong": [{"message": wrong, "times": count} for wrong, count in watched.wrong],
            "spans": [
                {
                    "begin": round(one.begin, 3),
                    "end": round(one.end, 3),
                    "asked": one.asked,
                    "failed": one.failed,
                    "p50": round(one.p50, 6),
                    "p95": round(one.p95, 6),
                }
                for one in watched.spans
            ],
        },
        "rollback": None
        if back is None
        else {"worked": back.worked, "command": back.text, "output": back.output, "health": back.health, "seconds": round(back.seconds, 3)},
    }


def _figures(latency: Latency) -> dict[str, float]:
    return {
        "samples": len(latency.samples),
        "p50": round(latency.p50, 6),
        "p95": round(latency.p95, 6),
        "p99": round(latency.p99, 6),
    }
