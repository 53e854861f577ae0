"""What the claims find in a running deployment."""

from __future__ import annotations

import contextlib
import re

import pytest

from pytest_deploy.findings import NotApplicable, Unverified
from pytest_deploy.places import Place
from pytest_deploy.smoke.claims import ALL
from pytest_deploy.smoke.claims._leaks import trace_in
from pytest_deploy.smoke.version import Wanted
from smoke import fault_server as faults
from smoke.certificates import serving
from smoke.deployments import QUICK, deployment, findings, messages, plan_of
from smoke.fault_server import FaultServer, alternating, free_port, in_turn, says, says_json

IDS = [
    "latency-baseline",
    "smoke-auth-rejects",
    "smoke-endpoint",
    "smoke-health",
    "smoke-no-leaks",
    "smoke-security-headers",
    "smoke-tls",
    "smoke-version",
]


def test_the_claims_and_their_tiers():
    assert sorted(ALL) == IDS
    assert next(iter(ALL)) == "smoke-health"
    assert [*ALL][-1] == "latency-baseline"
    assert [name for name, claim in ALL.items() if claim.tier == "advisory"] == ["smoke-security-headers"]


@pytest.mark.parametrize("name", IDS)
def test_a_claim_is_documented_like_a_check(name):
    text = ALL[name].documentation
    assert 10 < len(ALL[name].summary) <= 60
    assert "\n## References\n- <https://" in text
    assert max(map(len, text.split("\n"))) <= 160


HEALTH = QUICK.replace("[health]", '[health]\npath = "/health"')

# --- health ----------------------------------------------------------------------------------------------------------


def test_a_healthy_deployment_has_no_finding():
    assert messages("smoke-health", {"/health": says_json('{"status": "ok"}')}) == []


def test_an_unhealthy_one_has_its_answer_in_the_finding():
    (found,) = findings("smoke-health", {"/health": says_json('{"status": "DOWN"}', 503)}, HEALTH)
    first, timeline = found.message.split("\n")
    assert first == "GET http://it/health: it did not answer healthy; last: it answered 503 (status: DOWN)"
    assert re.fullmatch(r"  \d+ ms to \d+ ms: it answered 503 \(status: DOWN\)", timeline)
    assert found.place == Place("deploy.toml", 1)


def test_a_page_at_a_path_that_nobody_has_named_says_nothing():
    page = says(200, "<!doctype html>", content_type="text/html")
    with pytest.raises(Unverified, match="a page answers there"):
        messages("smoke-health", page)
    assert messages("smoke-health", page, HEALTH) == []


def test_it_is_waited_for():
    behaviour = in_turn(says(503), says_json('{"status": "ok"}'))
    assert messages("smoke-health", {"/health": behaviour}, wait=5.0) == []


def test_with_a_wait_the_version_has_to_be_the_wanted_one():
    settings = QUICK + '[version]\npath = "/health"\npointer = "/v"\n'
    (message,) = messages("smoke-health", says_json('{"v": "1.0"}'), settings, wait=0.3, wanted=Wanted(("2.0",)))
    assert ": healthy, but as version 1.0" in message


# --- endpoints -------------------------------------------------------------------------------------------------------

ORDERS = """
[[smoke]]
path = "/orders?page=1"
expect_json = { items = [{ state = "open" }], total = 2 }
expect_text = "op+en"
expect_headers = { Content-Type = "application/json", X-Request-Id = "*" }
"""
GOOD = '{"items": [{"state": "done"}, {"state": "open", "id": 7}], "total": 2, "more": null}'


def test_an_endpoint_that_answers_as_expected():
    assert messages("smoke-endpoint", says(200, GOOD, content_type="application/json; charset=utf-8", x_request_id="1"), ORDERS) == []


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(500), ["it answered 500; 200 is expected"]),
        (says_json('{"message": "no such table"}', 500), ["it answered 500 (message: no such table); 200 is expected"]),
        (
            says(200, GOOD, content_type="text/html"),
            ["the header Content-Type is 'text/html'; 'application/json' is expected", "the answer has no header X-Request-Id"],
        ),
        (
            says(200, '{"items": [{"state": "done"}], "total": true}', content_type="application/json", x_request_id="1"),
            ["nothing in the answer matches 'op+en'", '/items has no element like {"state": "open"}', "/total is true; 2 is expected"],
        ),
        (
            says(200, '{"items": "open"}', content_type="application/json", x_request_id="1"),
            ["/items is no list but text", "/total is missing; 2 is expected"],
        ),
    ],
)
def test_an_endpoint_that_does_not(behaviour, said):
    assert messages("smoke-endpoint", behaviour, ORDERS) == [f"GET http://it/orders?page=1: {one}" for one in said]


