"""Which image builds are those of what goes out."""

from __future__ import annotations

import pytest

from pytest_deploy.checks.pipeline.pipeline_image_tag_immutable import pipeline_image_tag_immutable
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


DEPLOY = "{uses: aws-actions/amazon-ecs-deploy-task-definition@v2, with: {task-definition: t.json, service: web}}"
RENDER = "{uses: aws-actions/amazon-ecs-render-task-definition@v1, with: {task-definition: t.json, container-name: web, image: IMAGE}}"


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (("run: docker push acme/app:$GITHUB_SHA", "run: docker push acme/app:latest", "run: ./deploy.sh"), None),
        (("run: docker push acme/app:$GITHUB_SHA", "run: docker push acme/web:latest", "run: ./deploy.sh"), 8),
        (
            (
                "run: docker push acme/app:latest",
                RENDER.replace("IMAGE", "acme/app:1.2"),
                DEPLOY,
            ),
            None,
        ),
        (
            (
                "run: docker push acme/app:1.2",
                RENDER.replace("IMAGE", "acme/app:latest"),
                DEPLOY,
            ),
            8,
        ),
    ],
)
def test_what_goes_out_by_a_lasting_tag_may_have_others_beside_it(steps: tuple[str, ...], line: int | None) -> None:
    text = WORKFLOW.partition("      - run: docker")[0] + "".join(f"      - {step}\n" for step in steps)
    (found,) = run_check(pipeline_image_tag_immutable, {".github/workflows/ci.yml": text})
    assert [finding.place.line for finding in found.findings] == ([line] if line else [])
