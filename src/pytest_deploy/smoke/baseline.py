"""The baseline of latencies: a small JSON file that is committed, with the samples themselves, so that they can be compared by rank."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_deploy.smoke.failures import SettingsProblem
from pytest_deploy.smoke.latency import Latency

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """Latencies by endpoint (``GET /health``). ``recorded`` is the day (ISO), ``commit`` what ran then (empty: not known)."""

    endpoints: Mapping[str, Latency] = field(default_factory=dict)
    recorded: str = ""
    commit: str = ""


def load(path: Path) -> Baseline | None:
    """The baseline in a file; ``None`` when there is no such file.

    Raises ``SettingsProblem`` for a file that is none.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise SettingsProblem(f"{path.name}: this is no baseline of latencies: {error}") from None
    try:
        if data["version"] != _VERSION:
            raise SettingsProblem(f"{path.name}: version {data['version']} of the format is not known; record the baseline again")
        endpoints = {
            str(name): Latency(tuple(float(one) / 1000 for one in entry["milliseconds"])) for name, entry in data["endpoints"].items()
        }
        return Baseline(endpoints, str(data.get("recorded", "")), str(data.get("commit", "")))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SettingsProblem(f"{path.name}: this is no baseline of latencies; record it again with --deploy-record-baseline") from None


def store(path: Path, baseline: Baseline) -> None:
    """Write the baseline; the folder is made when it is missing. Times are in milliseconds, in the order in which they were taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    endpoints = {
        name: {"milliseconds": [round(one * 1000, 3) for one in latency.samples]} for name, latency in sorted(baseline.endpoints.items())
    }
    data = {"version": _VERSION, "recorded": baseline.recorded, "commit": baseline.commit, "endpoints": endpoints}
    text = json.dumps(data, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
