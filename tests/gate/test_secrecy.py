"""Nothing that a run shows holds a secret."""

from __future__ import annotations

import pytest

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"[:36]


def everything(house, result: pytest.RunResult) -> str:
    files = [(house.path / name).read_text() for name in ("gate.json", "gate.md", "out.xml")]
    return "\n".join([result.stdout.str(), result.stderr.str(), *files])


ARGUMENTS = (
    "--deploy-checks",
    "-rA",
    "-l",
    "-vv",
    "--deploy-report",
    "json:gate.json",
    "--deploy-report",
    "markdown:gate.md",
    "--junitxml",
    "out.xml",
    "-o",
    "junit_family=xunit1",
)


def test_a_secret_in_the_line_of_a_finding_is_masked_everywhere(house):
    house.write({"a.note": f"TODO token {TOKEN}\nverbose {TOKEN}\n"})
    result = house.run(*ARGUMENTS)
    result.assert_outcomes(passed=3, failed=2, skipped=1)
    assert TOKEN not in everything(house, result)
    result.stdout.fnmatch_lines(["*TODO token gh…(40 characters)"])


def test_a_secret_that_a_check_or_its_crash_speaks_of_is_masked(house):
    house.write(
        {
            "loud.py": f"""
            from pytest_deploy import Finding, NotApplicable, Place, Repository, Unverified, check
            from pytest_deploy.findings import Related
            AT = Place("checklist")
            @check("required", area="after")
            def house_finding(repository: Repository):
                yield Finding("the token {TOKEN} is bad", AT, "Remove {TOKEN}.", (Related("also {TOKEN}", AT),))
            @check("required", area="after")
            def house_unverified(repository: Repository):
                raise Unverified("no answer for {TOKEN}")
            @check("required", area="after")
            def house_nothing(repository: Repository):
                raise NotApplicable("not for {TOKEN}")
            @check("required", area="after")
            def house_crash(repository: Repository):
                raise ValueError("{TOKEN}")
            def pytest_deploy_checks(): return [house_finding, house_unverified, house_nothing, house_crash]
            """
        }
    )
    result = house.run("-p", "loud", *ARGUMENTS, "--deploy-write-baseline", "base.json")
    result.assert_outcomes(failed=3, skipped=3)
    assert TOKEN not in everything(house, result)
    assert TOKEN not in (house.path / "base.json").read_text()


def test_a_failing_test_of_the_project_shows_no_secret_either(house, monkeypatch):
    monkeypatch.setenv("HOUSE_API_TOKEN", "correct-horse-battery")
    house.write(
        {
            "test_one.py": f"""
            import os
            def test_one(record_property):
                token = "{TOKEN}"
                known = os.environ["HOUSE_API_TOKEN"]
                print("known is", known)
                record_property("note", "it was " + known)
                assert known == token
            """
        }
    )
    result = house.run(*ARGUMENTS)
    assert result.ret == 1
    said = everything(house, result)
    assert "correct-horse-battery" not in said
    assert TOKEN not in said.replace(f'token = "{TOKEN}"', "")
    result.stdout.fnmatch_lines(["known is co…(21 characters)"])


def test_a_path_in_the_environment_is_no_secret(house):
    """``PWD`` ends like a password."""
    house.write({"test_one.py": "import os\ndef test_one(): assert os.getcwd() == 'elsewhere'\n"})
    result = house.run("--deploy-checks")
    assert str(house.path) in result.stdout.str()


def test_without_the_gate_reports_are_left_alone(house):
    house.write({"test_one.py": f"def test_one(): assert '{TOKEN}' == ''\n"})
    assert TOKEN in house.run().stdout.str()
