"""Credentials come from the environment by name, and go to the base URL's origin alone."""

from __future__ import annotations

import base64

import pytest

from pytest_deploy.settings import AuthSettings, Settings
from pytest_deploy.smoke import kinds
from pytest_deploy.smoke.client import new_client
from pytest_deploy.smoke.failures import SettingsProblem
from smoke import fault_server as faults
from smoke.asking_both import DEADLINE, SYNC_AND_ASYNC, ask, failure
from smoke.fault_server import FaultServer

CANARY = "canary-0123-secret"
BEARER = Settings(auth=AuthSettings(bearer_env="SMOKE_TOKEN", header_env={"X-House": "HOUSE_PASS"}))


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("SMOKE_TOKEN", CANARY)
    monkeypatch.setenv("HOUSE_PASS", f"house-{CANARY}")
    monkeypatch.setenv("SMOKE_LOGIN", f"ann:{CANARY}")


@pytest.fixture
def other():
    with FaultServer(faults.says(200, "other")) as one:
        yield one


@pytest.mark.usefixtures("environment")
@SYNC_AND_ASYNC
def test_the_variables_that_settings_name_are_sent(kind):
    with FaultServer(faults.says()) as server:
        ask(kind, server.url, settings=BEARER)
        ask(kind, server.url, settings=Settings(auth=AuthSettings(basic_env="SMOKE_LOGIN")))
    bearer, basic = server.requests
    assert bearer.headers["authorization"] == f"Bearer {CANARY}"
    assert bearer.headers["x-house"] == f"house-{CANARY}"
    assert basic.headers["authorization"] == "Basic " + base64.b64encode(f"ann:{CANARY}".encode()).decode()


@SYNC_AND_ASYNC
def test_the_user_of_the_base_url_is_sent(kind):
    with FaultServer(faults.says()) as server:
        ask(kind, server.url.replace("//", "//ann:p%40ss@"))
    assert server.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"ann:p@ss").decode()


@pytest.mark.usefixtures("environment")
@SYNC_AND_ASYNC
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect_to_another_origin(kind, status, other):
    client = {"follow_redirects": True, "headers": {"X-Api-Key": CANARY, "Authorization": CANARY}, "cookies": {"session": CANARY}}
    with FaultServer(faults.redirects_to(f"{other.url}/elsewhere", status)) as server:
        assert ask(kind, server.url, settings=BEARER, client=client, headers={"X-One": CANARY}).text == "other"
    assert server.requests[0].headers["x-api-key"] == CANARY
    assert CANARY not in repr(other.requests)
    assert other.requests[0].headers["user-agent"].startswith("pytest-deploy/")


@pytest.mark.usefixtures("environment")
@SYNC_AND_ASYNC
def test_a_redirect_to_the_same_origin_keeps_them(kind):
    with FaultServer({"/a": faults.redirects_to("/b"), "/b": faults.says()}) as server:
        ask(kind, server.url, "/a", settings=BEARER, client={"follow_redirects": True})
    assert [one.headers["authorization"] for one in server.requests] == [f"Bearer {CANARY}"] * 2


@SYNC_AND_ASYNC
@pytest.mark.parametrize("status", [307, 308])
def test_a_body_is_not_carried_to_another_origin(kind, status, other):
    with FaultServer(faults.redirects_to(f"{other.url}/login", status)) as server:
        failed = failure(kind, server.url, method="POST", client={"follow_redirects": True}, json={"password": CANARY})
    assert type(failed) is kinds.RedirectRefused
    assert "a redirect to another origin would carry the body of the request there; it is not followed" in str(failed)
    assert other.requests == []


@pytest.mark.usefixtures("environment")
@SYNC_AND_ASYNC
def test_another_origin_gets_what_is_given_for_it_alone(kind, other):
    client = {"headers": {"X-Api-Key": CANARY}, "auth": ("ann", CANARY)}
    with FaultServer(faults.says()) as server:
        ask(kind, server.url, f"{other.url}/x", client=client, headers={"X-Given": "for you"})
    assert CANARY not in repr(other.requests)
    assert "authorization" not in other.requests[0].headers
    assert other.requests[0].headers["x-given"] == "for you"


@pytest.mark.usefixtures("environment")
def test_a_redirect_that_is_followed_by_hand_takes_nothing_along(other):
    with FaultServer(faults.redirects_to(other.url)) as server, new_client(server.url, BEARER, headers={"X-Api-Key": CANARY}) as client:
        following = client.get("/").next_request
        assert following is not None
        client.send(following)
    assert len(other.requests) == 1
    assert CANARY not in repr(other.requests)


