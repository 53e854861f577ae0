"""Latency against a baseline, asked of a server on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.smoke.baseline import Baseline, store
from pytest_deploy.smoke.claims import ALL
from pytest_deploy.smoke.failures import SettingsProblem
from pytest_deploy.smoke.latency import Latency
from smoke.deployments import QUICK, deployment, plan_of
from smoke.fault_server import FaultServer, Visit, in_turn, says

SETTINGS = QUICK.replace("[health]", '[health]\npath = "/health"') + "[latency]\nsamples = 20\n"
CLAIM = ALL["latency-baseline"]


def slow(visit: Visit) -> None:
    if not visit.hold(0.01):
        visit.answer()


@contextlib.contextmanager
def measured(tmp_path: Path, before: Latency | None, behaviour: Any = says(), settings: str = SETTINGS, **rest: Any) -> Iterator[Any]:  # noqa: B008  # a plain function
    """The findings of the claim, and the deployment."""
    file = tmp_path / "latency.json"
    if before is not None:
        store(file, Baseline({"GET /health": before}))
    with FaultServer(behaviour) as server, deployment(server, settings, baseline=file, **rest) as deployed:
        yield [finding for subject in CLAIM.subjects(deployed.plan) for finding in CLAIM.run(deployed, subject)], deployed


def test_as_fast_as_before_passes(tmp_path):
    with measured(tmp_path, Latency((5.0,) * 20)) as (found, deployed):
        assert found == []
        assert len(deployed.measured["GET /health"].samples) == 20


def test_slower_than_before_is_a_finding_with_its_figures(tmp_path):
    with measured(tmp_path, Latency((0.0001,) * 20), slow) as (found, _):
        (one,) = found
    assert isinstance(one, Finding)
    assert one.message.startswith("GET /health: p50 1")
    assert "over the baseline's 0.1 ms" in one.message
    assert "Mann-Whitney" in one.message
    assert one.place.path == "deploy.toml"


@pytest.mark.parametrize(
    ("before", "behaviour", "reason"),
    [
        (None, says(), "there is no baseline in deploy/latency.json: record it with --deploy-record-baseline, and commit it"),
        (Latency((1.0,) * 19), says(), "at least 20 samples on each side are needed; set latency.samples, and record the baseline again"),
        (Latency((1.0,) * 20), says(503), "it answered 503; how long such an answer takes says nothing"),
        (Latency((1.0,) * 20), in_turn(*[says()] * 9, says(429)), "it answered 429; how long such an answer takes says nothing"),
    ],
)
def test_what_cannot_be_compared_is_unverified(tmp_path, before, behaviour, reason):
    with pytest.raises(Unverified) as caught, measured(tmp_path, before, behaviour):
        pass
    assert str(caught.value).endswith(reason)


def test_an_endpoint_that_the_baseline_does_not_have_is_unverified(tmp_path):
    settings = SETTINGS.replace("/health", "/up")
    with pytest.raises(Unverified) as caught, measured(tmp_path, Latency((1.0,) * 20), settings=settings):
        pass
    assert str(caught.value).startswith("there is no latency of GET /up in deploy/latency.json")


def test_a_file_that_is_no_baseline_is_a_mistake_of_the_settings(tmp_path):
    (tmp_path / "latency.json").write_text("[]")
    with pytest.raises(SettingsProblem, match="this is no baseline of latencies"), measured(tmp_path, None):
        pass


def test_a_baseline_that_is_recorded_is_compared_with_nothing(tmp_path):
    with measured(tmp_path, Latency((0.0001,) * 20), slow, recording=True) as (found, deployed):
        assert found == []
        assert deployed.measured["GET /health"].p50 > 0.01


def test_it_asks_as_the_settings_say_and_one_after_another(tmp_path):
    settings = SETTINGS + '[[smoke]]\npath = "/orders"\nheaders = { X-Tenant = "smoke" }\nstatus = 401\n'
    with FaultServer({"/health": says(), "/orders": says(401)}) as server, deployment(server, settings, recording=True) as deployed:
        for subject in CLAIM.subjects(deployed.plan):
            assert list(CLAIM.run(deployed, subject)) == []
    assert server.at_once == 1
    assert server.paths() == ["/health"] * 23 + ["/orders"] * 23
    assert {one.headers.get("x-tenant") for one in server.requests if one.path == "/orders"} == {"smoke"}


def test_what_changes_something_is_not_measured():
    planned = plan_of(SETTINGS + '[[smoke]]\npath = "/auth/login"\nmethod = "POST"\nstatus = 401\n')
    assert [one.name for one in planned.timed] == ["GET /health"]


def test_without_settings_and_without_a_baseline_nothing_is_measured():
    assert plan_of(QUICK).timed == ()


def test_a_baseline_in_its_usual_place_is_enough():
    planned = plan_of(QUICK, {"deploy/latency.json": "{}"})
    assert [one.name for one in planned.timed] == ["GET /health"]
