"""The end of a smoke run: watching on, storing a baseline, taking the deployment back, and the verdict. Only the controller of xdist
does any of this, and so it is done once."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_deploy import __version__
from pytest_deploy.gate import verdict
from pytest_deploy.gate.progress import Told
from pytest_deploy.gate.scrubbing import clean
from pytest_deploy.report.result import Rollback, Run, Timed, Verdict, many
from pytest_deploy.smoke.failures import SmokeFailure, duration

if TYPE_CHECKING:
    from pytest_deploy.gate.smoke import SmokeRun
    from pytest_deploy.smoke.watch import Watched

RECOVERY = 60.0
"""Seconds that a deployment which was taken back has to become healthy, where ``--deploy-wait`` does not say."""
_INTERRUPTED = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)


def conclude(run: SmokeRun, exitstatus: int) -> int:
    """Do what is to be done at the end, and make the verdict; the exit status of the session."""
    few = _few(run)
    interrupted = exitstatus in _INTERRUPTED
    if not run.url:
        if few:
            run.notes.append(few)
        elif run.asked and not run.ran and exitstatus == pytest.ExitCode.OK:
            run.notes.append("no smoke test ran: this is no success; --base-url URL says what to test")
            return pytest.ExitCode.NO_TESTS_COLLECTED
        return pytest.ExitCode.TESTS_FAILED if few and _is_well(exitstatus) else exitstatus
    reasons = [few] if few else []
    watched: Watched | None = None
    if run.config.option.deploy_watch and not interrupted and run.ran and not _failed(run):
        try:
            watched = _watch(run, run.config.option.deploy_watch)
        except KeyboardInterrupt:
            exitstatus, interrupted = pytest.ExitCode.INTERRUPTED, True
        except SmokeFailure as failure:
            reasons.append(f"it could not be watched: {clean(str(failure))}")
    reasons += [watched.reason] if watched is not None and watched.reason else []
    if run.is_recording and not interrupted:
        reasons += _record(run, bool(reasons) or _failed(run))
    back = _roll_back(run, watched) if run.config.option.deploy_rollback and not interrupted else None
    run.run = _run(run, reasons, interrupted, watched, back)
    if not run.ran and run.asked and not reasons and exitstatus == pytest.ExitCode.OK:
        run.notes.append("no smoke test ran: this is no success")
        return pytest.ExitCode.NO_TESTS_COLLECTED
    plan = run.gate.settings.rollback.plan
    if plan and run.run.verdict in ("no-go", "rollback-failed"):
        run.notes.append(f"how people take it back: {plan}")
    stands_against = run.run.verdict not in ("go", "incomplete")
    return pytest.ExitCode.TESTS_FAILED if stands_against and _is_well(exitstatus) else exitstatus


def _is_well(exitstatus: int) -> bool:
    return exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def _few(run: SmokeRun) -> str:
    fewest = run.config.option.deploy_min_smoke or 0
    if len(run.ran) >= fewest:
        return ""
    return f"{many(len(run.ran), 'smoke test', 'smoke tests') or 'no smoke test'} ran, {fewest} are asked for"


def _failed(run: SmokeRun) -> bool:
    """Whether anything failed that stands against the run."""
    return bool(run.others_failed) or any(one.outcome in ("failed", "error") for one in run.results.values())


def _run(run: SmokeRun, reasons: list[str], interrupted: bool, watched: Watched | None, back: Rollback | None) -> Run:
    incomplete = "it was interrupted" if interrupted else "no smoke test ran" if not run.ran else _left_out(run)
    word: Verdict = "no-go" if reasons or _failed(run) else "incomplete" if incomplete else "go"
    if back is not None:
        word = "rolled-back" if back.worked else "rollback-failed"
    return Run(
        tool=f"pytest-deploy {__version__}",
        target=run.shown,
        commit=verdict.commit(run.gate.root),
        verdict=word,
        results=tuple(run.results.values()),
        incomplete=incomplete,
        other_failures=len(run.others_failed),
        reasons=tuple(reasons),
        title="smoke run",
        watched=watched,
        rollback=back,
        latency=_latency(run),
        own_smoke=len(run.ran - run.failed - run.results.keys()),
    )


def _left_out(run: SmokeRun) -> str:
    """Why the run does not speak for all smoke tests; what ``-m`` leaves is what was asked for."""
    named = verdict.narrowed_by(run.config, but=("-m",))
    # Of the project's own tests a worker of xdist counts what is deselected; the claims are known here, too.
    missing = max(run.left_out, len(_claims(run) - run.results.keys()))
    if not missing or not named or (named == ["the paths given"] and run.wanted is None):
        return ""
    return f"{many(missing, 'smoke test', 'smoke tests')} did not run because of {', '.join(named)}"


def _claims(run: SmokeRun) -> set[str]:
    from pytest_deploy.gate.smoke_items import claims

    return {f"smoke::{name}" for name, _, _ in claims(run.plan)}


def _latency(run: SmokeRun) -> tuple[Timed, ...]:
    from pytest_deploy.smoke import baseline

    try:
        before = None if run.is_recording else baseline.load(run.baseline)
    except SmokeFailure:  # a file that is no baseline is an error of the tests that need it
        before = None
    known = before.endpoints if before is not None else {}
    return tuple(Timed(name, taken, known.get(name)) for name, taken in sorted(run.latency.items()))


def _watch(run: SmokeRun, seconds: float) -> Watched:
    from pytest_deploy.smoke.watch import questions, watch

    told = Told(run.config, f"watching {run.shown}: ")
    try:
        found = watch(questions(run.deployment), seconds, tell=told.live)
        return replace(found, wrong=tuple((clean(what), times) for what, times in found.wrong), reason=clean(found.reason))
    finally:
        told.end()


def _record(run: SmokeRun, is_no_go: bool) -> list[str]:
    """Store the latencies as the baseline; what keeps that from being done stands against the run."""
    from pytest_deploy.smoke import baseline

    path = run.baseline.relative_to(run.gate.root).as_posix()
    if is_no_go:
        run.notes.append(f"no baseline is recorded in {path}: what does not work is nothing to compare with")
        return []
    if not run.latency:
        return [f"no baseline is recorded in {path}: no latency was measured"]
    try:
        before = baseline.load(run.baseline)
    except SmokeFailure:  # it is written anew
        before = None
    # A run that was narrowed leaves the others as they are.
    kept = {name: one for name, one in before.endpoints.items() if name in {end.name for end in run.plan.timed}} if before else {}
    new = baseline.Baseline({**kept, **run.latency}, dt.date.today().isoformat(), verdict.commit(run.gate.root))
    try:
        baseline.store(run.baseline, new)
    except OSError as error:
        return [f"no baseline is recorded in {path}: {error.strerror or error}"]
    Told(run.config, "").line(f"the latency of {many(len(run.latency), 'endpoint', 'endpoints')} is recorded in {path}: commit it")
    return []


def _roll_back(run: SmokeRun, watched: Watched | None) -> Rollback | None:
    """Run the command of the settings once, where smoke tests or watching say that the deployment fails, and look at its health again."""
    against = bool(run.failed) or any(one.outcome == "failed" for one in run.results.values()) or bool(watched and watched.reason)
    if not against:
        return None
    if any(one.outcome == "error" for one in run.results.values()):
        run.notes.append("not rolled back: some smoke tests could not be run as things are set up, which is no fault of the deployment")
        return None
    from pytest_deploy.smoke.rollback import roll_back

    settings = run.gate.settings.rollback
    told = Told(run.config, "rolling back: ")
    told.line(" ".join(settings.command))
    started = time.monotonic()
    try:
        done = roll_back(settings.command, run.gate.root, timeout=settings.timeout)
        told.line(done.text)
        if not done.worked:
            return Rollback(False, clean(done.text), clean(done.output), "", done.seconds)
        worked, health = _recovered(run)
    except KeyboardInterrupt:
        return Rollback(False, "it was interrupted", "", "", time.monotonic() - started)
    return Rollback(worked, clean(done.text), clean(done.output), clean(health), time.monotonic() - started)


def _recovered(run: SmokeRun) -> tuple[bool, str]:
    """Whether the deployment is healthy again, and as another version than the one that was deployed."""
    from pytest_deploy.smoke.client import new_client
    from pytest_deploy.smoke.rollout import wait_until_healthy

    settings = run.gate.settings
    unwanted = run.version if settings.version is not None else None
    try:
        with new_client(run.address, settings, root=run.gate.root) as client:
            found = wait_until_healthy(
                client,
                settings.health,
                path=run.plan.waiting_path,
                wait=run.config.option.deploy_wait or RECOVERY,
                version=settings.version if unwanted is not None else None,
                unwanted=unwanted,
                tell=Told(run.config, "rolled back, and waiting for health: ").line,
            )
    except SmokeFailure as failure:
        return False, f"not healthy since: {failure}"
    version = f", as version {found.version}" if found.version else ""
    return True, f"healthy again after {duration(found.seconds)}{version}"
