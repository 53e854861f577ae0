"""Whatever a server does, a request ends within its deadline, with one sentence that names the URL and what happened."""

from __future__ import annotations

import re
import socket
import threading
import time
import tracemalloc

import httpx
import pytest

from pytest_deploy.settings import HealthSettings, Settings
from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.client import new_client
from pytest_deploy.smoke.failures import RequestFailed
from smoke import fault_server as faults
from smoke.asking_both import AMPLE, DEADLINE, SYNC_AND_ASYNC, ask, failure
from smoke.fault_server import FaultServer, free_port

FAULTS = {
    "never-answers": (faults.never_answers, kinds.NoAnswer, "connected, but no answer came within 200 ms"),
    "stalls-in-the-header": (faults.stalls_in_the_header, kinds.NoAnswer, "connected, but no answer came within 200 ms"),
    "trickles-the-header": (faults.trickles_the_header, kinds.NoAnswer, "connected, but no answer came within 200 ms"),
    "stalls-in-the-body": (
        faults.stalls_in_the_body,
        kinds.BodyTooSlow,
        "it answered 200, but the body did not end within 200 ms (3 of 10 bytes came)",
    ),
    "trickles-the-body": (
        faults.trickles_the_body,
        kinds.BodyTooSlow,
        r"it answered 200, but the body did not end within 200 ms (# of 100,000 bytes came)",
    ),
    "hangs-up": (faults.hangs_up, kinds.BrokenOff, "the connection was closed before an answer came, after #"),
    "resets-before-the-answer": (
        faults.resets_before_the_answer,
        kinds.BrokenOff,
        "the connection was closed before an answer came, after #",
    ),
    "resets-in-the-body": (
        faults.resets_in_the_body,
        kinds.BrokenOff,
        "it answered 200, but the body broke off (3 of 10 bytes came), after #",
    ),
    "truncates-chunks": (faults.truncates_chunks, kinds.BrokenOff, "it answered 200, but the body broke off (# bytes came), after #"),
    "breaks-chunks": (faults.breaks_chunks, kinds.BrokenOff, "it answered 200, but the body broke off (0 bytes came), after #"),
    "promises-more": (
        faults.promises_more_than_it_sends,
        kinds.BrokenOff,
        "it answered 200, but the body broke off (5 of 1,000 bytes came), after #",
    ),
    "speaks-no-http": (faults.speaks_no_http, kinds.NotHttp, "what answers does not speak HTTP as it should: #, after #"),
    "announces-a-gigabyte": (
        faults.announces_a_gigabyte,
        kinds.TooLarge,
        "it answered 200, but the body is larger than the 10,000,000 bytes that are read (1,073,741,824 bytes are announced), after #",
    ),
    "says-gzip-and-is-none": (
        faults.says_gzip_and_is_none,
        kinds.Undecodable,
        "it answered 200, but the body is not compressed as its header says (#), after #",
    ),
    "redirects-for-ever": (faults.redirects_for_ever, kinds.EndlessRedirects, "it redirected more than 10 times in a row, after #"),
    "redirects-to-a-file": (
        faults.redirects_to("file:///etc/passwd"),
        kinds.RedirectRefused,
        "this is no http or https address; it is not followed, after #",
    ),
    "redirects-to-nonsense": (
        faults.redirects_to("http://host:port/"),
        kinds.RedirectRefused,
        "it redirects to what is no address (#), after #",
    ),
}


@pytest.fixture(scope="module")
def server():
    with FaultServer({f"/{name}": behaviour for name, (behaviour, _, _) in FAULTS.items()}) as one:
        yield one


def matches(pattern: str, text: str) -> bool:
    """Whether a text is as expected; ``#`` stands for what varies."""
    return re.fullmatch(re.escape(pattern).replace(r"\#", ".+"), text) is not None


@SYNC_AND_ASYNC
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_time_and_says_what_happened(server, kind, name):
    _, expected, what = FAULTS[name]
    url = server.url.replace("//", "//user:hunter2-canary@")
    failed = failure(
        kind, url, f"/{name}?token=canary-token-value", client={"follow_redirects": True}, within=DEADLINE if " within " in what else AMPLE
    )
    assert type(failed) is expected
    where = "file://127.0.0.1/etc/passwd" if "file" in name else f"{server.url}/{name}"
    if name == "redirects-for-ever":
        where += "#"
    elif "file" not in name:
        where += "?token=ca…(18 characters)"
    assert matches(f"GET {where}: {what}", str(failed)), str(failed)
    assert "canary" not in str(failed)


@SYNC_AND_ASYNC
def test_a_closed_port_is_refused(kind):
    with free_port() as port:
        failed = failure(kind, f"http://127.0.0.1:{port}", "/health")
    assert type(failed) is kinds.Refused
    assert matches(f"GET http://127.0.0.1:{port}/health: the connection was refused: nothing listens there, after # ms", str(failed))


@SYNC_AND_ASYNC
def test_a_name_that_does_not_exist(kind):
    failed = failure(kind, "http://no-such-host.invalid", "/health")
    assert type(failed) is kinds.UnknownHost
    assert str(failed).startswith("GET http://no-such-host.invalid/health: the host name no-such-host.invalid does not resolve (")