def test_invalid_json_is_one_finding():
    body = says(200, '{"open": ', content_type="application/json", x_request_id="1")
    (message,) = messages("smoke-endpoint", body, ORDERS.replace("op+en", "open"))
    assert message == (
        "GET http://it/orders?page=1: it says it is application/json, but the body is no JSON: Expecting value: line 1 column 10 (char 9)"
    )


def test_a_secret_in_an_answer_is_not_shown():
    settings = '[[smoke]]\npath = "/login"\nexpect_json = { token = "expected-canary-1" }\n'
    (message,) = messages("smoke-endpoint", says_json('{"token": "found-canary-22"}'), settings)
    assert message == "GET http://it/login: /token is fo…(15 characters); ex…(17 characters) is expected"


def test_what_is_sent_is_what_settings_say():
    settings = """
        [[smoke]]
        path = "/a"
        method = "put"
        headers = { X-Mine = "1" }
        json = { a = [1] }
        [[smoke]]
        path = "/b"
        method = "POST"
        data = { name = "ann" }
        [[smoke]]
        path = "/c"
        method = "POST"
        data = "plain"
    """
    with FaultServer(says()) as server, deployment(server, settings) as deployed:
        for subject in ALL["smoke-endpoint"].subjects(deployed.plan):
            assert not list(ALL["smoke-endpoint"].run(deployed, subject))
    a, b, c = server.requests
    assert (a.method, a.body, a.headers["x-mine"], a.headers["content-type"]) == ("PUT", b'{"a":[1]}', "1", "application/json")
    assert (b.body, b.headers["content-type"]) == (b"name=ann", "application/x-www-form-urlencoded")
    assert c.body == b"plain"


def test_redirects_are_followed_where_settings_say_so():
    behaviours = {"/a": says(302, location="/b"), "/b": says()}
    assert messages("smoke-endpoint", behaviours, '[[smoke]]\npath = "/a"\nfollow = true\n') == []
    assert messages("smoke-endpoint", behaviours, '[[smoke]]\npath = "/a"\nstatus = [301, 302]\n') == []
    assert messages("smoke-endpoint", behaviours, '[[smoke]]\npath = "/a"\n') == ["GET http://it/a: it answered 302; 200 is expected"]


def test_an_answer_that_takes_too_long():
    def slow(visit):
        if not visit.hold(0.1):
            visit.answer()

    (message,) = messages("smoke-endpoint", slow, '[[smoke]]\npath = "/a"\nmax_seconds = 0.05\n')
    assert re.fullmatch(r"GET http://it/a: it took \d+ ms; 50 ms is the most", message)


@contextlib.contextmanager
def nobody_at(port: int, settings: str = QUICK):
    with FaultServer({}) as server, deployment(server, settings, url=f"http://127.0.0.1:{port}", wanted=Wanted(("1",))) as deployed:
        yield deployed


def test_an_assertion_is_never_tried_again():
    with FaultServer(alternating(says(500), says(200))) as server, deployment(server, '[[smoke]]\npath = "/a"\n') as deployed:
        (subject,) = ALL["smoke-endpoint"].subjects(deployed.plan)
        assert len(list(ALL["smoke-endpoint"].run(deployed, subject))) == 1
    assert len(server.requests) == 1


def test_what_is_not_healthy_after_the_wait_is_not_asked():
    with FaultServer({"/health": says(503)}) as server, deployment(server, HEALTH + '[[smoke]]\npath = "/a"\n', wait=0.2) as deployed:
        (subject,) = ALL["smoke-endpoint"].subjects(deployed.plan)
        (found,) = ALL["smoke-endpoint"].run(deployed, subject)
    assert found.message.startswith("not asked, since the deployment did not become healthy: GET ")
    assert "/a" not in server.paths()


def test_what_a_deployment_did_while_it_was_waited_for_is_told_once():
    settings = HEALTH + '[[smoke]]\npath = "/a"\n[[smoke]]\npath = "/b"\n'
    with FaultServer({"/health": in_turn(says(500), says(503))}) as server, deployment(server, settings, wait=0.3) as deployed:
        claims = [one for one in ALL.values() if one.waits or one.id == "smoke-health"]
        found = [finding.message for one in claims for subject in one.subjects(deployed.plan) for finding in one.run(deployed, subject)]
    assert ["it answered 500" in one for one in found if "did not answer healthy" in one] == [True, *[False] * 5]


