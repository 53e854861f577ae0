"""Waivers in settings and files, and the baseline."""

from __future__ import annotations

import json

import pytest

WAIVER = """
[[waivers]]
check = "house-no-todo"
path = "{path}"
reason = "{reason}"
expires = {expires}
"""


def waiver(path: str = "**", reason: str = "later, OPS-1", expires: str = "2999-12-31") -> str:
    return WAIVER.format(path=path, reason=reason, expires=expires)


@pytest.fixture
def todo(house):
    """One thing is to be done in it."""
    house.write({"README.md": "", "svc/a.note": "one\nTODO\n"})
    return house


def test_a_waiver_of_the_settings_makes_a_finding_an_expected_failure(todo):
    todo.settings(waiver("svc/**"))
    result = todo.run("--deploy-only", "-ra", "--deploy-report", "json:gate.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["XFAIL svc/a.note::house-no-todo - later, OPS-1, until 2999-12-31", "GO *1 waived, until 2999-12-31"],
    )
    (one,) = [one for one in todo.read_report()["checks"] if one["outcome"] == "waived"]
    assert (one["reason"], one["findings"], [finding["line"] for finding in one["waived"]]) == ("later, OPS-1, until 2999-12-31", [], [2])


def test_a_waiver_in_force_is_in_order(todo):
    todo.settings(waiver("svc/**"))
    assert todo.outcomes()["checklist::waivers-in-order"] == "passed"


@pytest.mark.parametrize("place", ["# deploy: ignore[house-no-todo] later\nTODO\n", "TODO # deploy: ignore[house-no-todo]: later\n"])
def test_a_waiver_in_the_file_stands_on_the_line_or_above_it(todo, place):
    todo.write({"svc/a.note": place})
    outcomes = todo.outcomes()
    assert (outcomes["svc/a.note::house-no-todo"], outcomes["checklist::waivers-in-order"]) == ("waived", "passed")


def test_waivers_above_each_other_all_speak_of_the_line_below(todo):
    todo.write({"svc/a.note": "# deploy: ignore[house-no-todo] later\n# deploy: ignore[house-known] never mind\nTODO unknown\n"})
    outcomes = todo.outcomes()
    assert (outcomes["svc/a.note::house-no-todo"], outcomes["svc/a.note::house-known"]) == ("waived", "waived")


def test_one_waiver_names_several_checks(todo):
    todo.write({"svc/a.note": "// deploy: ignore[house-no-todo, house-known] later\nTODO unknown\n"})
    outcomes = todo.outcomes()
    assert (outcomes["svc/a.note::house-no-todo"], outcomes["svc/a.note::house-known"]) == ("waived", "waived")


def test_a_waiver_of_one_line_leaves_the_others(todo):
    todo.write({"svc/a.note": "TODO\n\nTODO # deploy: ignore[house-no-todo] later\n"})
    (one,) = [one for one in todo.report()["checks"] if one["id"] == "house-no-todo"]
    assert one["outcome"] == "failed"
    assert ([finding["line"] for finding in one["findings"]], [finding["line"] for finding in one["waived"]]) == ([1], [3])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (waiver(expires="2001-01-01"), "the waiver of house-no-todo for ** ended on 2001-01-01"),
        (waiver(reason=" "), "the waiver of house-no-todo for ** has no reason"),
        (waiver("other/**"), "the waiver of house-no-todo for other/** waives nothing"),
    ],
)
def test_a_waiver_of_the_settings_that_is_not_in_order_is_a_finding_at_its_line(todo, text, said):
    todo.settings("\n" + text)
    report = todo.report()["checks"]
    (finding,) = next(one["findings"] for one in report if one["id"] == "waivers-in-order")
    assert (finding["path"], finding["line"], finding["message"]) == ("deploy.toml", 4, said)
    assert next(one["outcome"] for one in report if one["id"] == "house-no-todo") == "failed"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("# deploy: ignore[house-no-todo]", "this waiver has no reason"),
        ("# deploy: ignore[] because", "this waiver names no check"),
        ("# deploy: ignore[house-no-tod] because", "there is no check 'house-no-tod' to waive"),
        ("# deploy: ignore[house-known] because", "this waiver of house-known waives nothing"),
    ],
)
def test_a_waiver_in_a_file_that_is_not_in_order_is_a_finding_at_its_line(todo, line, said):
    todo.write({"svc/a.note": f"one\n{line}\nTODO\n"})
    report = todo.report()["checks"]
    (finding,) = next(one["findings"] for one in report if one["id"] == "waivers-in-order")
    assert (finding["path"], finding["line"], finding["message"]) == ("svc/a.note", 2, said)
    assert next(one["outcome"] for one in report if one["id"] == "house-no-todo") == "failed"


