"""Which image builds are those of what goes out."""

from __future__ import annotations

import pytest

from pytest_deploy.checks.pipeline.pipeline_scans_image import pipeline_scans_image
from pytest_deploy.testing import run_check

WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: docker compose up -d --build
      - run: pytest
      - run: DEPLOY
"""


@pytest.mark.parametrize(
    ("deploy", "outcome"),
    [
        ("cdk deploy", "not-applicable"),
        ("kubectl apply -f k8s/", "not-applicable"),
        ("docker build -t app . && docker push app && kubectl apply -f k8s/", "failed"),
        ("ssh web.example.org 'docker compose up -d --build'", "failed"),
    ],
)
def test_what_compose_builds_for_the_tests_is_not_what_is_deployed(deploy: str, outcome: str) -> None:
    (found,) = run_check(pipeline_scans_image, {".github/workflows/ci.yml": WORKFLOW.replace("DEPLOY", deploy)})
    assert found.outcome == outcome
