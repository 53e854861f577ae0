"""Tests that the deploying job runs once it is done look at what it has deployed."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_deploy.checks.after.post_deploy_verified import post_deploy_verified
from pytest_deploy.checks.staging.staging_smoke_tested import staging_smoke_tested
from pytest_deploy.testing import run_check

WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  staging:
    runs-on: ubuntu-latest
    environment: staging
    steps: [STEPS]
  production:
    needs: staging
    runs-on: ubuntu-latest
    environment: production
    steps: [STEPS]
"""
DEPLOY = "{run: kubectl apply -f k8s/}"
TESTS = "{run: pytest --release=it tests/}"


@pytest.mark.parametrize("check", [staging_smoke_tested, post_deploy_verified])
@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        (f"{DEPLOY}, {TESTS}", "passed"),
        (f"{TESTS}, {DEPLOY}", "failed"),
        (DEPLOY, "failed"),
    ],
)
def test_tests_after_the_deploy_in_its_job_look_at_it(check: Any, steps: str, outcome: str) -> None:
    (found,) = run_check(check, {".github/workflows/deploy.yml": WORKFLOW.replace("STEPS", steps)})
    assert found.outcome == outcome


ECS = "{uses: aws-actions/amazon-ecs-deploy-task-definition@v2, with: {task-definition: t.json, service: NAME, cluster: c"
WAITS, GOES_ON = (f"{ECS}, wait-for-service-stability: {wait}}}}}" for wait in ("true", "false"))


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ((WAITS, WAITS), None),
        ((GOES_ON, WAITS), 6),
        ((WAITS, GOES_ON), 7),
        ((GOES_ON, WAITS, "{run: curl --fail https://www.example.org/health}"), None),
        ((DEPLOY, WAITS), None),
    ],
)
def test_of_deploys_of_one_kind_each_waits_for_itself_alone(steps: tuple[str, ...], line: int | None) -> None:
    job = "on: {push: {branches: [main]}}\njobs:\n  production:\n    runs-on: x\n    steps:\n"
    text = job + "".join(f"      - {step}\n" for step in steps).replace("NAME", "web", 1).replace("NAME", "api")
    (found,) = run_check(post_deploy_verified, {".github/workflows/deploy.yml": text})
    assert [finding.place.line for finding in found.findings] == ([line] if line else [])