@SYNC_AND_ASYNC
def test_a_resolver_that_does_not_answer_is_left_behind(kind, monkeypatch):
    # No test can make the system's own resolver hang: it stands in for it.
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(10))
    failed = failure(kind, "http://slow.example", "/health", within=DEADLINE)
    over.set()
    assert type(failed) is kinds.NoConnection
    assert str(failed) == "GET http://slow.example/health: no connection within 200 ms"


@SYNC_AND_ASYNC
def test_a_header_that_cannot_be_sent_is_not_repeated(kind):
    with FaultServer(faults.says()) as server:
        failed = failure(kind, server.url, headers={"X-Mine": "canary\r\nX-Injected: 1"})
    assert type(failed) is kinds.Unsendable
    assert "canary" not in str(failed)
    assert server.requests == []


@SYNC_AND_ASYNC
def test_a_queue_that_nobody_accepts_from(kind):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):  # fill the queue of the system
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        failed = failure(kind, f"http://127.0.0.1:{port}", "/", within=DEADLINE)
        for one in waiting:
            one.close()
    assert type(failed) is kinds.NoConnection
    assert str(failed) == f"GET http://127.0.0.1:{port}/: no connection within 200 ms"


@SYNC_AND_ASYNC
@pytest.mark.parametrize("behaviour", [faults.drops_a_gzip_bomb, faults.drops_a_bomb_in_a_bomb, faults.pours])
def test_what_does_not_fit_is_not_kept(kind, behaviour):
    with FaultServer(behaviour) as server:
        tracemalloc.start()
        failed = failure(kind, server.url, "/bomb", client={"largest": 1_000_000})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert type(failed) in (kinds.TooLarge, kinds.Undecodable)
    assert peak < 20_000_000


@SYNC_AND_ASYNC
def test_a_bomb_says_what_it_is(kind):
    with FaultServer(faults.drops_a_gzip_bomb) as server:
        failed = failure(kind, server.url, "/bomb", client={"largest": 1_000_000})
    what = "the body is larger than the 1,000,000 bytes that are read (# compressed bytes became # and there are more), after #"
    assert matches(f"GET {server.url}/bomb: it answered 200, but {what}", str(failed)), str(failed)


@SYNC_AND_ASYNC
def test_layers_of_compression_are_refused(kind):
    with FaultServer(faults.drops_a_bomb_in_a_bomb) as server:
        failed = failure(kind, server.url, "/bomb")
    assert "the body is encoded as gzip, gzip; gzip or deflate was asked for, once" in str(failed)


@SYNC_AND_ASYNC
def test_http_1_0_is_understood(kind):
    with FaultServer(faults.speaks_http_1_0) as server:
        response = ask(kind, server.url)
    assert (response.http_version, response.json()) == ("HTTP/1.0", {"status": "ok"})


@SYNC_AND_ASYNC
def test_what_is_sent_beyond_the_promised_length_is_left(kind):
    with FaultServer(faults.sends_more_than_it_promises) as server:
        assert ask(kind, server.url).text == "hello"


@SYNC_AND_ASYNC
def test_a_compressed_body_that_fits_is_read(kind):
    with FaultServer(faults.says(200, faults.compressed(3_000_000), content_encoding="gzip")) as server:
        response = ask(kind, server.url)
    assert len(response.content) == 3_000_000
    assert response.headers["content-encoding"] == "gzip"


@SYNC_AND_ASYNC
def test_the_deadline_covers_all_redirects_together(kind):
    def slow_step(visit):
        if not visit.hold(0.08):
            faults.redirects_for_ever(visit)

    with FaultServer(slow_step) as server:
        failed = failure(kind, server.url, "/a", client={"follow_redirects": True}, within=DEADLINE)
    assert type(failed) is kinds.NoAnswer
    assert DEADLINE <= failed.seconds < DEADLINE + 0.5


@SYNC_AND_ASYNC
def test_a_request_may_have_another_deadline(kind):
    with FaultServer(faults.never_answers) as server:
        failed = failure(kind, server.url, within=0.15)
    assert str(failed).endswith("no answer came within 150 ms")


@pytest.mark.parametrize(("client", "request_"), [({}, {"timeout": None}), ({"timeout": None}, {})])
def test_there_is_a_deadline_even_where_httpx_is_told_none(client, request_):
    settings = Settings(health=HealthSettings(timeout=DEADLINE))
    with FaultServer(faults.never_answers) as server, pytest.raises(kinds.NoAnswer) as caught:
        ask("threads", server.url, settings=settings, client=client, **request_)
    assert str(caught.value).endswith("no answer came within 200 ms")


def test_a_body_that_is_read_piece_by_piece_has_the_same_deadline():
    with FaultServer(faults.trickles_the_body) as server, new_client(server.url, timeout=DEADLINE) as client:
        started = time.monotonic()
        with pytest.raises(kinds.BodyTooSlow), client.stream("GET", "/") as response:
            for _ in response.iter_bytes():
                pass
        assert time.monotonic() - started < 1


def test_failures_are_those_of_httpx_too():
    with free_port() as port, new_client(f"http://127.0.0.1:{port}") as client, pytest.raises(httpx.ConnectError) as caught:
        client.get("/")
    assert isinstance(caught.value, RequestFailed)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_connection_is_used_again():
    with FaultServer(faults.says(200, "ok")) as server, new_client(server.url) as client:
        for _ in range(5):
            client.get("/")
        assert server.connections == 1
