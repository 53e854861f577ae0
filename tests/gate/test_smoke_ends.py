"""The end of a smoke run: too few tests, a baseline, watching on, taking the deployment back. All through pytest as people type it,
against servers that misbehave."""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib import resources
from typing import Any

import jsonschema
import pytest

from pytest_deploy.gate import smoke_end, smoke_items
from pytest_deploy.smoke import baseline, client, declared, rollback, rollout, watch
from smoke.fault_server import Behaviour, FaultServer, Visit, in_turn, says, says_json

LOADED = smoke_items, smoke_end, baseline, client, declared, rollback, rollout, watch
"""pytester forgets what a run imported; what is loaded here is loaded once."""

SCHEMA = json.loads(resources.files("pytest_deploy.report").joinpath("schema-1.json").read_text(encoding="utf-8"))
SETTINGS = """
select = ["house-*"]
[[smoke]]
path = "/orders"
status = 401
[health]
path = "/health"
answers = 1
timeout = 5.0
[version]
pointer = "/commit"
"""
LATENCY = "[latency]\nsamples = 20\n"
GOOD = {
    "/": says(200, x_content_type_options="nosniff"),
    "/health": says_json('{"status": "ok"}'),
    "/version": says_json('{"commit": "abc1234"}'),
    "/orders": says(401),
}
TOKEN = "canary-7f3a9c1e55d2b804"