def test_a_waiver_without_a_reason_key_is_a_usage_error(todo):
    todo.settings('[[waivers]]\ncheck = "house-no-todo"\n')
    result = todo.run("--deploy-only")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*deploy.toml: waivers[[]0]: the key reason is missing"])


def test_a_central_gate_ignores_all_waivers(todo):
    todo.settings(waiver())
    todo.write({"svc/b.note": "# deploy: ignore[house-no-todo] later\nTODO\n"})
    outcomes = todo.outcomes("--deploy-no-waivers")
    assert (outcomes["svc/a.note::house-no-todo"], outcomes["svc/b.note::house-no-todo"]) == ("failed", "failed")
    assert outcomes["checklist::waivers-in-order"] == "not-applicable"


def test_a_narrowed_run_does_not_call_waivers_unused(todo):
    todo.settings(waiver("svc/**"))
    todo.run("--deploy-only", "checklist::waivers-in-order").assert_outcomes(passed=1)


def test_runxfail_shows_what_is_waived(todo):
    todo.settings(waiver())
    result = todo.run("--deploy-only", "--runxfail")
    result.assert_outcomes(failed=1, passed=5)
    result.stdout.fnmatch_lines(["svc/a.note:2:1  something is to be done"])


# --- baseline ------------------------------------------------------------------------------------------------------


def test_what_a_baseline_lists_is_waived_and_what_is_new_fails(todo):
    result = todo.run("--deploy-only", "--deploy-write-baseline", "base.json")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["baseline: 1 finding written to base.json"])
    todo.write({"svc/b.note": "TODO\n"})
    outcomes = todo.outcomes("--deploy-baseline", "base.json")
    assert (outcomes["svc/a.note::house-no-todo"], outcomes["svc/b.note::house-no-todo"]) == ("waived", "failed")


def test_a_baseline_survives_lines_that_move(todo):
    todo.run("--deploy-only", "--deploy-write-baseline", "base.json")
    todo.write({"svc/a.note": "one\ntwo\nthree\n   TODO\n"})
    assert todo.outcomes("--deploy-baseline", "base.json")["svc/a.note::house-no-todo"] == "waived"


def test_one_more_of_the_same_in_one_file_is_new(todo):
    todo.run("--deploy-only", "--deploy-write-baseline", "base.json")
    todo.write({"svc/a.note": "TODO\nTODO\n"})
    (one,) = [one for one in todo.report("--deploy-baseline", "base.json")["checks"] if one["id"] == "house-no-todo"]
    assert (one["outcome"], len(one["findings"]), len(one["waived"])) == ("failed", 1, 1)


def test_a_baseline_is_sorted_so_that_its_differences_can_be_read(todo):
    todo.write({"svc/b.note": "TODO\nunknown\n"})
    todo.run("--deploy-only", "--deploy-write-baseline", "base.json")
    found = json.loads((todo.path / "base.json").read_text())["findings"]
    assert [(one["check"], one["subject"]) for one in found] == [
        ("house-known", "svc/b.note"),
        ("house-no-todo", "svc/a.note"),
        ("house-no-todo", "svc/b.note"),
    ]


def test_a_narrowed_run_writes_no_baseline(todo):
    result = todo.run("--deploy-only", "--deploy-write-baseline", "base.json", "-k", "house-no-todo")
    result.stdout.fnmatch_lines(["no baseline is written: 5 checks did not run because of -k"])
    assert not (todo.path / "base.json").exists()


@pytest.mark.parametrize("text", [None, "[]", '{"version": 7, "findings": []}', "no json"])
def test_a_file_that_is_no_baseline_is_a_usage_error(todo, text):
    if text is not None:
        todo.write({"base.json": text})
    result = todo.run("--deploy-only", "--deploy-baseline", "base.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--deploy-baseline *base.json: *"])
