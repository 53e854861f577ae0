"""Asking ahead: many at once, but not all; in order, each once."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_deploy.smoke.asking import AT_ONCE, Asking, together
from pytest_deploy.smoke.claims import ALL
from smoke.deployments import deployment
from smoke.fault_server import FaultServer, says

MANY = "".join(f'[[smoke]]\npath = "/{number}"\n' for number in range(200))


def test_two_hundred_endpoints_of_fifty_milliseconds():
    def slow(visit):
        if not visit.hold(0.05):
            visit.answer(200 if visit.asked.path != "/77" else 500)

    claim = ALL["smoke-endpoint"]
    with FaultServer(slow) as server, deployment(server, MANY) as probe:
        subjects = claim.subjects(probe.plan)
        with deployment(server, MANY, ahead=[one.endpoint for one in subjects if one.endpoint]) as deployed:
            started = time.monotonic()
            found = [finding.message for subject in subjects for finding in claim.run(deployed, subject)]
            took = time.monotonic() - started
    assert [message.partition(": ")[2] for message in found] == ["it answered 500; 200 is expected"]
    assert sorted(server.paths(), key=lambda path: int(path[1:])) == [f"/{number}" for number in range(200)]
    assert server.at_once <= AT_ONCE
    assert took < 1.5


def test_answers_come_in_the_order_in_which_they_are_wanted():
    asking = Asking(lambda key: key * 2, range(50), at_once=4)
    assert [asking.answer(key) for key in reversed(range(50))] == [key * 2 for key in reversed(range(50))]
    asking.close()


def test_no_more_than_twice_as_many_wait_to_be_judged():
    asked: list[int] = []
    asking = Asking(asked.append, range(100), at_once=3)
    asking.begin()
    asking.answer(0)
    asking.close()
    assert len(asked) <= 7


def test_what_is_not_listed_is_asked_when_it_is_wanted():
    asked: list[str] = []
    asking = Asking(asked.append, ())
    asking.answer("a")
    asking.answer("a")
    asking.close()
    assert asked == ["a", "a"]


def test_before_something_is_measured_everything_else_has_ended():
    gate, at_work = threading.Event(), []

    def ask(key: int) -> None:
        at_work.append(key)
        gate.wait(5)
        at_work.remove(key)

    asking = Asking(ask, range(40), at_once=4)
    asking.begin()
    threading.Timer(0.05, gate.set).start()
    asking.quiet()
    assert at_work == []
    asking.close()


def test_together_keeps_the_order():
    assert together(lambda key: key + 1, list(range(30)), at_once=4) == list(range(1, 31))


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_only_what_changes_nothing_is_asked_ahead(method):
    settings = f'[[smoke]]\npath = "/a"\nmethod = "{method}"\n[[smoke]]\npath = "/b"\n'
    with FaultServer(says()) as server, deployment(server, settings) as probe:
        endpoints = probe.plan.endpoints
        with deployment(server, settings, ahead=endpoints) as deployed:
            deployed.ask(endpoints[1])
    assert ("/a" in server.paths()) is (method == "GET")
