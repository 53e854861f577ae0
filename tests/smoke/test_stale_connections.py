"""Connections that are used again, and that the server closes just then."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.client import new_async_client, new_client
from smoke import fault_server as faults
from smoke.asking_both import SYNC_AND_ASYNC
from smoke.fault_server import FaultServer, in_turn, says


def ask_in_turn(kind: str, url: str, *methods: str) -> list[httpx.Response]:
    """The requests one after another, with one client."""
    if kind == "threads":
        with new_client(url) as client:
            return [client.request(method, "/") for method in methods]

    async def main() -> list[httpx.Response]:
        async with new_async_client(url) as client:
            return [await client.request(method, "/") for method in methods]

    return asyncio.run(main())


@SYNC_AND_ASYNC
def test_a_question_that_a_closed_connection_swallowed_is_asked_again_on_a_new_one(kind):
    with FaultServer(in_turn(says(200), faults.hangs_up, says(204))) as server:
        answers = ask_in_turn(kind, server.url, "GET", "GET")
    assert [one.status_code for one in answers] == [200, 204]
    assert (len(server.requests), server.connections) == (3, 2)


@SYNC_AND_ASYNC
def test_what_does_something_is_never_sent_twice(kind):
    with FaultServer(in_turn(says(200), faults.hangs_up, says(204))) as server:
        with pytest.raises(kinds.BrokenOff):
            ask_in_turn(kind, server.url, "POST", "POST")
        assert len(server.requests) == 2


@SYNC_AND_ASYNC
def test_a_server_that_hangs_up_on_a_new_connection_has_failed(kind):
    with FaultServer(in_turn(says(200), faults.hangs_up, faults.hangs_up)) as server:
        with pytest.raises(kinds.BrokenOff):
            ask_in_turn(kind, server.url, "GET", "GET")
        assert len(server.requests) == 3


@SYNC_AND_ASYNC
def test_an_answer_that_breaks_off_is_not_asked_for_again(kind):
    with FaultServer(in_turn(says(200), lambda visit: visit.send("HTTP/1.1 200"), says(204))) as server:
        with pytest.raises(kinds.RequestFailed):
            ask_in_turn(kind, server.url, "GET", "GET")
        assert len(server.requests) == 2
