"""Gates that the build of an image runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.repository import Repository

BUILD = """\
on: {push: {branches: [main]}}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - STEP
"""
STAGES = """\
FROM node:22 AS build
COPY . .
RUN npm ci
RUN TEST
RUN npm run build
FROM node:22-slim
COPY --from=build /dist /dist
"""


def gates(tmp_path: Path, dockerfile: str, step: str = "run: docker build -t app . && docker push app") -> list[tuple[str, str]]:
    """(role, command) of what is done before the push."""
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(BUILD.replace("STEP", step))
    (tmp_path / "Dockerfile").write_text(dockerfile)
    (way,) = Repository(tmp_path).release.publishes
    doings = [doing.act for doing in way.node.doings()]
    return [(act.role, act.text) for act in doings[: [act.role for act in doings].index("image-push")] if act.role != "image-build"]


@pytest.mark.parametrize(
    "step",
    [
        "run: docker build -t app . && docker push app",
        "run: docker buildx build --push -t app .",
        "{uses: docker/build-push-action@v6, with: {push: true, tags: app}}",
        "{uses: house/build-and-push@v1, with: {image: app}}",
    ],
)
def test_tests_in_a_stage_that_the_image_needs_come_before_its_push(tmp_path: Path, step: str) -> None:
    assert gates(tmp_path, STAGES.replace("TEST", "npm test"), step) == [("tests", "npm test")]


@pytest.mark.parametrize(
    "dockerfile",
    [
        STAGES.replace("TEST", "npm test || true"),
        STAGES.replace("TEST", "npm test; npm run bundle"),
        STAGES.replace("TEST", 'if [ "$CHECK" = yes ]; then npm test; fi'),
        STAGES.replace("RUN TEST\n", "").replace("FROM node:22-slim", "FROM build AS checks\nRUN npm test\nFROM node:22-slim"),
        "FROM node:22 AS broken\nRUN npm test\nFROM\n",
    ],
)
def test_tests_that_do_not_hold_the_image_back_are_none(tmp_path: Path, dockerfile: str) -> None:
    assert gates(tmp_path, dockerfile) == []


def test_a_target_needs_only_the_stages_before_it(tmp_path: Path) -> None:
    step = "run: docker buildx build --push --target build -t app ."
    assert gates(tmp_path, STAGES.replace("TEST", "npm run bundle").replace("FROM node:22-slim", "FROM build\nRUN npm test"), step) == []
