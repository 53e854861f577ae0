"""``deploy_each``, ``deploy_checks`` and the fixtures: tests that a project writes about its own repository."""

from __future__ import annotations

import pytest

WORKFLOW = """
on:
  push:
    branches: [main]
jobs:
  tests:
    runs-on: ubuntu-latest
    steps: [{run: pytest}]
  live:
    needs: tests
    runs-on: ubuntu-latest
    environment: production
    steps: [{run: kubectl apply -f k8s/}]
  rehearsal:
    runs-on: ubuntu-latest
    environment: staging
    steps: [{run: kubectl apply -f k8s/}]
"""

FILES = {
    "Dockerfile": "FROM node:22 AS build\nRUN npm ci\nFROM nginx:1.27\nCOPY --from=build /app /srv\n",
    "svc/Dockerfile": "FROM python:3.13\n",
    ".github/workflows/ci.yml": WORKFLOW,
    "compose.yml": "services:\n  web: {image: nginx}\n  db: {image: postgres}\n",
}


@pytest.fixture
def project(house):
    house.write(FILES)
    return house


def names(result: pytest.RunResult) -> list[str]:
    return [line.partition("[")[2].rstrip("]") for line in result.outlines if line.startswith("test_it.py::test_it[")]


@pytest.mark.parametrize(
    ("kind", "where", "ids"),
    [
        ("dockerfile", "", ["Dockerfile", "svc/Dockerfile"]),
        ("stage", "", ["Dockerfile:build", "Dockerfile:1", "svc/Dockerfile:0"]),
        ("pipeline", "", [".github/workflows/ci.yml"]),
        ("job", "", [f".github/workflows/ci.yml:{job}" for job in ("tests", "live", "rehearsal")]),
        ("deploy_job", "", [f".github/workflows/ci.yml:{job}" for job in ("live", "rehearsal")]),
        ("deploy_job", ", environment='production'", [".github/workflows/ci.yml:live"]),
        ("deploy_job", ", environment='staging'", [".github/workflows/ci.yml:rehearsal"]),
        ("compose_service", "", ["compose.yml:web", "compose.yml:db"]),
        ("note", "", []),
    ],
)
def test_one_test_for_each_thing_of_a_kind(project, kind, where, ids):
    project.write(
        {
            "test_it.py": f"""
            import pytest
            @pytest.mark.deploy_each({kind!r}{where})
            def test_it({kind}): assert {kind} is not None
            """
        }
    )
    assert [one for one in names(project.run("--co", "-q")) if one != "NOTSET"] == ids
    project.run("--strict-markers").assert_outcomes(passed=len(ids), skipped=0 if ids else 1)


def test_a_test_reads_the_model(project):
    project.write(
        {
            "test_it.py": """
            import pytest
            @pytest.mark.deploy_each("deploy_job", environment="production")
            def test_it(deploy_job): assert [str(name) for name in deploy_job.needs] == ["tests"]
            """
        }
    )
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (
            "deploy_each('dockerfil')",
            "deploy_each: there is no kind 'dockerfil'; did you mean dockerfile?; one of compose_service, deploy_job, *",
        ),
        ("deploy_each()", 'deploy_each takes the name of one kind: deploy_each("dockerfile")'),
        ("deploy_each('dockerfile', environment='x')", "deploy_each('dockerfile') takes nothing else, not 'environment'"),
        ("deploy_checks('contaner')", "deploy_checks: there is no check or area 'contaner'; did you mean container?"),
    ],
)
def test_a_wrong_mark_is_a_clear_error(project, mark, said):
    project.write({"test_it.py": f"import pytest\n@pytest.mark.{mark}\ndef test_it(dockerfile, deploy_check): pass\n"})
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*test_it.py::test_it: {said}"])
    assert "Traceback" not in result.stdout.str()


def test_checks_as_tests_of_a_module(house):
    house.write(
        {
            "a.note": "TODO\n",
            "b.note": "draft\n",
            "c.note": "# deploy: ignore[house-no-todo] later\nTODO\n",
            "d.note": "ask\n",
            "test_it.py": """
            import pytest
            @pytest.mark.deploy_checks("house-no-*", "pipeline")
            def test_it(deploy_check):
                deploy_check()
            """,
        }
    )
    result = house.run("-rA", "--deploy-no-waivers")
    result.assert_outcomes(passed=4, failed=2, skipped=2)
    result = house.run("-rA")
    result.assert_outcomes(passed=4, failed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(
        ["a.note:1:1  something is to be done", "  fix: Do it.", "FAILED test_it.py::test_it[[]house-no-todo:a.note[]]*"],
    )
    assert "unverified: nobody was asked; set ASK" in result.stdout.str()


def test_a_check_without_its_mark_is_a_clear_error(house):
    house.write({"test_it.py": "def test_it(deploy_check): deploy_check()\n"})
    house.run().stdout.fnmatch_lines(["*deploy_check needs the mark deploy_checks*"])


def test_the_repository_and_its_settings_are_fixtures(house):
    house.settings('target = "moon"\n')
    house.write(
        {
            "test_it.py": """
            def test_it(deploy_repo, deploy_settings):
                assert deploy_repo.tree.has("deploy.toml") and deploy_settings.target == "moon"
            """
        }
    )
    house.run().assert_outcomes(passed=1)
