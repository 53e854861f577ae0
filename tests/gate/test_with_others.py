"""The gate beside other plugins, and in pytest's own modes. Where plugins matter the run has a process of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest


@pytest.fixture
def mixed(house):
    """Two failures, an advisory finding, something unverified, and tests of the project."""
    house.write(
        {
            "a.note": "TODO\n",
            "b.note": "verbose\n",
            "c.note": "ask\n",
            "d.note": "# deploy: ignore[house-no-todo] later\nTODO\n",
            "test_one.py": "def test_one(): pass\n",
        }
    )
    return house


COUNTS = {"failed": 2, "passed": 15, "skipped": 1, "xfailed": 1}
"""Of the gate with one test of the project."""


def test_last_failed_runs_what_failed_and_is_no_verdict(mixed):
    run = ("-p", "cacheprovider", "--deploy-checks")
    mixed.run(*run).assert_outcomes(**COUNTS)
    again = mixed.run(*run, "--lf")
    again.assert_outcomes(failed=2, deselected=17)
    again.stdout.fnmatch_lines(["NO-GO *gate incomplete: 16 checks did not run because of --lf"])
    mixed.write({"README.md": "", "a.note": "fine\n"})
    mixed.run(*run, "--lf").stdout.fnmatch_lines(["INCOMPLETE *"])


def test_failed_first_and_new_first_run_everything(mixed):
    mixed.run("-p", "cacheprovider", "--deploy-checks")
    mixed.run("-p", "cacheprovider", "--deploy-checks", "--ff").assert_outcomes(**COUNTS)
    mixed.run("-p", "cacheprovider", "--deploy-checks", "--nf").assert_outcomes(**COUNTS)


def test_stepwise_goes_on_where_it_stopped(mixed):
    mixed.write({"README.md": ""})
    run = ("-p", "cacheprovider", "-p", "stepwise", "--deploy-checks", "--sw")
    mixed.run(*run).stdout.fnmatch_lines(["FAILED a.note::house-no-todo*"])
    mixed.write({"a.note": "fine\n"})
    assert mixed.run(*run).ret == 0


def test_names_select(mixed):
    mixed.run("--deploy-checks", "-k", "house-no-todo and a.note").assert_outcomes(failed=1, deselected=18)
    mixed.run("--deploy-checks", "-k", "rollback").assert_outcomes(passed=4, deselected=15)


def test_a_deselected_id_is_not_run(mixed):
    mixed.run("--deploy-checks", "--deselect", "a.note::house-no-todo", "--deselect", "checklist").assert_outcomes(
        passed=14, skipped=1, xfailed=1, deselected=3
    )


@pytest.mark.parametrize("family", ["xunit1", "xunit2"])
def test_junit_has_the_checks_with_their_properties(mixed, family):
    mixed.run("--deploy-only", "--junitxml", "out.xml", "-o", f"junit_family={family}")
    cases = ET.parse(mixed.path / "out.xml").getroot().iter("testcase")  # written by the test itself
    (case,) = [one for one in cases if one.get("name") == "house-no-todo" and one.find("failure") is not None]
    assert case.get("classname") == "a.note"
    assert {one.get("name"): one.get("value") for one in case.iter("property")} == {
        "deploy.check": "house-no-todo",
        "deploy.area": "container",
        "deploy.tier": "required",
        "deploy.outcome": "failed",
    }
    assert case.find("failure").text.startswith("a.note:1:1  something is to be done")
    if family == "xunit1":
        assert (case.get("file"), case.get("line")) == ("a.note", "0")


def test_strict_settings_of_pytest_and_warnings_as_errors(mixed):
    mixed.write({"pyproject.toml": "[tool.pytest]\nstrict = true\nfilterwarnings = ['error']\n"})
    result = mixed.run_with_all("--deploy-checks", "-W", "error", "--strict-markers")
    result.assert_outcomes(**COUNTS)
    assert "warnings summary" not in result.stdout.str()


def test_workers_of_xdist_have_the_same_items_and_the_controller_reports(mixed):
    result = mixed.run_apart("--deploy-checks", "-n", "2", "--deploy-report", "json:gate.json", plugins=("xdist",))
    result.assert_outcomes(**COUNTS)
    apart = mixed.read_report()
    mixed.run("--deploy-checks", "--deploy-report", "json:gate.json")
    alone = mixed.read_report()
    for report in (apart, alone):
        for one in report["checks"]:
            del one["seconds"]
    assert apart == alone


def test_workers_share_by_files_and_without_a_terminal(mixed):
    mixed.run_apart(
        "--deploy-only", "-n", "2", "--dist", "loadfile", "-p", "no:terminal", "--deploy-report", "json:gate.json", plugins=("xdist",)
    )
    assert len(mixed.read_report()["checks"]) == 18


def test_a_retry_does_not_turn_a_finding_green(mixed):
    result = mixed.run_apart("--deploy-checks", "--reruns", "2", "--deploy-report", "json:gate.json", plugins=("pytest_rerunfailures",))
    assert result.ret == 1
    report = mixed.read_report()
    assert [one["outcome"] for one in report["checks"]].count("failed") == 2
    assert len(report["checks"]) == 18


def test_shuffling_leaves_the_checklist_and_its_report_in_order(mixed):
    shuffled = mixed.run_apart("--deploy-only", "--deploy-report", "json:gate.json", plugins=("pytest_randomly",))
    report = [(one["node"], one["outcome"]) for one in mixed.read_report()["checks"]]
    plain = mixed.run("--deploy-only", "--deploy-report", "json:gate.json")
    assert [line for line in shuffled.outlines if "%]" in line] == [line for line in plain.outlines if "%]" in line]
    assert report == [(one["node"], one["outcome"]) for one in mixed.read_report()["checks"]]


def test_base_url_stays_the_option_of_its_plugin_and_playwrights(mixed):
    mixed.write({"test_one.py": "def test_one(base_url): assert base_url == 'http://localhost:1'\n"})
    result = mixed.run_with_all("--deploy-checks", "--base-url", "http://localhost:1")
    result.assert_outcomes(**COUNTS)


def test_coverage_beside_the_gate(mixed):
    result = mixed.run_apart("--deploy-checks", "--cov=test_one", plugins=("pytest_cov.plugin",))
    result.assert_outcomes(**COUNTS)
    assert "TOTAL" in result.stdout.str()


def test_the_annotations_of_the_other_plugin_point_to_the_finding(mixed, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    mixed.write({"a.note": "one\nTODO\nTODO\n"})
    result = mixed.run_apart("--deploy-only", plugins=("pytest_github_actions_annotate_failures.plugin",))
    lines = [line for line in [*result.outlines, *result.errlines] if line.startswith("::error")]
    assert any(line.startswith("::error file=a.note,line=2::house-no-todo: a.note") for line in lines)
    assert [line for line in lines if ",line=3," in line and "title=house-no-todo" in line]
    assert not [line for line in lines if ",line=2," in line]


def test_plain_assertions_change_nothing(mixed):
    assert mixed.run("--deploy-only", "--assert=plain").ret == 1
