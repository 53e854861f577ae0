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
