"""Reports of tests in JUnit's format: what they say, how old they are, and what is none."""

from __future__ import annotations

import contextlib
import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.artifacts import test_results
from pytest_deploy.checks.before.tests_passed import tests_passed as check_of_tests
from pytest_deploy.checks.documentation import Commit
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.settings import Settings, TestsSettings
from pytest_deploy.testing import run_check
from pytest_deploy.tree import Tree


def read(folder: Path, text: str | bytes) -> test_results.TestResults:
    (folder / "r.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return test_results.read(Tree(folder), "r.xml")


def problem(folder: Path, text: str | bytes) -> tuple[str, int]:
    with pytest.raises(SyntaxProblem) as caught:
        read(folder, text)
    return caught.value.message, caught.value.place.line


def test_what_pytest_writes_is_read_as_pytest_counts_it(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "def test_one(): pass\n"
        "def test_two(): assert 0\n"
        "@pytest.mark.skip\ndef test_three(): pass\n"
        "@pytest.mark.xfail\ndef test_four(): assert 0\n"
        "@pytest.fixture\ndef broken(): 1 / 0\n"
        "def test_five(broken): pass\n"
    )
    words = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--junitxml=r.xml", "test_a.py")
    subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    results = test_results.read(Tree(tmp_path), "r.xml")
    assert (results.passed, results.skipped) == (1, 2)
    assert [one.name for one in results.failed] == ["test_a::test_two", "test_a::test_five"]
    assert results.written is not None
    assert abs(datetime.datetime.now(datetime.UTC) - results.written) < datetime.timedelta(minutes=5)


def test_a_failure_has_its_line(tmp_path: Path) -> None:
    cases = '<testcase name="a"/>\n <testcase classname="c" name="b"><failure/></testcase>'
    results = read(tmp_path, f"<testsuites>\n<testsuite>\n {cases}\n</testsuite></testsuites>")
    assert [(one.name, str(one.place)) for one in results.failed] == [("c::b", "r.xml:4:2")]


def test_a_test_that_failed_and_was_skipped_after_that_has_failed(tmp_path: Path) -> None:
    assert len(read(tmp_path, '<testsuite><testcase name="a"><error/><skipped/></testcase></testsuite>').failed) == 1


@pytest.mark.parametrize(("written", "hour"), [("2026-05-01T10:00:00+02:00", 8), ("2026-05-01T10:00:00Z", 10)])
def test_a_report_is_as_old_as_it_says(tmp_path: Path, written: str, hour: int) -> None:
    results = read(tmp_path, f'<testsuite timestamp="{written}"><testcase name="a"/></testsuite>')
    assert results.written == datetime.datetime(2026, 5, 1, hour, tzinfo=datetime.UTC)


def test_without_an_offset_it_is_as_old_as_the_file(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text('<testsuite timestamp="2020-05-01T10:00:00"><testcase name="a"/></testsuite>')
    os.utime(tmp_path / "r.xml", (1_700_000_000, 1_700_000_000))
    assert test_results.read(Tree(tmp_path), "r.xml").written == datetime.datetime.fromtimestamp(1_700_000_000, datetime.UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<testsuite>\n<testcase>\n", ("this is no XML: no element found", 3)),
        ("", ("this is no XML: no element found", 1)),
        ("<a/>", ("this is no report of tests: it holds no testsuite", 1)),
        (b"<testsuite>\n\xff</testsuite>", ("this is no XML: not well-formed (invalid token)", 2)),
        (
            '<!DOCTYPE a [<!ENTITY b "b">]>\n<testsuite/>',
            ("the report declares a document type, which reports of tests have no use for", 1),
        ),
        ('<?xml version="1.0" encoding="klingon"?><testsuite/>', ("the report is in an encoding that cannot be read", 1)),
    ],
)
def test_what_cannot_be_read_says_why_and_where(tmp_path: Path, text: str | bytes, said: tuple[str, int]) -> None:
    assert problem(tmp_path, text) == said


@given(st.one_of(st.binary(max_size=200), st.text("<>/testsuitecase \"'=&;\n!-[]?xml", max_size=200).map(str.encode)))
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    with contextlib.suppress(SyntaxProblem):
        assert read(tmp_path_factory.getbasetemp(), data).path == "r.xml"


PASSED = '<testsuite timestamp="{}"><testcase name="a"/></testsuite>'


def test_a_report_that_is_older_than_the_commit_speaks_for_another_one() -> None:
    files = {"a.txt": "a", "junit.xml": PASSED.format("2020-01-01T00:00:00Z")}
    (outcome,) = run_check(check_of_tests, files, commits=[Commit(("a.txt",))])
    assert [one.message.partition(", older")[0] for one in outcome.findings] == ["the report is of 2020-01-01 00:00 UTC"]


def test_a_report_that_git_tracks_is_no_evidence() -> None:
    (outcome,) = run_check(check_of_tests, {"junit.xml": PASSED.format("")}, commits=[Commit(("junit.xml",))])
    assert outcome.outcome == "unverified"


def test_without_git_nobody_knows_whose_report_it_is() -> None:
    (outcome,) = run_check(check_of_tests, {"junit.xml": PASSED.format("")})
    assert outcome.reason == "without git it cannot be told whether junit.xml is of this commit; run the gate in a clone"


def test_a_report_of_something_else_in_a_usual_place_is_passed_over() -> None:
    files = {"a.txt": "a", "reports/test-style.xml": "<checkstyle/>", "reports/junit.xml": PASSED.format("")}
    (outcome,) = run_check(check_of_tests, files, commits=[Commit(("a.txt",))])
    assert outcome.outcome == "passed"


def test_a_report_without_a_test_that_ran_is_no_evidence() -> None:
    files = {"a.txt": "a", "junit.xml": '<testsuite><testcase name="a"><skipped/></testcase></testsuite>'}
    (outcome,) = run_check(check_of_tests, files, commits=[Commit(("a.txt",))])
    assert [one.message for one in outcome.findings] == ["the report has no test that ran"]


def test_settings_say_where_the_reports_are() -> None:
    settings = Settings(tests=TestsSettings(reports=("out/*.xml",)))
    files = {"a.txt": "a", "out/a.xml": PASSED.format(""), "out/b.xml": "<nonsense>"}
    (outcome,) = run_check(check_of_tests, files, settings=settings, commits=[Commit(("a.txt",))])
    assert [(str(one.place), one.message) for one in outcome.findings] == [
        ("out/b.xml:1:11", "the report of the tests cannot be read: this is no XML: no element found")
    ]
    (outcome,) = run_check(check_of_tests, {"a.txt": "a"}, settings=settings, commits=[Commit(("a.txt",))])
    assert outcome.reason.startswith("there is no report at out/*.xml; ")


def test_a_link_that_leaves_the_repository_is_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.xml"
    inside.mkdir()
    outside.write_text("<testsuite/>")
    (inside / "junit.xml").symlink_to(outside)
    assert test_results.reports(Tree(inside), test_results.USUAL) == ()


@pytest.mark.parametrize("pattern", ["", "/tmp/*.xml", "../*.xml", "a/**b.xml"])
def test_a_pattern_that_is_no_glob_within_the_repository_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="reports: "):
        TestsSettings(reports=(pattern,))


def test_a_tracked_report_with_another_alphabet_in_its_name_is_no_evidence_either() -> None:
    (outcome,) = run_check(check_of_tests, {"junit-тест.xml": PASSED.format("")}, commits=[Commit(("junit-тест.xml",))])
    assert outcome.outcome == "unverified"