def test_cookies_of_another_host_are_its_own():
    # The same machine by two names: hosts, as far as cookies go.
    with FaultServer({"/set": faults.says(200, "", set_cookie="theirs=1"), "*": faults.says()}) as their:
        there = their.url.replace("127.0.0.1", "localhost")
        with FaultServer(faults.redirects_to(f"{there}/back")) as server, new_client(server.url, follow_redirects=True) as client:
            client.cookies.set("ours", CANARY, domain="127.0.0.1")
            client.get(f"{there}/set")
            client.get("/")
    assert their.requests[-1].path == "/back"
    assert their.requests[-1].headers["cookie"] == "theirs=1"
    assert server.requests[0].headers["cookie"] == f"ours={CANARY}"


@pytest.mark.usefixtures("environment")
@SYNC_AND_ASYNC
def test_a_request_can_do_without_and_bring_its_own(kind):
    with FaultServer(faults.says()) as server:
        ask(kind, server.url, settings=BEARER, auth=None)
        ask(kind, server.url, settings=BEARER, headers={"Authorization": "mine"})
        ask(kind, server.url, settings=BEARER, client={"auth": None})
    without, own, off = server.requests
    assert "authorization" not in without.headers
    assert own.headers["authorization"] == "mine"
    assert "x-house" not in off.headers


@pytest.mark.usefixtures("environment")
def test_nothing_that_a_test_can_print_holds_them():
    with FaultServer(faults.says()) as server, new_client(server.url.replace("//", f"//ann:{CANARY}@"), Settings()) as client:
        response = client.get("/")
        seen = [client, client.headers, client.base_url, response, response.request, response.request.headers, response.request.extensions]
        assert CANARY not in " ".join(map(repr, [*seen, vars(client)]))
        assert base64.b64encode(f"ann:{CANARY}".encode()).decode() not in " ".join(map(repr, [*seen, vars(client)]))
    assert "authorization" in server.requests[0].headers


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (AuthSettings(bearer_env="NOT_SET"), "the environment variable NOT_SET, which the setting auth.bearer_env names, is not set"),
        (AuthSettings(basic_env="EMPTY"), "the environment variable EMPTY, which the setting auth.basic_env names, is empty"),
        (
            AuthSettings(header_env={"X-Key": "NOT_SET"}),
            "the environment variable NOT_SET, which the setting auth.header_env.X-Key names, is not set",
        ),
        (
            AuthSettings(bearer_env="TWO_LINES"),
            "the environment variable TWO_LINES, which the setting auth.bearer_env names, holds a character that a header cannot have",
        ),
        (
            AuthSettings(basic_env="NO_COLON"),
            "the environment variable NO_COLON, which auth.basic_env names, is not of the form user:password",
        ),
    ],
)
def test_a_variable_that_does_not_do_is_named_with_its_setting(monkeypatch, settings, said):
    monkeypatch.delenv("NOT_SET", raising=False)
    monkeypatch.setenv("EMPTY", " ")
    monkeypatch.setenv("TWO_LINES", f"{CANARY}\nX-Injected: 1")
    monkeypatch.setenv("NO_COLON", CANARY)
    with pytest.raises(SettingsProblem) as caught:
        new_client("http://localhost:1", Settings(auth=settings))
    assert str(caught.value) == said


@pytest.mark.usefixtures("environment")
def test_two_users_are_one_too_many():
    with pytest.raises(SettingsProblem, match="the base URL http://localhost:1 came with a user, and the settings under auth have an"):
        new_client("http://ann:pw@localhost:1", BEARER)


# --- proxies ---------------------------------------------------------------------------------------------------------


@SYNC_AND_ASYNC
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_asked_by_way_of_a_proxy(kind, host, monkeypatch):
    with FaultServer(faults.says(200, "the proxy")) as proxy, FaultServer(faults.says(200, "itself")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert ask(kind, server.url.replace("127.0.0.1", host)).text == "itself"
    assert proxy.requests == []


@SYNC_AND_ASYNC
def test_other_hosts_are_asked_by_way_of_the_proxy_of_the_environment(kind, monkeypatch):
    with FaultServer(faults.says(200, "the proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:pw@"))
        assert ask(kind, "http://service.example", "/x").text == "the proxy"
        monkeypatch.setenv("no_proxy", "service.invalid")
        failed = failure(kind, "http://service.invalid")
    assert proxy.requests[0].path == "http://service.example/x"
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic " + base64.b64encode(b"me:pw").decode()
    assert isinstance(failed, kinds.UnknownHost)


@SYNC_AND_ASYNC
def test_a_proxy_that_never_answers_is_given_up(kind, monkeypatch):
    with FaultServer(faults.never_answers) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        failed = failure(kind, "https://service.example/x", within=DEADLINE)
    assert isinstance(failed, kinds.NoAnswer | kinds.NoConnection)


def test_a_proxy_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://me:hunter2@proxy.example:1080")
    with pytest.raises(SettingsProblem) as caught:
        ask("threads", "http://service.example/x")
    assert str(caught.value) == "the proxy socks5://…@proxy.example:1080 cannot be used: only http and https proxies are known here"