@pytest.mark.parametrize("name", sorted(set(IDS) - {"latency-baseline", "smoke-tls", "smoke-auth-rejects", "smoke-no-leaks"}))
def test_nobody_there_is_a_finding_and_never_a_pass(name):
    settings = HEALTH + '[version]\n[[smoke]]\npath = "/a"\n'
    with free_port() as port, nobody_at(port, settings) as deployed:
        for subject in ALL[name].subjects(deployed.plan):
            (found,) = ALL[name].run(deployed, subject)
            assert "the connection was refused: nothing listens there" in found.message
            assert found.hint.endswith(".")


# --- logins ----------------------------------------------------------------------------------------------------------

LOGIN = '[[smoke]]\npath = "/auth/login"\nmethod = "POST"\njson = { password = "wrong" }\nstatus = 401\n'


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(401), []),
        (says(200, "welcome"), ["it let wrong credentials in (it answered 200; 401 is expected)"]),
        (says(500), ["it failed over wrong credentials (it answered 500; 401 is expected)"]),
        (says(302, location="/"), ["it answered wrong credentials with 302; 401 is expected"]),
        (says(404), ["it answered wrong credentials with 404; 401 is expected"]),
        (says(403), ["it answered wrong credentials with 403; 401 is expected"]),
    ],
)
def test_what_a_login_does_with_wrong_credentials(behaviour, said):
    assert messages("smoke-auth-rejects", behaviour, LOGIN) == [f"POST http://it/auth/login: {one}" for one in said]


def test_another_rejection_counts_when_it_is_set():
    assert messages("smoke-auth-rejects", says(422), LOGIN.replace("401", "[400, 422]")) == []


def test_a_login_is_asked_without_the_credentials_of_the_settings(monkeypatch):
    monkeypatch.setenv("SMOKE_TOKEN", "canary-token")
    with FaultServer(says(401)) as server, deployment(server, LOGIN + '[auth]\nbearer_env = "SMOKE_TOKEN"\n') as deployed:
        (subject,) = ALL["smoke-auth-rejects"].subjects(deployed.plan)
        assert not list(ALL["smoke-auth-rejects"].run(deployed, subject))
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize(
    "entry",
    [
        LOGIN.replace("401", "200"),
        LOGIN.replace("POST", "GET").replace('json = { password = "wrong" }\n', ""),
        LOGIN.replace("login", "orders"),
    ],
)
def test_entries_that_are_no_wrong_login(entry):
    assert ALL["smoke-auth-rejects"].subjects(plan_of(entry)) == ()


# --- version ---------------------------------------------------------------------------------------------------------

VERSION = '[version]\npointer = "/commit"\n'


def test_the_version_that_was_deployed():
    assert messages("smoke-version", says_json('{"commit": "abcdef1"}'), VERSION, wanted=Wanted(("abcdef1234567",))) == []


def test_another_version():
    (found,) = findings("smoke-version", says_json('{"commit": "abcdef1"}'), VERSION, wanted=Wanted(("1234567",), "HEAD"))
    assert found.message == "GET http://it/version: version abcdef1 runs; 1234567 (HEAD) was deployed"
    assert found.place == Place("deploy.toml", 1)


@pytest.mark.parametrize(("settings", "wanted"), [("", Wanted(("1",))), (VERSION, None)])
def test_a_version_that_nobody_can_tell_is_unverified(settings, wanted):
    with pytest.raises(Unverified):
        messages("smoke-version", says(), settings, wanted=wanted)


# --- TLS -------------------------------------------------------------------------------------------------------------


def with_authority(authority, more: str = "") -> str:
    return f'[tls]\nca_file = "{authority.file}"\n{more}'


def test_a_certificate_that_lasts(authority):
    assert messages("smoke-tls", says(), with_authority(authority), tls=serving(authority.certificate("lasting"))) == []


def test_a_certificate_that_ends_soon(authority):
    (message,) = messages("smoke-tls", says(), with_authority(authority), tls=serving(authority.certificate("soon", days=5)))
    assert re.fullmatch(r"http://it: the certificate expires on \d{4}-\d\d-\d\d, in [45] days; 14 must be left", message)


def test_a_certificate_that_has_ended_is_told_by_the_failure(authority):
    (message,) = messages("smoke-tls", says(), with_authority(authority), tls=serving(authority.certificate("over", days=-1)))
    assert message.startswith("GET http://it/: the certificate has expired")


def test_plain_http_on_this_machine_is_not_applicable():
    with pytest.raises(NotApplicable):
        messages("smoke-tls", says())


def test_plain_http_elsewhere_is_a_finding():
    with FaultServer(says()) as server, deployment(server, url="http://shop.example") as deployed:
        (subject,) = ALL["smoke-tls"].subjects(deployed.plan)
        (found,) = ALL["smoke-tls"].run(deployed, subject)
    assert found.message == "http://shop.example: it is asked by plain http"


# --- headers ---------------------------------------------------------------------------------------------------------

