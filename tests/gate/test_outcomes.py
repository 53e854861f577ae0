"""What becomes of what a check says: pytest's outcome, the text, the report, the exit code."""

from __future__ import annotations

import pytest


@pytest.fixture
def calm(house):
    """A repository in which nothing is wrong."""
    house.write({"README.md": "", "a.note": "fine\n"})
    return house


def test_a_repository_in_order_is_a_go(calm):
    result = calm.run("--deploy-only", "--deploy-report", "json:gate.json")
    assert result.ret == 0
    report = calm.read_report()
    assert (report["verdict"], report["incomplete"], report["tool"].partition(" ")[0]) == ("go", "", "pytest-deploy")
    result.stdout.fnmatch_lines(["*deployment gate · production*", "GO  5 checks passed"])


def test_a_finding_says_where_what_and_how_to_mend_it(calm):
    calm.write({"a.note": "one\n  a TODO here\n"})
    result = calm.run("--deploy-only")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*_ house-no-todo: a.note _*",
            "a.note:2:5  something is to be done",
            "    a TODO here",
            "  fix: Do it.",
            "more: pytest --deploy-explain house-no-todo",
            "FAILED a.note::house-no-todo - a.note:2:5  something is to be done",
            "NO-GO  1 required check failed",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_what_is_absent_from_the_repository_has_no_line(house):
    result = house.run("--deploy-only")
    result.stdout.fnmatch_lines(["checklist  there is no README.md"])


def test_the_report_has_the_finding_with_its_place(calm):
    calm.write({"a.note": "one\n  a TODO here\n"})
    (failed,) = [one for one in calm.report()["checks"] if one["outcome"] == "failed"]
    assert (failed["id"], failed["area"], failed["tier"], failed["subject"], failed["node"]) == (
        "house-no-todo",
        "container",
        "required",
        "a.note",
        "a.note::house-no-todo",
    )
    (finding,) = failed["findings"]
    assert (finding["path"], finding["line"], finding["column"], finding["end_line"]) == ("a.note", 2, 5, 2)
    assert (finding["message"], finding["hint"]) == ("something is to be done", "Do it.")


def test_the_order_of_the_report_is_that_of_the_checklist(calm):
    calm.write({"b.note": "fine\n"})
    assert [(one["area"], one["id"], one["subject"]) for one in calm.report()["checks"]] == [
        ("before", "house-has-readme", "checklist"),
        ("before", "waivers-in-order", "checklist"),
        ("pipeline", "house-known", "a.note"),
        ("pipeline", "house-known", "b.note"),
        ("container", "house-no-todo", "a.note"),
        ("container", "house-no-todo", "b.note"),
        ("container", "house-parses", "a.note"),
        ("container", "house-parses", "b.note"),
        ("rollback", "house-short", "a.note"),
        ("rollback", "house-short", "b.note"),
    ]


def test_an_advisory_finding_is_shown_and_fails_nothing(calm):
    calm.write({"a.note": "so verbose\n"})
    result = calm.run("--deploy-only", "-v")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["a.note::house-short ADVISORY*", "*- advisory -*", "a.note:1:4  this is verbose  [[]house-short]", "GO *"])


def test_unverified_is_skipped_with_how_to_supply_it(calm):
    calm.write({"a.note": "ask\n"})
    result = calm.run("--deploy-only", "-rs")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["SKIPPED [[]1] a.note:1: unverified: nobody was asked; set ASK", "GO *1 unverified*"])


def test_what_is_not_applicable_is_skipped_and_does_not_flood_the_summary(calm):
    calm.write({f"{number}.note": "draft\n" for number in range(30)})
    result = calm.run("--deploy-only", "-rs")
    result.assert_outcomes(skipped=31, passed=95)
    assert not [line for line in result.outlines if line.startswith("SKIPPED")]
    result.stdout.fnmatch_lines(["31 not applicable (-vv lists them)"])
    loud = calm.run("--deploy-only", "-rs", "-vv")
    assert [line for line in loud.outlines if line.startswith("SKIPPED [1] 7.note:1: the note is a draft")]


def test_strict_fails_what_is_unverified_and_advisory(calm):
    calm.write({"a.note": "ask\n", "b.note": "verbose\n"})
    result = calm.run("--deploy-only", "--deploy-strict", "-ra")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "a.note: unverified: nobody was asked; set ASK",
            "FAILED a.note::house-known*",
            "FAILED b.note::house-short*",
            "NO-GO *",
        ]
    )


def test_a_file_that_cannot_be_read_fails_once_at_its_place(calm):
    calm.write({"a.note": "fine\n\n%%\n"})
    result = calm.run("--deploy-only", "-ra")
    result.assert_outcomes(passed=1, failed=1, skipped=4)
    result.stdout.fnmatch_lines(
        [
            "a.note:3:1  %% is no note",
            "SKIPPED [[]3] a.note:1: unverified: a.note cannot be read; a.note::house-parses says where",
        ]
    )


def test_a_broken_file_of_a_kind_without_a_check_for_that_fails_the_others(calm):
    calm.write({"deploy.toml": 'select = ["house-no-todo", "house-known"]\n', "a.note": "%%\n"})
    result = calm.run("--deploy-only")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["a.note:1:1  the file cannot be read: %% is no note"])


def test_a_crash_in_a_check_is_one_error_and_the_rest_runs(calm):
    calm.write({"a.note": "crash\nTODO\n"})
    result = calm.run("--deploy-only", "--deploy-report", "json:gate.json")
    result.assert_outcomes(passed=3, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        ["a.note: the check house-known itself failed: ZeroDivisionError: division by zero", "NO-GO *1 check could not be run*"]
    )
    assert "Traceback" not in result.stdout.str()
    (one,) = [one for one in calm.read_report()["checks"] if one["outcome"] == "error"]
    assert (one["id"], one["reason"]) == ("house-known", "ZeroDivisionError: division by zero")


