"""Smoke runs beside other plugins and in pytest's own modes, their speed, and the fixtures of a project's own tests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_deploy.gate import smoke_end, smoke_fixtures, smoke_items
from pytest_deploy.smoke import client, declared, rollout
from smoke.fault_server import FaultServer, Visit, in_turn, never_answers, says, says_json

LOADED = smoke_end, smoke_fixtures, smoke_items, client, declared, rollout
"""pytester forgets what a run imported; what is loaded here is loaded once."""

SETTINGS = """
select = ["house-*"]
[health]
path = "/health"
answers = 1
timeout = 5.0
[version]
pointer = "/commit"
"""
GOOD = {
    "/": says(200, x_content_type_options="nosniff"),
    "/health": says_json('{"status": "ok"}'),
    "/version": says_json('{"commit": "abc1234"}'),
    "/orders": says(401),
}
BASE_URL = ("-p", "pytest_base_url.plugin")
TOKEN = "canary-7f3a9c1e55d2b804"


@pytest.fixture
def server(house, monkeypatch) -> Iterator[FaultServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    house.write({"deploy.toml": SETTINGS})
    with FaultServer(GOOD) as one:
        yield one


def smoke_tests(body: str, head: str = "") -> dict[str, str]:
    """A module with one smoke test."""
    return {"test_it.py": f"import pytest\n{head}\n@pytest.mark.smoke\n{body}\n"}


# --- companions ------------------------------------------------------------------------------------------------------


def test_with_every_plugin_that_is_installed(house, server):
    house.write(smoke_tests("def test_one(smoke_client): assert smoke_client.get('/orders').status_code == 401"))
    result = house.run_with_all("-m", "smoke", "--base-url", server.url, "--deploy-version", "abc1234", "-W", "error", "--strict-markers")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*playwright*", f"*smoke run · {server.url}*", "GO *"])


def test_somebody_with_playwright_and_a_base_url_gets_no_smoke_tests(house, server):
    house.write({"test_it.py": "def test_one(base_url): assert base_url\n"})
    house.run_with_all("--base-url", server.url).assert_outcomes(passed=1)
    assert server.requests == []


def test_settings_with_endpoints_and_a_base_url_bring_the_smoke_tests(house, server):
    house.write({"deploy.toml": SETTINGS + '[[smoke]]\npath = "/orders"\nstatus = 401\n', "test_it.py": "def test_one(): pass\n"})
    result = house.run(*BASE_URL, "--base-url", server.url, "-rA", "--deploy-version", "abc1234")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["PASSED smoke::smoke-endpoint[[]GET /orders[]]", "PASSED test_it.py::test_one", "*smoke run ·*", "GO *"])


def test_the_same_ids_in_the_same_order_with_and_without_workers(house, server):
    house.write({"deploy.toml": SETTINGS + "".join(f'[[smoke]]\npath = "/{one}"\nstatus = 404\n' for one in range(9))})
    common = ("-m", "smoke", "--base-url", server.url, "--deploy-version", "abc1234", "--deploy-report", "json:gate.json")
    plugins = ("pytest_base_url.plugin", "xdist.plugin", "xdist.looponfail")
    runs = []
    for workers in ((), ("-n", "2"), ("-n", "2", "--dist", "loadgroup")):
        assert house.run_apart(*common, *workers, plugins=plugins).ret == 0
        runs.append([(one["node"], one["outcome"]) for one in house.read_report()["checks"]])
    assert runs[0] == runs[1] == runs[2]


def test_what_is_collected_is_told_without_a_network(house, server):
    result = house.run(*BASE_URL, "-m", "smoke", "--base-url", server.url, "--co", "-q")
    assert result.outlines[0] == "smoke::smoke-health[GET /health]"
    assert server.requests == []


def test_every_id_that_is_printed_can_be_given_back(house, server):
    house.write({"deploy.toml": SETTINGS + '[[smoke]]\npath = "/orders?a=[1]&b=::x"\nstatus = 401\n'})
    common = (*BASE_URL, "-m", "smoke", "--base-url", server.url)
    ids = [line for line in house.run(*common, "--co", "-q").outlines if line.startswith("smoke::")]
    assert len(ids) == 6
    for one in ids:
        assert [line for line in house.run(*common, "--co", "-q", one).outlines if line.startswith("smoke::")] == [one]


def test_what_was_run_again_and_passed_is_counted_once(house, server):
    server.behaviours = GOOD | {"/orders": in_turn(says(503), says(401))}
    house.write({"deploy.toml": SETTINGS + '[[smoke]]\npath = "/orders"\nstatus = 401\n'})
    result = house.run_apart(
        *("-m", "smoke", "--base-url", server.url, "--reruns", "1", "--deploy-version", "abc1234", "--deploy-report", "json:gate.json"),
        plugins=("pytest_base_url.plugin", "pytest_rerunfailures"),
    )
    assert result.ret == 0
    report = house.read_report()
    assert report["verdict"] == "go"
    assert [one["outcome"] for one in report["checks"] if one["id"] == "smoke-endpoint"] == ["passed"]


def test_annotations_of_github_point_to_the_settings_and_nowhere_else(house, server, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(house.path / "summary.md"))
    server.behaviours = GOOD | {"/health": says(503), "/": says(200)}
    result = house.run(*BASE_URL, "-m", "smoke", "--base-url", server.url)
    commands = [line for line in result.outlines if line.startswith("::")]
    assert commands[0].startswith("::error file=deploy.toml,line=3,endLine=3,col=1,title=smoke-health::")
    (headers,) = [line for line in commands if "smoke-security-headers" in line]
    assert headers.startswith("::warning title=smoke-security-headers::")
    assert (house.path / "summary.md").read_text().startswith(f"## ❌ NO-GO · smoke run · {server.url}")


# --- speed -----------------------------------------------------------------------------------------------------------


def slow(visit: Visit) -> None:
    if not visit.hold(0.05):
        visit.answer(200, x_content_type_options="nosniff")


@pytest.mark.parametrize("shuffled", [(), ("-p", "pytest_randomly")])
def test_two_hundred_slow_endpoints_are_asked_side_by_side(house, server, shuffled):
    server.behaviours = {"*": slow}
    house.write({"deploy.toml": SETTINGS + "".join(f'[[smoke]]\npath = "/{number}"\n' for number in range(200))})
    started = time.monotonic()
    result = house.run(*BASE_URL, *shuffled, "-m", "smoke", "--base-url", server.url, "-k", "endpoint or health")
    took = time.monotonic() - started
    result.assert_outcomes(passed=201, deselected=4)
    assert sum(path.strip("/").isdigit() for path in server.paths()) == 200
    assert took < 200 * 0.05 / 3  # a client that asks for one after another takes ten seconds


def test_nothing_is_asked_for_a_test_that_does_not_run(house, server):
    house.write({"deploy.toml": SETTINGS + "".join(f'[[smoke]]\npath = "/{number}"\nstatus = 404\n' for number in range(9))})
    house.run(*BASE_URL, "-m", "smoke", "--base-url", server.url, "-k", "/3 or /5").assert_outcomes(passed=2, deselected=12)
    assert sorted(server.paths()) == ["/3", "/5"]


# --- fixtures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "def test_one(smoke_client): assert smoke_client.get('orders').status_code == 401",
        "def test_one(new_smoke_client): assert new_smoke_client(headers={'A': 'b'}).get('/orders').request.headers['A'] == 'b'",
        "def test_one(health): assert health.json() == {'status': 'ok'}",
        "def test_one(deployed_version): assert deployed_version == 'abc1234'",
        "def test_one(wait_until_healthy): assert wait_until_healthy(2, wanted='abc1234').version == 'abc1234'",
        "def test_one(latency): assert 0 < latency('/orders', samples=5).p95 < 5",
        "@pytest.mark.deploy_each('endpoint')\ndef test_one(endpoint, latency): assert latency(endpoint, samples=5).p50 > 0",
    ],
)
def test_a_test_of_ones_own_is_three_lines(house, server, body):
    house.write(smoke_tests(body))
    result = house.run(*BASE_URL, "-W", "error", "-m", "smoke and not deploy", "--base-url", server.url)
    result.assert_outcomes(passed=1, deselected=5)


def test_tasks_have_a_client_too(house, server):
    house.write(
        smoke_tests(
            "@pytest.mark.anyio\nasync def test_one(async_smoke_client):\n"
            "    assert (await async_smoke_client.get('/orders')).status_code == 401",
            "@pytest.fixture\ndef anyio_backend(): return 'asyncio'",
        )
    )
    result = house.run(*BASE_URL, "-p", "anyio.pytest_plugin", "-W", "error", "-m", "smoke and not deploy", "--base-url", server.url)
    result.assert_outcomes(passed=1, deselected=5)


def test_arguments_of_the_client_are_overridden_by_a_fixture(house, server):
    house.write({"conftest.py": "import pytest\n@pytest.fixture\ndef smoke_client_args(): return {'headers': {'X-Canary': '1'}}\n"})
    house.write(smoke_tests("def test_one(smoke_client): smoke_client.get('/orders')"))
    assert house.run(*BASE_URL, "-m", "smoke and not deploy", "--base-url", server.url).ret == 0
    assert [one.headers["x-canary"] for one in server.requests] == ["1"]


def test_a_base_url_of_a_fixture_is_waited_for_too(house, server):
    server.behaviours = GOOD | {"/health": in_turn(says(503), GOOD["/health"])}
    house.write({"conftest.py": f"import pytest\n@pytest.fixture(scope='session')\ndef base_url(): return {server.url!r}\n"})
    house.write(smoke_tests("def test_one(smoke_client): smoke_client.get('/orders')"))
    result = house.run(*BASE_URL, "-m", "smoke", "--deploy-wait", "5", "--deploy-version", "abc1234")
    assert result.ret == 0
    assert server.paths() == ["/health", "/health", "/version", "/orders"]
    result.stdout.fnmatch_lines(["waiting for http*: it answered 503"])


@pytest.mark.parametrize("fixture", ["smoke_client", "health", "latency", "deployed_version", "wait_until_healthy"])
def test_without_a_base_url_every_fixture_says_how_to_give_one(house, fixture):
    house.write(smoke_tests(f"def test_one({fixture}): pass"))
    result = house.run(*BASE_URL, "-m", "smoke")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*there is no base URL: give --base-url URL, set PYTEST_BASE_URL or the ini key base_url*"])


def test_a_service_that_does_not_answer_is_one_sentence(house, server):
    server.behaviours = {"*": never_answers}
    house.write({"deploy.toml": SETTINGS.replace("5.0", "0.3")})
    house.write(smoke_tests("def test_one(smoke_client): smoke_client.get('/orders')"))
    result = house.run(*BASE_URL, "-m", "smoke and not deploy", "--base-url", server.url)
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"E *GET {server.url}/orders: *"])
    assert "site-packages" not in result.stdout.str()


def test_what_the_deployment_did_is_told_once_in_a_run(house, server):
    server.behaviours = GOOD | {"/health": in_turn(says(500), says(503))}
    house.write({"deploy.toml": SETTINGS + '[[smoke]]\npath = "/orders"\n'})
    house.write(smoke_tests("def test_one(smoke_client): pass\n@pytest.mark.smoke\ndef test_two(smoke_client): pass"))
    result = house.run(*BASE_URL, "-m", "smoke", "--base-url", server.url, "--deploy-wait", "0.4")
    text = result.stdout.str().partition("= ERRORS =")[2]
    assert text.count("it answered 500") == 1
    assert text.count("not asked, since the deployment did not become healthy") >= 6
    assert "/orders" not in server.paths()


# --- secrets ---------------------------------------------------------------------------------------------------------

LEAKY = """
import os
def test_one(smoke_client, new_smoke_client, record_property):
    token = os.environ["SMOKE_TOKEN"]
    client = new_smoke_client(headers={"Authorization": f"Bearer {token}"})
    answer = client.get("/echo")
    record_property("answer", answer.text)
    print("got", answer.text)
    assert answer.json() == {"token": "another"}
