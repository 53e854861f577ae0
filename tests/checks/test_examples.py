"""Every built-in check keeps the promises of its documentation: its examples run, and its metadata is whole."""

from __future__ import annotations

import re

import pytest

from pytest_deploy.checks.documentation import examples
from pytest_deploy.checks.registry import AREAS, Check, built_in
from pytest_deploy.testing import assert_examples, run_check

CHECKS = built_in()
LONGEST_SUMMARY = 60
each_check = pytest.mark.parametrize("check", CHECKS, ids=[one.id for one in CHECKS])


@each_check
def test_the_examples_of_the_documentation_run(check: Check) -> None:
    assert_examples(check)


@each_check
def test_there_are_examples_of_both_kinds(check: Check) -> None:
    assert {example.kind for example in examples(check.documentation)} == {"bad", "good"}


@each_check
def test_the_summary_is_a_short_line(check: Check) -> None:
    first, second = [*check.documentation.split("\n"), ""][:2]

    assert 0 < len(check.summary) <= LONGEST_SUMMARY
    assert first == check.summary, "the title has no full stop"
    assert second == "", "a blank line separates the title from the text"


@each_check
def test_the_id_is_the_name_of_the_file_and_the_area_that_of_its_folder(check: Check) -> None:
    folder, name = check.module.split(".")[-2:]

    assert check.id == name.replace("_", "-")
    assert check.area in AREAS
    assert check.area == folder


@each_check
def test_there_are_references(check: Check) -> None:
    references = check.documentation.partition("## References\n")[2]

    assert re.findall(r"^- <https://\S+>$", references, re.MULTILINE)


@each_check
def test_a_hint_is_a_sentence(check: Check) -> None:
    bad = [example for example in examples(check.documentation) if example.kind == "bad"]
    hints = [finding.hint for example in bad for outcome in run_check(check, example.files) for finding in outcome.findings]

    assert hints
    for hint in hints:
        assert hint.endswith("."), hint
        assert hint[0].isupper() or not hint[0].isalpha(), hint


@each_check
def test_the_run_function_says_what_it_does(check: Check) -> None:
    assert (check.run.__doc__ or "").strip().endswith(".")


def test_ids_are_unique() -> None:
    ids = [one.id for one in CHECKS]

    assert sorted(set(ids)) == sorted(ids)