@pytest.fixture
def smoke(house, monkeypatch) -> Iterator[Any]:
    """Starts a server, and runs pytest against it."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    servers: list[FaultServer] = []

    class Smoke:
        path = house.path
        write = staticmethod(house.write)

        def serve(self, **behaviours: Behaviour) -> FaultServer:
            servers.append(FaultServer(GOOD | {f"/{name}": one for name, one in behaviours.items()}))
            return servers[-1]

        def settings(self, text: str = "") -> None:
            house.write({"deploy.toml": SETTINGS + text})

        def run(self, *arguments: str, plugins: tuple[str, ...] = ()) -> pytest.RunResult:
            url = ("--base-url", servers[-1].url) if servers else ()
            common = ("-m", "smoke", *url, "--deploy-version", "abc1234", "--deploy-report", "json:out.json")
            if plugins:  # xdist, and what ends the whole run, need a process of their own
                return house.run_apart(*common, *arguments, plugins=("pytest_base_url.plugin", *plugins))
            return house.run("-p", "pytest_base_url.plugin", *common, *arguments)

        def report(self) -> dict[str, Any]:
            data: dict[str, Any] = json.loads((house.path / "out.json").read_text())
            jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)
            return data

        def command(self, program: str, **more: str) -> str:
            words = json.dumps([sys.executable, "-c", program])
            return "\n".join(["[rollback]", f"command = {words}", *(f"{key} = {value}" for key, value in more.items()), ""])

    made = Smoke()
    made.settings()
    yield made
    for one in servers:
        one.close()


def until(count: int, first: Behaviour, then: Behaviour) -> Behaviour:
    """One answer for so many requests, and another from then on."""
    return in_turn(*[first] * count, then)


# --- what a run can do -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--deploy-wait", "5"], "--deploy-wait says something about smoke tests: ask for them with -m smoke"),
        (["--deploy-rollback"], "--deploy-rollback says something about smoke tests: ask for them with -m smoke"),
        (["--deploy-min-smoke", "3"], "--deploy-min-smoke says something about smoke tests: ask for them with -m smoke"),
        (["-m", "smoke", "--deploy-rollback"], "--deploy-rollback: there is no base URL: give --base-url URL"),
        (["-m", "smoke", "--deploy-watch", "5"], "--deploy-watch: there is no base URL"),
        (["-m", "smoke", "--deploy-record-baseline"], "--deploy-record-baseline: there is no base URL"),
        (["-m", "smoke", "--base-url", "http://x", "--deploy-rollback"], "settings do not say how: give rollback.command, a list of words"),
        (["-m", "smoke", "--deploy-wait", "0"], "--deploy-wait: 0 is not more than nothing"),
        (["-m", "smoke", "--deploy-wait", "nan"], "--deploy-wait: nan is not more than nothing"),
        (["-m", "smoke", "--base-url", "http://x", "--deploy-watch", "-1"], "--deploy-watch: -1 is not more than nothing"),
        (["-m", "smoke", "--base-url", "https://ann:canary@"], "--base-url: the base URL https://…@ names no host"),
    ],
)
def test_what_a_run_cannot_do_is_a_mistake_of_the_command_line(house, arguments, said):
    house.write({"test_it.py": "def test_one(): pass\n"})
    result = house.run("-p", "pytest_base_url.plugin", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()
    assert "canary" not in result.stderr.str()


def test_smoke_tests_are_asked_for_and_there_is_none_and_no_base_url(house):
    house.write({"test_it.py": "def test_one(): pass\n"})
    result = house.run("-p", "pytest_base_url.plugin", "-m", "smoke")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_too_few_smoke_tests_without_a_base_url_say_so(house):
    house.write({"test_it.py": "import pytest\n@pytest.mark.smoke\ndef test_one(): pass\n"})
    result = house.run("-p", "pytest_base_url.plugin", "-m", "smoke", "--deploy-min-smoke", "2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["1 smoke test ran, 2 are asked for"])


def test_tests_in_a_folder_of_that_name_are_no_smoke_tests_for_that(house):
    house.write({"smoke/test_it.py": "import pytest\n@pytest.mark.smoke\ndef test_one(): pass\ndef test_two(): pass\n"})
    result = house.run("-p", "pytest_base_url.plugin", "-m", "smoke or not smoke", "--deploy-min-smoke", "2")
    assert result.ret == 1


@pytest.mark.parametrize(
    ("arguments", "verdict", "because"),
    [
        (["-m", "smoke and not deploy"], "go", "1 smoke test of the project passed"),
        (["-k", "health"], "incomplete", "run incomplete: 6 smoke tests did not run because of -k"),
        (["smoke::smoke-health[GET /health]"], "incomplete", "run incomplete: 5 smoke tests did not run because of the paths given"),
    ],
)
def test_a_run_that_is_narrowed_is_not_go(smoke, arguments, verdict, because):
    smoke.serve()
    smoke.write({"test_it.py": "import pytest\n@pytest.mark.smoke\ndef test_one(): pass\n"})
    assert smoke.run(*arguments).ret == 0
    report = smoke.report()
    assert report["verdict"] == verdict
    assert because in report["because"]


def test_a_module_that_cannot_be_collected_is_no_go(smoke):
    smoke.serve()
    smoke.write({"test_it.py": "import nothing_of_that_name\n"})
    result = smoke.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["NO-GO *1 test of the project failed*"])


# --- latency ---------------------------------------------------------------------------------------------------------


def slow(visit: Visit) -> None:
    if not visit.hold(0.02):
        visit.answer(200, '{"status": "ok"}', content_type="application/json")


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_a_baseline_is_recorded_and_compared_with(smoke, workers):
    plugins = ("xdist.plugin", "xdist.looponfail") if workers else ()
    smoke.settings(LATENCY)
    smoke.serve()
    result = smoke.run("--deploy-record-baseline", *workers, plugins=plugins)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["the latency of 2 endpoints is recorded in deploy/latency.json: commit it"])
    recorded = json.loads((smoke.path / "deploy" / "latency.json").read_text())
    assert {name: len(one["milliseconds"]) for name, one in recorded["endpoints"].items()} == {"GET /health": 20, "GET /orders": 20}

    smoke.serve(health=slow)
    result = smoke.run(*workers, plugins=plugins)
    assert result.ret == 1
    result.stdout.fnmatch_lines([" latency  GET /health  p50 2* ms*(baseline p50 *", "NO-GO  1 required check failed*"])
    (failed,) = [one for one in smoke.report()["checks"] if one["outcome"] == "failed"]
    assert failed["node"] == "smoke::latency-baseline[[GET /health]]".replace("[[", "[").replace("]]", "]")
    assert [one["endpoint"] for one in smoke.report()["latency"] if one["baseline"]] == ["GET /health", "GET /orders"]


def test_without_a_baseline_latency_is_unverified(smoke):
    smoke.settings(LATENCY)
    smoke.serve()
    result = smoke.run("-rs")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["SKIPPED*unverified: there is no baseline in deploy/latency.json: record it with --deploy-record-baseline*"]
    )


def test_what_fails_is_no_baseline(smoke):
    smoke.serve(orders=says(500))
    result = smoke.run("--deploy-record-baseline")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["no baseline is recorded in deploy/latency.json: *"])
    assert not (smoke.path / "deploy").exists()


def test_a_baseline_that_could_not_be_recorded_is_no_success(smoke):
    smoke.serve()
    smoke.write({"deploy": "a file in the way\n"})
    result = smoke.run("--deploy-record-baseline")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NO-GO  no baseline is recorded in deploy/latency.json: *"])


# --- watching --------------------------------------------------------------------------------------------------------


def test_a_deployment_that_keeps_well_is_watched_to_the_end(smoke):
    server = smoke.serve()
    result = smoke.run("--deploy-watch", "1")
    assert result.ret == 0
    result.stdout.fnmatch_lines([" watched  1 s, * rounds: * asked, 0 failed (0 %)", "   p95 *", "GO *"])
    watch = smoke.report()["watch"]
    assert watch["rounds"] >= 3
    assert watch["asked"] == 3 * watch["rounds"]  # two endpoints, and the version
    assert sum(one["asked"] for one in watch["spans"]) == watch["asked"]
    assert "/auth/login" not in server.paths()


def test_three_rounds_that_fail_end_it_and_are_no_go(smoke):
    smoke.serve(orders=until(3, says(401), says(500)))
    result = smoke.run("--deploy-watch", "30")
    assert result.ret == 1
    assert result.duration < 15
    result.stdout.fnmatch_lines(["watching http*: it answered 500; 401 is expected", "NO-GO *3 rounds in a row failed*it answered 500*"])


def test_a_version_that_comes_back_is_seen(smoke):
    smoke.serve(version=until(2, says_json('{"commit": "abc1234"}'), says_json('{"commit": "0ld0ld0"}')))
    result = smoke.run("--deploy-watch", "30")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NO-GO *version 0ld0ld0 runs instead of abc1234*"])


def test_what_has_failed_already_is_not_watched(smoke):
    smoke.serve(orders=says(500))
    assert smoke.run("--deploy-watch", "30").duration < 15
    assert smoke.report()["watch"] is None


# --- rolling back ----------------------------------------------------------------------------------------------------

UNDO = "open('undone', 'a').write('x')"
"""A command that takes a deployment back, and counts how often it was run."""


def undone(smoke: Any, old: str = "0ld0ld0") -> Behaviour:
    """The version as it is before and after the command has run."""

    def answer(visit: Visit) -> None:
        commit = old if (smoke.path / "undone").exists() else "abc1234"
        visit.answer(200, json.dumps({"commit": commit}), content_type="application/json")

    return answer


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_deployment_that_fails_is_taken_back_once_and_the_run_is_a_failure_still(smoke, workers):
    smoke.settings(smoke.command(UNDO + "; print('back to 0ld0ld0')"))
    smoke.serve(orders=says(500), version=undone(smoke))
    plugins = ("xdist.plugin", "xdist.looponfail") if workers else ()
    result = smoke.run("--deploy-rollback", *workers, "--junitxml", "out.xml", "--deploy-report", "markdown:out.md", plugins=plugins)
    assert result.ret == 1
    assert (smoke.path / "undone").read_text() == "x"
    result.stdout.fnmatch_lines(
        [
            " rollback  `*",
            "   | back to 0ld0ld0",
            "   healthy again after *, as version 0ld0ld0",
            "ROLLED BACK  1 required*",
        ]
    )
    report = smoke.report()
    assert report["verdict"] == "rolled-back"
    assert (report["rollback"]["worked"], report["rollback"]["output"]) == (True, "back to 0ld0ld0")
    markdown = (smoke.path / "out.md").read_text()
    assert markdown.startswith("## ↩️ ROLLED BACK · smoke run · http")
    assert "back to 0ld0ld0" in markdown
    assert ET.parse(smoke.path / "out.xml").getroot().find("testsuite").get("failures") == "1"  # written by the test itself


def test_a_command_that_fails_is_a_rollback_that_failed(smoke):
    smoke.settings(smoke.command("import sys; sys.exit('no revision to go back to')"))
    smoke.serve(orders=says(500))
    result = smoke.run("--deploy-rollback")
    assert result.ret == 1
    result.stdout.fnmatch_lines([" rollback  `*", "   | no revision to go back to", "ROLLBACK FAILED  1 required*"])
    assert "ended with 1 after" in smoke.report()["rollback"]["command"]
    assert smoke.report()["verdict"] == "rollback-failed"


@pytest.mark.parametrize(
    ("health", "old", "said"),
    [(503, "0ld0ld0", "last: it answered 503"), (200, "abc1234", "last: healthy, but as version abc1234")],
)
def test_a_command_that_ends_well_proves_nothing(smoke, health, old, said):
    smoke.settings(smoke.command(UNDO))
    smoke.serve(orders=says(500), health=until(2, GOOD["/health"], says(health)), version=undone(smoke, old))
    result = smoke.run("--deploy-rollback", "--deploy-wait", "0.5")
    assert result.ret == 1
    assert smoke.report()["verdict"] == "rollback-failed"
    assert said in smoke.report()["rollback"]["health"]


def test_a_version_before_that_does_not_say_which_it_is_will_do(smoke):
    def version(visit: Visit) -> None:
        visit.answer(404) if (smoke.path / "undone").exists() else undone(smoke)(visit)

    smoke.settings(smoke.command(UNDO))
    smoke.serve(orders=says(500), version=version)
    smoke.run("--deploy-rollback", "--deploy-wait", "2")
    assert smoke.report()["verdict"] == "rolled-back"


def test_what_fails_while_it_is_watched_is_taken_back(smoke):
    smoke.settings(smoke.command(UNDO))
    smoke.serve(orders=until(3, says(401), says(500)), version=undone(smoke))
    assert smoke.run("--deploy-watch", "30", "--deploy-rollback").ret == 1
    assert smoke.report()["verdict"] == "rolled-back"


def test_a_smoke_test_of_the_project_is_reason_enough(smoke):
    smoke.settings(smoke.command(UNDO))
    smoke.write({"test_it.py": "import pytest\n@pytest.mark.smoke\ndef test_one(smoke_client): assert 0\n"})
    smoke.serve(version=undone(smoke))
    assert smoke.run("--deploy-rollback").ret == 1
    assert smoke.report()["verdict"] == "rolled-back"


@pytest.mark.parametrize(
    ("arguments", "test"),
    [
        ([], "def test_one(): assert 0"),
        (["--deploy-rollback"], "def test_one(): pass"),
        (["--deploy-rollback", "--deploy-min-smoke", "100"], "def test_one(): pass"),
        (["--deploy-rollback", "--co"], "def test_one(): assert 0"),
        (["--deploy-rollback"], "import nothing_of_that_name\ndef test_one(): pass"),
        (["--deploy-rollback", "-k", "nothing"], "def test_one(): assert 0"),
        (["--deploy-rollback"], "def test_one(): raise KeyboardInterrupt"),
    ],
    ids=["not asked for", "nothing failed", "too few ran", "collected only", "not collected", "nothing ran", "interrupted"],
)
def test_what_says_nothing_against_the_deployment_takes_nothing_back(smoke, arguments, test):
    smoke.settings(smoke.command(UNDO))
    smoke.serve()
    smoke.write({"test_it.py": f"import pytest\n@pytest.mark.smoke\n{test}\n"})
    smoke.run(*arguments, plugins=("xdist.plugin",) if "Interrupt" in test else ())
    assert not (smoke.path / "undone").exists()


def test_what_is_set_up_wrongly_takes_nothing_back(smoke):
    smoke.settings('[auth]\nbearer_env = "NO_SUCH_VARIABLE"\n' + smoke.command(UNDO))
    smoke.serve(orders=says(500))
    result = smoke.run("--deploy-rollback")
    assert result.ret == 1
    assert "NO_SUCH_VARIABLE" in result.stdout.str()
    assert not (smoke.path / "undone").exists()


def test_what_the_command_prints_shows_no_secret(smoke, monkeypatch):
    monkeypatch.setenv("SMOKE_TOKEN", TOKEN)
    smoke.settings(smoke.command("import os; print('token', os.environ['SMOKE_TOKEN'])"))
    smoke.serve(orders=says(500))
    result = smoke.run("--deploy-rollback", "--deploy-wait", "0.3", "--deploy-report", "markdown:out.md", "--junitxml", "out.xml")
    shown = [*result.outlines, *result.errlines, *((smoke.path / name).read_text() for name in ("out.json", "out.md", "out.xml"))]
    assert any("token " in text for text in shown)
    assert not any(TOKEN in text for text in shown)


@pytest.mark.parametrize(("orders", "shown"), [(500, True), (401, False)])
def test_where_a_release_may_not_stay_the_plan_is_named(smoke, orders, shown):
    smoke.settings('[rollback]\nplan = "docs/rollback.md"\n')
    smoke.serve(orders=says(orders))
    assert ("how people take it back: docs/rollback.md" in smoke.run().outlines) is shown


# --- with the gate ---------------------------------------------------------------------------------------------------


def test_with_the_gate_there_is_one_verdict(smoke):
    smoke.serve(orders=says(500))
    result = smoke.run("--deploy-checks")
    assert result.ret == 1
    assert [line for line in result.outlines if line.startswith(("GO", "NO-GO"))] == [
        line for line in result.outlines if line.startswith("NO-GO  1 required check failed · ")
    ]
    assert smoke.report()["title"] == "deployment gate"


def test_findings_of_a_deployment_are_no_debt_of_the_repository(smoke):
    smoke.serve(**{"": says(200)})
    smoke.write({"README.md": ""})
    assert smoke.run("--deploy-checks", "-m", "smoke or deploy", "--deploy-write-baseline", "known.json").ret == 0
    assert "smoke" not in (smoke.path / "known.json").read_text()