"""


def echo(visit: Visit) -> None:
    visit.answer(200, json.dumps({"token": visit.asked.headers.get("authorization", "")}), content_type="application/json")


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_secret_that_comes_back_is_shown_nowhere(house, server, monkeypatch, workers):
    monkeypatch.setenv("SMOKE_TOKEN", TOKEN)
    server.behaviours = GOOD | {
        "/echo": echo,
        "/health": lambda visit: visit.answer(503, f'{{"status": "{TOKEN}"}}', content_type="application/json"),
    }
    house.write(
        {"deploy.toml": SETTINGS + '[auth]\nbearer_env = "SMOKE_TOKEN"\n[[smoke]]\npath = "/echo"\nexpect_json = { token = "x" }\n'}
    )
    house.write({"test_it.py": "import pytest\n" + LEAKY.replace("def test", "@pytest.mark.smoke\ndef test")})
    url = server.url.replace("://", f"://ann:{TOKEN}@")
    files = ("out.xml", "out.json", "out.md")
    reports = ("--junitxml", files[0], "--deploy-report", f"json:{files[1]}", "--deploy-report", f"markdown:{files[2]}")
    options = ("-m", "smoke", "-l", "-rA", "-vv", "--showlocals", "-o", "junit_logging=all", *reports, *workers)
    plugins = ("pytest_base_url.plugin", "xdist.plugin", "xdist.looponfail")
    result = house.run_apart(*options, "-o", f"base_url={url}", plugins=plugins)
    assert result.ret == 1
    shown = {"terminal": result.stdout.str(), "errors": result.stderr.str()} | {one: Path(house.path, one).read_text() for one in files}
    assert f"baseurl: {server.url}" in shown["terminal"]
    assert "/echo" in shown["terminal"]
    assert [name for name, text in shown.items() if TOKEN in text] == []
