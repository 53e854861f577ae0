"""Watching a deployment: rounds, when it ends, and what is told of it."""

from __future__ import annotations

import itertools
import time

import pytest

from pytest_deploy.smoke.failures import AnswerUnreadable
from pytest_deploy.smoke.version import Wanted
from pytest_deploy.smoke.watch import questions, watch
from smoke.deployments import QUICK, deployment
from smoke.fault_server import FaultServer, says, says_json

HEALTH = QUICK.replace("[health]", '[health]\npath = "/health"')


def in_turn(*answers: str):
    """A question whose answers come one after the other; the last one stays."""
    coming = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda: next(coming)


def test_it_lasts_as_long_as_it_should():
    started = time.monotonic()
    found = watch({"a": in_turn("")}, 0.5)
    assert 0.3 < time.monotonic() - started < 2
    assert (found.rounds, found.asked, found.failed, found.reason) == (3, 3, 0, "")


def test_three_rounds_in_a_row_are_a_clear_failure():
    found = watch({"a": in_turn("", "it is gone"), "b": in_turn("")}, 60)
    assert (found.rounds, found.asked, found.failed) == (4, 8, 3)
    assert found.wrong == (("it is gone", 3),)
    assert found.reason.endswith("3 rounds in a row failed, the last with it is gone")


def test_failures_between_do_not_end_it_and_are_too_many_all_the_same():
    found = watch({"a": in_turn("", "x", "x", "", "x", "")}, 1.1)
    assert (found.rounds, found.failed) == (6, 3)
    assert found.reason.endswith("3 of 6 questions failed, most with x")


def test_one_failure_in_a_hundred_is_borne():
    asked = {f"{number}": in_turn("") for number in range(99)} | {"bad": in_turn("x", "")}
    found = watch(asked, 0.1)
    assert (found.asked, found.failed, found.reason) == (100, 1, "")
    assert found.error_rate == 0.01


def test_what_cannot_be_read_is_a_failure():
    def unreadable() -> str:
        raise AnswerUnreadable("it is no JSON")

    assert watch({"a": unreadable}, 0.1).wrong == (("it is no JSON", 1),)


def test_the_spans_cover_the_time_and_all_that_was_asked():
    found = watch({"a": in_turn("", "x", ""), "b": in_turn("")}, 0.7)
    assert sum(span.asked for span in found.spans) == found.asked
    assert sum(span.failed for span in found.spans) == found.failed
    assert [span.begin for span in found.spans[1:]] == pytest.approx([span.end for span in found.spans[:-1]])


def test_each_round_tells_a_line_and_whether_it_is_news():
    told: list[tuple[str, bool]] = []
    watch({"a": in_turn("", "it is gone", "")}, 0.7, tell=lambda line, news: told.append((line, news)))
    assert [news for _, news in told] == [False, True, True, False]
    assert told[1][0].endswith("; it is gone")
    assert "2 asked, 1 failed" in told[1][0]


def test_what_only_reads_is_asked_and_the_version():
    settings = HEALTH + '[version]\n[[smoke]]\npath = "/a"\nheaders = { X-A = "b" }\n[[smoke]]\npath = "/login"\nmethod = "POST"\n'
    behaviours = {"/version": says_json('"abc1234"'), "*": says()}
    with FaultServer(behaviours) as server, deployment(server, settings, wanted=Wanted(("abc1234",))) as deployed:
        asked = questions(deployed)
        assert list(asked) == ["GET /health", "GET /a", "the version"]
        assert [question() for question in asked.values()] == ["", "", ""]
    assert [one.headers.get("connection") for one in server.requests] == ["close"] * 3
    assert server.requests[1].headers["x-a"] == "b"


def test_what_takes_too_long_fails():
    def slow(visit):
        if not visit.hold(0.05):
            visit.answer()

    settings = HEALTH + '[[smoke]]\npath = "/a"\nmax_seconds = 0.01\n'
    with FaultServer(slow) as server, deployment(server, settings) as deployed:
        assert questions(deployed)["GET /a"]() == f"GET {server.url}/a: it took longer than 10 ms"


def test_nobody_there_is_a_failure_and_not_an_end():
    with FaultServer(says()) as server, deployment(server, HEALTH) as deployed:
        server.close = lambda: None  # type: ignore[method-assign]  # it is closed here already
        FaultServer.close(server)
        assert "the connection was refused" in questions(deployed)["GET /health"]()
