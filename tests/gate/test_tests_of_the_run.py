"""``checklist::tests-passed``: what became of the project's own tests of the same run, in whatever way they were run."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

ID = "checklist::tests-passed"


@pytest.fixture
def project(house):
    """A project with one test, and the one check."""
    house.write({"deploy.toml": 'select = ["tests-passed"]\n', "test_a.py": "def test_good(): pass\n"})
    return house


BAD = "def test_good(): pass\n\n\ndef test_bad():\n    assert 1 == 2\n"


def test_tests_that_pass_are_the_evidence(project):
    result = project.run("--deploy-checks", "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{ID} PASSED*", "GO *"])


def test_the_row_of_dots_ends_as_ever(project):
    project.run("--deploy-checks").stdout.re_match_lines([r"^checklist \.\s+\[100%\]$"])


def test_a_test_that_fails_is_a_finding_at_its_line(project):
    project.write({"test_a.py": BAD})
    result = project.run("--deploy-checks")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["test_a.py:4:1  test_a.py::test_bad failed in this run", "NO-GO *"])


def test_a_fixture_that_fails_at_the_end_is_one_too(project):
    project.write({"test_a.py": "import pytest\n\n@pytest.fixture\ndef a():\n    yield\n    assert 0\n\ndef test_one(a): pass\n"})
    project.run("--deploy-checks").stdout.fnmatch_lines(["test_a.py:8:1  test_a.py::test_one failed in this run"])


def test_a_module_that_cannot_be_collected_is_one_too(project):
    project.write({"test_b.py": "import nowhere_at_all\n"})
    result = project.run("--deploy-checks", "--continue-on-collection-errors")
    result.stdout.fnmatch_lines(["test_b.py:1:1  test_b.py: its collection failed in this run", "NO-GO *"])


def test_workers_are_heard(project):
    project.write({"test_a.py": BAD})
    for options in (("-n2",), ("-n2", "--dist=loadfile"), ("-n1",)):
        result = project.run_apart("--deploy-checks", *options, "--junitxml=out.xml", plugins=("xdist.plugin",))
        result.assert_outcomes(passed=1, failed=2)
        result.stdout.fnmatch_lines(["test_a.py:4:1  test_a.py::test_bad failed in this run", "NO-GO  1 required check failed *"])
        cases = {case.get("name"): case for case in ET.parse(project.path / "out.xml").iter("testcase")}
        assert sorted(cases) == ["test_bad", "test_good", "tests-passed"]
        assert cases["tests-passed"].find("failure") is not None
    project.write({"test_a.py": "def test_good(): pass\n"})
    project.run_apart("--deploy-checks", "-n2", plugins=("xdist.plugin",)).stdout.fnmatch_lines(["GO *"])


def test_it_comes_last_where_something_else_orders_the_tests(project):
    project.write(
        {
            "test_a.py": BAD,
            "conftest.py": "import pytest\n@pytest.hookimpl(trylast=True)\ndef pytest_collection_modifyitems(items): items.reverse()\n",
        }
    )
    project.run("--deploy-checks").assert_outcomes(passed=1, failed=2)


def test_a_run_that_stops_at_a_failure_has_no_answer_and_is_no_go(project):
    project.write({"test_a.py": BAD})
    result = project.run("--deploy-checks", "-x")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["NO-GO *1 test of the project failed* 1 check did not run because of -x*"])


def test_a_test_that_passes_when_it_is_run_again_has_passed(project):
    project.write({"test_a.py": "seen = []\n\ndef test_flaky():\n    seen.append(1)\n    assert len(seen) > 1\n"})
    result = project.run_apart("--deploy-checks", "--reruns=1", plugins=("pytest_rerunfailures",))
    result.stdout.fnmatch_lines(["GO *"])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import pytest\n\n@pytest.mark.skip\ndef test_one(): pass\n", id="skipped"),
        pytest.param('import pytest\n\n@pytest.mark.deploy_each("dockerfile")\ndef test_one(dockerfile): pass\n', id="rules of the house"),
        pytest.param("", id="none"),
    ],
)
def test_without_a_test_that_ran_it_is_unverified(project, text):
    project.write({"test_a.py": text, "Dockerfile": "FROM scratch\n"})
    result = project.run("--deploy-checks", "-rs")
    result.stdout.fnmatch_lines(["SKIPPED * unverified: no tests ran in this run, and there is no report of any; *"])


def test_then_a_report_at_hand_tells(project):
    project.write({"reports/junit.xml": '<testsuite><testcase name="of_old"><error/></testcase></testsuite>'})
    result = project.run("--deploy-only")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["reports/junit.xml:1:12  of_old failed in the report"])


def test_the_run_has_the_first_word(project):
    project.write({"reports/junit.xml": '<testsuite><testcase name="of_old"><error/></testcase></testsuite>'})
    project.run("--deploy-checks").stdout.fnmatch_lines(["GO *"])


def test_its_id_can_be_given_back(project):
    project.write({"test_a.py": BAD})
    result = project.run("--deploy-checks", ID)
    result.assert_outcomes(skipped=1)
