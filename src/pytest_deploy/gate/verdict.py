"""From results to a verdict: GO only when the whole gate ran and nothing stands against it."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from pytest_deploy import __version__
from pytest_deploy.gate.engine import Gate
from pytest_deploy.report.result import PathStep, Result, Run, Verdict, many

_OPTIONS = {
    "keyword": "-k",
    "markexpr": "-m",
    "lf": "--lf",
    "stepwise": "--stepwise",
    "maxfail": "-x",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
    "deploy_select": "--deploy-select",
    "deploy_ignore": "--deploy-ignore",
}
"""What narrows a run: the name of the option's value -> as it is typed."""


def conclude(gate: Gate, results: Iterable[Result], other_failures: int) -> Run:
    """The finished run. ``results`` may hold several of one item (it was run again): the last one counts."""
    last = {(one.id, one.subject): one for one in results}
    order = {key: number for number, key in enumerate(gate.by_key)}
    kept = tuple(sorted(last.values(), key=lambda one: order.get((one.id, one.subject), len(order))))
    incomplete = _incomplete(gate, len(order) - len(order.keys() & last.keys()))
    if not incomplete and not any(one.outcome != "not-applicable" for one in kept):
        incomplete = "there was nothing to judge"  # an empty answer is no approval
    bad = any(one.outcome in ("failed", "error") or (gate.strict and one.outcome == "unverified") for one in kept)
    return Run(
        tool=f"pytest-deploy {__version__}",
        target=gate.settings.target,
        commit=commit(gate.root),
        verdict="no-go" if bad or other_failures else "incomplete" if incomplete else "go",
        results=kept,
        release_paths=_release_paths(gate),
        incomplete=incomplete,
        expiring=_expiring(gate, kept),
        other_failures=other_failures,
        source_lines=_source_lines(gate, kept),
    )


def with_smoke(run: Run, smoke: Run) -> Run:
    """The run of a gate in which a deployment was asked, too: the worse verdict of both."""
    return dataclasses.replace(
        run,
        verdict=max(run.verdict, smoke.verdict, key=_WORSE.index),
        incomplete=run.incomplete or smoke.incomplete,
        reasons=(*run.reasons, *smoke.reasons),
        watched=smoke.watched,
        rollback=smoke.rollback,
        latency=smoke.latency,
        own_smoke=smoke.own_smoke,
    )


_WORSE: tuple[Verdict, ...] = ("go", "incomplete", "no-go", "rolled-back", "rollback-failed")


def _release_paths(gate: Gate) -> tuple[tuple[PathStep, ...], ...]:
    # These are much to import, and a smoke run has no use for them.
    from pytest_deploy.gate import stations
    from pytest_deploy.pipelines.model import Pipeline

    if not any(task.check.subject is Pipeline for task in gate.tasks):
        return ()
    try:
        return stations.rows(gate.repository)
    except Exception:  # what cannot be read here is an error of every check that reads it, and said there
        return ()


def _incomplete(gate: Gate, missing: int) -> str:
    if not missing:
        return ""
    named = narrowed_by(gate.config)
    because = f" because of {', '.join(named)}" if named else ""
    return f"{many(missing, 'check', 'checks')} did not run{because}"


def narrowed_by(config: pytest.Config, but: Sequence[str] = ()) -> list[str]:
    """What the command line narrows a run with, as it is typed; ``but`` are options that do not count."""
    named = [typed for name, typed in _OPTIONS.items() if getattr(config.option, name, None) and typed not in but]
    if not named and config.args_source is pytest.Config.ArgsSource.ARGS:
        named = ["the paths given"]
    return named


def _expiring(gate: Gate, results: Sequence[Result]) -> str:
    days = [
        day
        for result in results
        for finding in result.waived
        if (task := gate.by_key.get((result.id, result.subject))) and (day := gate.waivers.until(task, finding))
    ]
    return min(days).isoformat() if days else ""


def _source_lines(gate: Gate, results: Sequence[Result]) -> tuple[tuple[str, int, str], ...]:
    places = {(finding.place.path, finding.place.line) for result in results for finding in (*result.findings, *result.waived)}
    return tuple((path, line, text) for path, line in sorted(places) if (text := gate.source_line(path, line)))


def commit(root: Path) -> str:
    """The full hash of HEAD; empty where git knows none."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # fixed arguments
            ["git", "rev-parse", "--verify", "--quiet", "HEAD"],  # noqa: S607  # found on PATH
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
