"""Smoke runs against a server on this machine, through pytest as people type it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

TOKEN = "canary-7f3a9c1e55d2b804"

SETTINGS = """
select = ["house-*"]
[[smoke]]
path = "/orders"
status = 401
[health]
path = "/health"
answers = 1
[version]
path = "/version"
pointer = "/commit"
[auth]
bearer_env = "SMOKE_TOKEN"
"""

TESTS = """
import pytest
@pytest.mark.smoke
def test_orders(smoke_client):
    assert smoke_client.get("/orders").status_code == 401
@pytest.mark.smoke
@pytest.mark.deploy_each("endpoint")
def test_fast(endpoint, latency):
    assert latency(endpoint, samples=3).p95 < 5
def test_other():
    pass
"""


class Service(BaseHTTPRequestHandler):
    healthy = True

    def do_GET(self) -> None:
        status, body = {
            "/health": (200 if self.healthy else 503, {"status": "ok"}),
            "/version": (200, {"commit": "abc1234"}),
            "/orders": (401, {}),
        }.get(self.path, (404, {}))
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """What it is asked is no matter."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SMOKE_TOKEN", TOKEN)
    monkeypatch.setattr(Service, "healthy", True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(house, url):
    house.write({"deploy.toml": SETTINGS, "test_it.py": TESTS})
    return house


def smoke(service, *arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
    return service.run_apart("-m", "smoke", *arguments, plugins=("pytest_base_url.plugin", *plugins))


def test_a_deployment_that_answers_as_it_should_is_go(service, url):
    result = smoke(service, "--base-url", url, "--deploy-version", "abc1234", "-rA")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["PASSED smoke::smoke-health[[]GET /health[]]", "PASSED test_it.py::test_orders*", f"*smoke run · {url}*", "GO  *checks passed*"]
    )
    result.stdout.no_fnmatch_line("*test_other*")


def test_one_claim_can_be_run_again_by_its_id(service, url):
    result = smoke(service, "--base-url", url, "smoke::smoke-endpoint[GET /orders]")
    result.assert_outcomes(passed=1)


def test_another_version_than_the_one_deployed_is_no_go(service, url):
    result = smoke(service, "--base-url", url, "--deploy-version", "def5678")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*FAILED smoke::smoke-version*", "NO-GO  1 required check failed*"])


def test_a_deployment_that_never_gets_healthy_fails_every_test_of_it_and_tells_once_what_it_did(service, url, monkeypatch):
    monkeypatch.setattr(Service, "healthy", False)
    result = smoke(service, "--base-url", url, "--deploy-wait", "0.5")
    assert result.ret == 1
    text = result.stdout.str()
    assert f"GET {url}/health: it did not answer healthy within 500 ms" in text
    assert "not asked, since the deployment did not become healthy" in text


@pytest.mark.parametrize("how", ["option", "environment", "ini", "fixture"])
def test_the_base_url_comes_from_wherever_pytest_base_url_takes_it(service, url, how, monkeypatch):
    arguments: list[str] = []
    if how == "option":
        arguments = ["--base-url", url]
    elif how == "environment":
        monkeypatch.setenv("PYTEST_BASE_URL", url)
    elif how == "ini":
        arguments = ["-o", f"base_url={url}"]
    else:
        service.write({"conftest.py": f"import pytest\n@pytest.fixture(scope='session')\ndef base_url(): return {url!r}\n"})
    result = smoke(service, *arguments, "test_it.py::test_orders")
    assert result.ret == 0


def test_without_a_base_url_a_smoke_test_fails_and_says_how_to_give_one(service):
    result = smoke(service)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*there is no base URL: give --base-url URL*"])


def test_a_run_that_is_no_smoke_run_has_no_claims_even_with_a_base_url(house, url):
    house.write({"test_it.py": "def test_one(): pass\n"})
    result = house.run_apart("--base-url", url, plugins=("pytest_base_url.plugin",))
    result.assert_outcomes(passed=1)


def test_too_few_smoke_tests_are_no_success(service, url):
    result = smoke(service, "--base-url", url, "--deploy-min-smoke", "100", "test_it.py")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NO-GO*smoke tests ran, 100 are asked for*"])


def test_workers_have_the_same_claims_and_one_verdict(service, url):
    result = smoke(service, "--base-url", url, "--deploy-version", "abc1234", "-n", "2", plugins=("xdist.plugin", "xdist.looponfail"))
    assert result.ret == 0
    assert sum("smoke run ·" in line for line in result.outlines) == 1


def test_warnings_are_none(service, url):
    assert smoke(service, "--base-url", url, "--deploy-version", "abc1234", "-W", "error").ret == 0


def test_with_no_server_at_all_each_test_says_so(service):
    result = smoke(service, "--base-url", "http://127.0.0.1:9")
    assert result.ret == 1
    result.stdout.no_fnmatch_line("*Traceback*")


LEAKY = """
import os
import pytest
@pytest.mark.smoke
def test_leaky(smoke_client):
    token = os.environ["SMOKE_TOKEN"]
    print(token)
    assert token == smoke_client.get("/orders").text
"""


def test_a_token_is_shown_nowhere(service, url):
    service.write({"test_leaky.py": LEAKY})
    result = smoke(service, "--base-url", url, "-l", "-rA", "--junitxml", "out.xml", "--deploy-report", "json:out.json")
    assert result.ret == 1
    shown = [*result.outlines, *result.errlines, (service.path / "out.xml").read_text(), (service.path / "out.json").read_text()]
    assert not any(TOKEN in text for text in shown)


def test_a_claim_is_explained_like_a_check(service):
    result = service.run_apart("--deploy-explain", "smoke-health", plugins=("pytest_base_url.plugin",))
    result.stdout.fnmatch_lines(["smoke-health  (8 smoke, required)"])