@pytest.mark.parametrize("loud", ["--full-trace", "-vv"])
def test_the_trace_of_a_crash_is_shown_on_demand(calm, loud):
    calm.write({"a.note": "crash\n"})
    calm.run("--deploy-only", loud).stdout.fnmatch_lines(
        ["Traceback (most recent call last):", '*raise ZeroDivisionError("division by zero")']
    )


def test_another_plugin_that_fails_around_a_check_is_an_error_of_that_check(calm):
    calm.write({"meddler.py": "def pytest_runtest_setup(item):\n    if item.name == 'house-known': raise OSError('no disk')\n"})
    outcomes = calm.outcomes("-p", "meddler", "--junitxml", "out.xml")  # with a JUnit file checks have the three phases of a test
    assert outcomes["a.note::house-known"] == "error"
    assert calm.read_report()["verdict"] == "no-go"


def test_settings_promote_demote_select_and_ignore(calm):
    calm.settings('required = ["house-short"]\nadvisory = ["container"]\nignore = ["house-known"]\n')
    calm.write({"a.note": "verbose TODO\n"})
    outcomes = calm.outcomes()
    assert outcomes["a.note::house-short"] == "failed"
    assert outcomes["a.note::house-no-todo"] == "advisory"
    assert "a.note::house-known" not in outcomes
    assert calm.read_report()["incomplete"] == ""


def test_the_target_is_the_settings_or_the_command_lines(calm):
    calm.settings('target = "staging"\n')
    assert calm.report()["target"] == "staging"
    assert calm.report("--deploy-target", "canary")["target"] == "canary"


def test_a_repository_without_anything_to_judge_is_no_go(calm):
    calm.write({"deploy.toml": 'select = ["waivers-in-order"]\n'})
    result = calm.run("--deploy-only", "--deploy-report", "json:gate.json")
    assert result.ret == 0
    assert calm.read_report()["verdict"] == "incomplete"


def test_a_failing_test_of_the_project_is_a_no_go(calm):
    calm.write({"test_one.py": "def test_one(): assert False\n"})
    result = calm.run("--deploy-checks")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NO-GO  1 test of the project failed*"])


# --- narrowed runs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["-k", "house-known"], "-k"),
        (["-m", "deploy(area='pipeline')"], "-m"),
        (["a.note"], "the paths given"),
        (["--deploy-select", "pipeline"], "--deploy-select"),
        (["--deploy-ignore", "house-kn*"], "--deploy-ignore"),
        (["--deselect", "a.note::house-known"], "--deselect"),
        (["--ignore", "a.note"], "--ignore"),
    ],
)
def test_a_narrowed_run_is_incomplete_and_never_a_go(calm, arguments, because):
    result = calm.run("--deploy-only", "--deploy-report", "json:gate.json", *arguments)
    assert result.ret == 0
    report = calm.read_report()
    assert report["verdict"] == "incomplete"
    assert report["incomplete"].endswith(f"did not run because of {because}")
    result.stdout.fnmatch_lines(["INCOMPLETE  gate incomplete: *"])


def test_a_run_that_stops_at_the_first_failure_is_incomplete_too(house):
    house.write({"a.note": "fine\n"})
    report = house.report("-x")
    assert (report["verdict"], report["incomplete"]) == ("no-go", "5 checks did not run because of -x")


def test_collecting_alone_gives_no_verdict(calm):
    result = calm.run("--deploy-only", "--co", "--deploy-report", "json:gate.json")
    assert result.ret == 0
    assert "deployment gate" not in result.stdout.str()
    assert not (calm.path / "gate.json").exists()


def test_nothing_selected_is_exit_code_five(calm):
    assert calm.run("--deploy-only", "-k", "nothing-of-this-name").ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("option", ["--deploy-select", "--deploy-ignore"])
def test_an_option_that_names_no_check_is_a_usage_error(calm, option):
    result = calm.run("--deploy-only", option, "house-knwon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{option}: there is no check or area 'house-knwon'; did you mean house-known?"])


# --- reports -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("jsn:x", "there is no format 'jsn'; did you mean json?"),
        ("json", "where to? Write json:PATH"),
        ("json:", "where to? Write json:PATH"),
    ],
)
def test_a_report_that_cannot_be_is_a_usage_error(calm, value, said):
    result = calm.run("--deploy-only", "--deploy-report", value)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_a_report_is_written_without_a_terminal(calm):
    calm.run("--deploy-only", "-p", "no:terminal", "--deploy-report", "json:out/gate.json")
    assert (calm.path / "out/gate.json").exists()


def test_a_hook_adds_a_format(calm):
    calm.write({"mine.py": "def pytest_deploy_reports():\n    return {'short': lambda run: f'{run.verdict}: {len(run.results)}'}\n"})
    calm.run("-p", "mine", "--deploy-only", "--deploy-report", "short:out.txt")
    assert (calm.path / "out.txt").read_text() == "go: 6"


def test_a_report_that_cannot_be_written_is_no_success(calm):
    calm.write({"file": ""})
    result = calm.run("--deploy-only", "--deploy-report", "json:file/gate.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--deploy-report json:*file/gate.json: *"])


def test_github_gets_annotations_and_a_summary(calm, monkeypatch):
    calm.write({"a.note": "TODO\n"})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(calm.path.parent))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(calm.path / "summary.md"))
    result = calm.run("--deploy-only")
    result.stdout.fnmatch_lines(
        [f"::error file={calm.path.name}/a.note,line=1,endLine=1,col=1,title=house-no-todo::something is to be done*"]
    )
    assert "something is to be done" in (calm.path / "summary.md").read_text()
