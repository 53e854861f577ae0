"""A job that only gives another name to an image builds nothing."""

from __future__ import annotations

import pytest

from pytest_deploy.checks.pipeline.pipeline_builds_after_tests import pipeline_builds_after_tests
from pytest_deploy.testing import run_check

WORKFLOW = """\
on: workflow_dispatch
jobs:
  promote:
    runs-on: ubuntu-latest
    steps:
      - run: |
          SCRIPT
"""


def outcome(*lines: str) -> str:
    files = {".github/workflows/promote.yml": WORKFLOW.replace("SCRIPT", "\n          ".join(lines))}
    (found,) = run_check(pipeline_builds_after_tests, files)
    return found.outcome


@pytest.mark.parametrize(
    "lines",
    [
        ("docker pull shop:1", "docker tag shop:1 shop:live", "docker push shop:live"),
        ("crane copy shop:1 mirror.example.org/shop:1",),
        ("skopeo copy docker://shop:1 docker://shop:live",),
        ("docker buildx imagetools create -t shop:live shop:1",),
        ("aws ecr put-image --repository-name shop --image-tag live",),
    ],
)
def test_another_name_for_an_image_is_no_build(lines: tuple[str, ...]) -> None:
    assert outcome(*lines) == "not-applicable"


@pytest.mark.parametrize(
    "lines",
    [
        ("docker pull shop:cache", "docker build -t shop:live .", "docker push shop:live"),
        ("docker push shop:live",),
        ("skopeo copy docker-archive:shop.tar docker://shop:live",),
    ],
)
def test_an_image_that_comes_from_somewhere_else_is_judged(lines: tuple[str, ...]) -> None:
    assert outcome(*lines) == "failed"