SAFE = {"x_content_type_options": "nosniff", "content_security_policy": "default-src 'self'; frame-ancestors 'none'"}


def test_a_page_with_all_headers():
    assert messages("smoke-security-headers", says(200, "<html>", content_type="text/html", **SAFE)) == []


def test_a_page_with_none():
    assert messages("smoke-security-headers", says(200, "<html>", content_type="text/html")) == [
        "GET http://it/: no X-Content-Type-Options: nosniff",
        "GET http://it/: any page may put this one into a frame",
    ]


def test_https_wants_hsts_too(authority):
    tls = serving(authority.certificate("page"))
    page = says(200, "{}", x_content_type_options="nosniff", strict_transport_security="max-age=0")
    assert messages("smoke-security-headers", page, with_authority(authority), tls=tls) == [
        "GET http://it/: no Strict-Transport-Security that lasts ('max-age=0')"
    ]


def test_where_there_is_no_page_the_endpoint_is_looked_at():
    behaviours = {"/health": says(200, "ok", x_content_type_options="nosniff")}
    assert messages("smoke-security-headers", behaviours) == []


# --- leaks -----------------------------------------------------------------------------------------------------------


def test_a_server_that_serves_nothing_more_leaks_nothing():
    assert messages("smoke-no-leaks", {}) == []


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("/.env", "# local\nexport DB_PASSWORD=x\n", "environment variables"),
        ("/.git/HEAD", "ref: refs/heads/main\n", "the repository"),
        ("/.git/config", "[core]\n\trepositoryformatversion = 0\n", "the repository's configuration"),
        ("/actuator/env", '{"activeProfiles": [], "propertySources": []}', "the environment, by Spring's actuator"),
        ("/debug/pprof/", '<a href="/debug/pprof/heap">', "profiles of the process"),
        ("/server-status", "<title>Apache Status</title><h1>Apache Server Status for x</h1>", "the requests of others, by Apache"),
    ],
)
def test_what_must_not_be_served(path, body, what):
    (found,) = findings("smoke-no-leaks", {path: says(200, body)})
    assert found.message == f"GET http://it{path}: it is served, and gives away {what}"


def test_a_page_that_answers_everything_alike_is_no_leak():
    page = '<!doctype html>\n<html><body data-config="A=B">\nservices:\n<script>const debug = 1</script></body></html>'
    assert messages("smoke-no-leaks", says(200, page, content_type="text/html")) == []
    assert messages("smoke-no-leaks", says(302, location="/login")) == []


def test_an_error_page_with_a_trace_is_one_finding():
    trace = 'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n'
    (message,) = messages("smoke-no-leaks", says(500, trace))
    assert message == "GET http://it/.env: the error page (500) shows a traceback of Python"


def test_a_large_leak_is_not_read_to_its_end():
    def dump(visit):
        visit.send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nJAVA PROFILE 1.0.2")
        block = bytes(65_536)
        for _ in range(16_384):
            visit.send(block)

    (message,) = messages("smoke-no-leaks", {"/actuator/heapdump": dump}, QUICK)
    assert message.endswith("/actuator/heapdump: it is served, and gives away the memory of the process")


def test_where_nothing_can_be_asked_leaks_are_unverified():
    with free_port() as port, nobody_at(port) as deployed:
        (subject,) = ALL["smoke-no-leaks"].subjects(deployed.plan)
        with pytest.raises(Unverified, match="nothing could be asked: GET"):
            list(ALL["smoke-no-leaks"].run(deployed, subject))


@pytest.mark.parametrize(
    ("page", "what"),
    [
        (b"java.lang.NullPointerException: null\n\tat com.shop.Orders.get(Orders.java:42)\n", "a stack trace of Java"),
        (b"Error: no\n    at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)", "a stack trace of JavaScript"),
        (b"goroutine 1 [running]:\nmain.main()", "a stack trace of Go"),
        (b"Stack trace:\n#0 /var/www/index.php(3)", "a stack trace of PHP"),
        (b"app/models/order.rb:12:in `find'", "a stack trace of Ruby"),
        (b"   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 12", "a stack trace of .NET"),
        (b"<h1>Not found</h1><p>Look at our docs at shop.example/a.js, line 3.</p>", ""),
        (b'{"detail": "Not Found"}', ""),
    ],
)
def test_traces_on_pages(page, what):
    assert trace_in(page) == what


def test_faults_are_findings_of_every_claim_that_asks():
    (message,) = messages("smoke-endpoint", faults.never_answers, QUICK.replace("5.0", "0.3") + '[[smoke]]\npath = "/a"\n')
    assert message == "GET http://it/a: connected, but no answer came within 300 ms"
