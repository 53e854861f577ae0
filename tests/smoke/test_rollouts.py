"""Waiting for a rollout: what counts as healthy, and the timeline of what did not."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from pytest_deploy.settings import HealthSettings, VersionSettings
from pytest_deploy.smoke import rollout
from pytest_deploy.smoke.client import new_client
from pytest_deploy.smoke.failures import NotHealthy
from pytest_deploy.smoke.rollout import wait_until_healthy
from pytest_deploy.smoke.version import Wanted
from smoke import fault_server as faults
from smoke.fault_server import FaultServer, alternating, free_port, in_turn, says, says_json

OLD, NEW = says_json('{"status": "ok", "commit": "1111111"}'), says_json('{"status": "ok", "commit": "2222222"}')
TWICE = HealthSettings(answers=2, timeout=5)
IN_HEALTH = VersionSettings(path="/health", pointer="/commit")
WANTED = Wanted(("2222222",))


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The same steps, in less time."""
    monkeypatch.setattr(rollout, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(rollout, "LONGEST_PAUSE", 0.03)


def what(failure: NotHealthy) -> list[tuple[str, int]]:
    """What was seen, and how many times; the numbers of what repeats for as long as there is time are 0."""
    return [(one.what, one.times) for one in failure.timeline.stretches]


def test_a_healthy_deployment_answers_several_times_each_over_a_connection_of_its_own():
    with FaultServer({"/health": NEW}) as server, new_client(server.url) as client:
        done = wait_until_healthy(client, HealthSettings(answers=3))
    assert [(one.what, one.times) for one in done.timeline.stretches] == [("healthy", 3)]
    assert server.connections == 3


def test_without_time_to_wait_the_first_answer_decides():
    with FaultServer({"/health": in_turn(says(503), NEW)}) as server, new_client(server.url) as client, pytest.raises(NotHealthy) as caught:
        wait_until_healthy(client, TWICE)
    assert len(server.requests) == 1
    assert caught.value.reason == f"GET {server.url}/health: it did not answer healthy 2 times in a row; last: it answered 503"


def test_503_and_then_healthy_passes_and_is_told():
    told: list[str] = []
    with FaultServer({"/health": in_turn(says(503), says(503), NEW)}) as server, new_client(server.url) as client:
        done = wait_until_healthy(client, TWICE, wait=5, tell=told.append)
    assert [(one.what, one.times) for one in done.timeline.stretches] == [("it answered 503", 2), ("healthy", 2)]
    assert [line.partition(": ")[2] for line in told] == ["it answered 503", "healthy"]


def test_a_deployment_that_flaps_is_not_healthy():
    with (
        FaultServer({"/health": alternating(NEW, says(500))}) as server,
        new_client(server.url) as client,
        pytest.raises(NotHealthy) as caught,
    ):
        wait_until_healthy(client, TWICE, wait=0.3)
    assert {seen for seen, _ in what(caught.value)} >= {"healthy", "it answered 500"}
    assert len(caught.value.timeline.stretches) > 4


def test_an_old_instance_that_answers_between_begins_the_count_anew():
    with FaultServer({"/health": in_turn(OLD, NEW, OLD, NEW, NEW)}) as server, new_client(server.url) as client:
        done = wait_until_healthy(client, TWICE, wait=5, version=IN_HEALTH, wanted=WANTED)
    assert done.version == "2222222"
    assert len(server.requests) == 5


def test_old_and_new_in_turn_do_not_pass():
    with FaultServer({"/health": alternating(OLD, NEW)}) as server, new_client(server.url) as client, pytest.raises(NotHealthy) as caught:
        wait_until_healthy(client, TWICE, wait=0.3, version=IN_HEALTH, wanted=WANTED)
    assert {seen for seen, _ in what(caught.value)} >= {"healthy, as version 2222222", "healthy, but as version 1111111"}
    assert caught.value.reason.startswith(
        f"GET {server.url}/health: it did not answer healthy 2 times in a row as version 2222222 (--deploy-version) within 300 ms; last: "
    )


def test_the_version_is_asked_where_settings_say():
    health = {"/health": says_json('{"status": "UP"}'), "/version": in_turn(says(404), says(200, "v1.2.3\n"))}
    with FaultServer(health) as server, new_client(server.url) as client:
        done = wait_until_healthy(client, TWICE, wait=5, version=VersionSettings(), wanted=Wanted(("1.2.3",)))
    assert [one.what for one in done.timeline.stretches] == [
        "healthy, but of no known version: it answered 404 instead of the version",
        "healthy, as version v1.2.3",
    ]


def test_the_timeline_tells_when_it_was_refused_and_when_which_version_answered():
    with free_port() as port, new_client(f"http://127.0.0.1:{port}") as client, pytest.raises(NotHealthy) as caught:
        wait_until_healthy(client, TWICE, wait=0.5)
    lines = str(caught.value).split("\n")
    assert lines[0].startswith(
        f"GET http://127.0.0.1:{port}/health: it did not answer healthy 2 times in a row within 500 ms; last: the connection"
    )
    assert len(lines) == 2
    assert re.fullmatch(r"  \d+ ms to \d+ ms: the connection was refused: nothing listens there \(\d+ times\)", lines[1])


@pytest.mark.parametrize("behaviour", [faults.never_answers, faults.trickles_the_header, faults.trickles_the_body, faults.pours])
def test_the_whole_wait_has_a_deadline(behaviour):
    with FaultServer(behaviour) as server, new_client(server.url, largest=100_000) as client:
        started = time.monotonic()
        with pytest.raises(NotHealthy):
            wait_until_healthy(client, HealthSettings(answers=2, timeout=10), wait=0.2)
        assert time.monotonic() - started < 1


def test_a_password_is_in_no_line():
    with FaultServer(says(503)) as server:
        client = new_client(server.url.replace("//", "//ann:canary-pw@"))
        with client, pytest.raises(NotHealthy) as caught:
            wait_until_healthy(client, TWICE, path="/health?token=canary-token")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(204), ""),
        (says(200, "OK"), ""),
        (says_json('{"status": "UP"}'), ""),
        (says_json('{"status": "pass", "checks": {}}'), ""),
        (says_json('"healthy"'), ""),
        (says_json('{"status": 200}'), ""),
        (says_json('{"name": "shop"}'), ""),
        (says_json("[]"), ""),
        (says_json('{"status": "DOWN"}'), "it answered 200, but says of itself: DOWN"),
        (says_json('{"state": "degraded"}'), "it answered 200, but says of itself: degraded"),
        (says_json('{"status": false}'), "it answered 200, but says of itself: False"),
        (says_json('{"status": "fail"}', 503), "it answered 503 (status: fail)"),
        (says_json('{"detail": "no database"}', 500), "it answered 500 (detail: no database)"),
        (says(404), "it answered 404"),
        (says(302, location="/login"), "it answered 302, a redirect to http://HOST/login"),
        (says(302, location="http://u:pw@sso.example/"), "it answered 302, a redirect to http://…@sso.example/"),
        (
            says_json('{"status": '),
            "it answered 200, but it says it is application/json, but the body is no JSON: Expecting value: line 1 column 12 (char 11)",
        ),
        (
            says(200, b'{"status": "\xff"}', content_type="application/json"),
            "it answered 200, but the body is not utf-8: byte 0xff at 12",
        ),
        (
            says(200, "{}", content_type="application/json; charset=klingon"),
            "it answered 200, but it says its character set is 'klingon', which there is not",
        ),
        (says_json("[" * 100_000), "it answered 200, but its JSON is nested too deep to be read"),
    ],
)
def test_what_healthy_means(behaviour, said):
    from pytest_deploy.smoke import health

    with FaultServer({"/health": behaviour}) as server, new_client(server.url) as client:
        got = health.complaint(health.ask(client, "/health", timeout=2))
    assert got.replace(server.url.partition("//")[2], "HOST") == said


def test_a_redirect_that_only_adds_a_slash_is_followed():
    from pytest_deploy.smoke import health

    with FaultServer({"/health": says(301, location="/health/"), "/health/": says(200)}) as server, new_client(server.url) as client:
        assert health.complaint(health.ask(client, "/health", timeout=2)) == ""
    assert server.paths() == ["/health", "/health/"]


def test_json_in_the_character_set_that_it_names_is_read():
    from pytest_deploy.smoke.reading import json_of

    response = httpx.Response(
        200,
        content='{"a": "ü"}'.encode("latin-1"),
        headers={"content-type": "application/json; charset=iso-8859-1"},
        request=httpx.Request("GET", "http://x"),
    )
    assert json_of(response) == {"a": "ü"}


def test_the_time_is_used_up_with_a_last_question_before_its_end(monkeypatch):
    monkeypatch.setattr(rollout, "FIRST_PAUSE", 30.0)
    with FaultServer({"/health": in_turn(says(503), NEW)}) as server, new_client(server.url) as client:
        done = wait_until_healthy(client, HealthSettings(answers=1), wait=1.0)
    assert 0.5 < done.seconds < 1.0
