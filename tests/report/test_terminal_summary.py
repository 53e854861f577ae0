"""The summary at the end of a run."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.report.result import PathStep, Run
from pytest_deploy.report.terminal import can_show, cells, lines
from report.runs import PATH, many, result, run, shown, with_path

SHOWN = """\
───────────────────────── deployment gate · production ─────────────────────────
 2 pipeline         9 passed  1 failed                          1 advisory
 3 container       12 passed                          2 waived
11 rollback         5 passed            1 unverified
 release paths
   push main ─ test ✓ ─ build ✓ ─ scan ✗ ─ staging ✓ ─ approval ✓ ─ production
NO-GO  1 required check failed · 1 unverified · 2 waived, the first until 2026-12-31
"""


def verdict(one: Run) -> str:
    return lines(one)[-1]


def test_the_summary_looks_as_documented() -> None:
    assert "\n".join(lines(shown())) + "\n" == SHOWN


def test_a_narrow_terminal_gets_the_same_facts_on_more_lines() -> None:
    assert lines(shown(), width=40) == [
        "───── deployment gate · production ─────",
        " 2 pipeline   9 passed · 1 failed",
        "              · 1 advisory",
        " 3 container  12 passed · 2 waived",
        "11 rollback   5 passed · 1 unverified",
        " release paths",
        "   push main ─ test ✓ ─ build ✓ ─ scan ✗",
        "     ─ staging ✓ ─ approval ✓",
        "     ─ production",
        "NO-GO  1 required check failed · 1 unverified · 2 waived, the first until 2026-12-31",
    ]


def test_a_wide_terminal_stretches_the_heading_only() -> None:
    wide = lines(shown(), width=200)
    assert cells(wide[0]) == 200
    assert wide[1:] == SHOWN.splitlines()[1:]


def test_a_terminal_without_unicode_gets_signs_of_its_own_that_fit_as_well() -> None:
    plain = lines(shown(), unicode=False)
    assert all(line.isascii() for line in plain)
    assert plain[5] == "   push main - test + - build + - scan x - staging + - approval + - production"


@pytest.mark.parametrize(("encoding", "can"), [("utf-8", True), ("latin-1", False), ("ascii", False), ("no-such", False), (None, False)])
def test_an_encoding_tells_which_signs_can_be_shown(encoding: str | None, can: bool) -> None:
    assert can_show(encoding) is can


def test_colour_adds_nothing_but_colour() -> None:
    coloured = lines(shown(), color=True)
    assert coloured[-1].startswith("\x1b[1;31mNO-GO\x1b[0m  ")
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == lines(shown())


def test_go_says_how_much_was_checked() -> None:
    assert verdict(run(*many(3, "container"), *many(1, "pipeline"))) == "GO  4 checks passed"


def test_go_names_what_it_could_not_verify() -> None:
    one = run(result(), result("release-tagged", "production", "checklist", outcome="unverified"))
    assert verdict(one) == "GO  1 check passed · 1 unverified"


def test_a_narrowed_run_says_why_it_is_incomplete() -> None:
    one = run(result(), verdict="incomplete", incomplete="12 checks were deselected by -k")
    assert verdict(one) == "INCOMPLETE  gate incomplete: 12 checks were deselected by -k"


def test_failures_come_before_the_reason_of_an_incomplete_run() -> None:
    one = run(result(outcome="failed"), verdict="no-go", incomplete="stopped by -x")
    assert verdict(one) == "NO-GO  1 required check failed · gate incomplete: stopped by -x"


def test_a_check_that_broke_is_told_apart_from_one_that_failed() -> None:
    one = run(result(outcome="error"), result("user", outcome="failed", tier="advisory"), verdict="no-go")
    assert verdict(one) == "NO-GO  1 advisory check failed · 1 check could not be run"
    assert lines(one)[1] == " 3 container       1 failed  1 error"


def test_failed_tests_of_the_project_stand_against_a_release() -> None:
    assert verdict(run(result(), verdict="no-go", other_failures=2)) == "NO-GO  2 tests of the project failed"


def test_further_reasons_are_said() -> None:
    one = run(result(), verdict="no-go", reasons=("2 smoke tests ran, 5 are asked for",))
    assert verdict(one) == "NO-GO  2 smoke tests ran, 5 are asked for"


def test_a_single_waiver_is_not_the_first() -> None:
    one = run(result(outcome="waived"), result("b"), expiring="2027-01-31")
    assert verdict(one) == "GO  1 check passed · 1 waived, until 2027-01-31"


def test_an_area_in_which_nothing_applies_is_named() -> None:
    one = run(result(), *many(3, "migrations", outcome="not-applicable"))
    assert lines(one)[1:3] == [" 3 container       1 passed", " 6 migrations      not applicable"]


def test_an_empty_run_says_so() -> None:
    assert lines(run(verdict="incomplete"))[1:] == ["INCOMPLETE  no check applies here"]


def test_areas_of_other_plugins_come_last() -> None:
    rows = lines(run(result("x", "house"), result("y", "rollback"), result("z", "before")))[1:4]
    assert [row.split()[1] for row in rows] == ["before", "rollback", "house"]


def test_paths_with_a_gap_come_first_and_the_rest_is_counted() -> None:
    one = run(result(), verdict="no-go")
    for number in range(13):
        one = with_path(one, (PathStep(f"push r{number}"), PathStep("test", "✓"), PathStep("production")))
    shown_paths = lines(with_path(one, PATH))[2:]
    assert shown_paths[1].startswith("   push main ─ test ✓")
    assert shown_paths[2] == "   push r0 ─ test ✓ ─ production"
    assert shown_paths[13] == "   and 2 more, all in the JSON report"


def test_a_long_name_is_cut_and_a_newline_or_escape_in_it_does_nothing() -> None:
    one = with_path(run(result()), (PathStep("push " + "b" * 60), PathStep("te\nst\x1b[31m", "✓"), PathStep("production")))
    assert lines(one)[3] == f"   push {'b' * 34}… ─ te st\ufffd[31m ✓ ─ production"


def test_the_order_of_the_results_does_not_matter() -> None:
    one = shown()
    assert lines(replace(one, results=tuple(reversed(one.results)))) == lines(one)


@pytest.mark.parametrize(("text", "size"), [("scan", 4), ("検査", 4), ("e\u0301", 1)])
def test_cells_are_those_of_a_terminal(text: str, size: int) -> None:
    assert cells(text) == size


@given(st.integers(20, 120), st.lists(st.lists(st.text(max_size=50), min_size=1, max_size=6), max_size=4), st.booleans())
def test_no_line_but_the_verdict_is_wider_than_the_terminal(width: int, names: list[list[str]], unicode: bool) -> None:
    one = shown()
    for row in names:
        one = with_path(one, tuple(PathStep(name, "✗") for name in row))
    assert all(cells(line) <= width for line in lines(one, width, unicode=unicode)[1:-1])
