"""The ways in which a pipeline can start."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.pipelines.entries import Entry, entries, glob
from pytest_deploy.repository import Repository

JOB = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: echo}]}}\n"


def starts(tmp_path: Path, **workflows: str) -> list[Entry]:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for name, text in workflows.items():
        (folder / f"{name}.yml").write_text(f"{text}\n{JOB}")
    pipelines = Repository(tmp_path).pipelines
    return [entry for pipeline in pipelines.values() for entry in entries(pipeline, pipelines, "main")]


@pytest.mark.parametrize(
    ("trigger", "texts"),
    [
        ("push", ["push main", "push any branch", "tag *"]),
        ("{push: {branches: [main, 'release/**']}}", ["push main", "push release/**"]),
        ("{push: {branches: ['**', '!wip/**']}}", ["push main", "push any branch"]),
        ("{push: {branches-ignore: [main]}}", ["push any branch"]),
        ("{push: {tags: ['v*']}}", ["tag v*"]),
        ("{push: {branches: [main], tags: ['v*']}}", ["push main", "tag v*"]),
        ("[pull_request, workflow_dispatch]", ["pull request", "manual"]),
        ("{schedule: [{cron: '0 4 * * *'}]}", ["schedule"]),
        ("workflow_call", []),
    ],
)
def test_each_trigger_is_its_concrete_starts(tmp_path: Path, trigger: str, texts: list[str]) -> None:
    assert [entry.text for entry in starts(tmp_path, ci=f"on: {trigger}")] == texts


def test_a_start_knows_its_ref(tmp_path: Path) -> None:
    push, tag = starts(tmp_path, ci="on: {push: {branches: ['release/**'], tags: ['v*']}}")
    assert (push.values["ref"], push.values["ref_type"], push.branch) == ("refs/heads/release/x", "branch", "release/**")
    assert (tag.values["ref_name"], tag.values["ref_type"], tag.tag) == ("v1.2.3", "tag", "v*")


def test_a_pipeline_after_another_starts_with_that_ones_starts(tmp_path: Path) -> None:
    found = starts(tmp_path, a="name: CI\non: [push, pull_request]", b="on: {workflow_run: {workflows: [CI], branches: [main]}}")
    follow_ups = [entry for entry in found if entry.upstream]
    assert [entry.text for entry in follow_ups] == ["push main → CI"]
    assert {entry.origin.event for entry in follow_ups} == {"push"}


def test_a_pipeline_after_one_that_is_not_here_still_has_a_start(tmp_path: Path) -> None:
    (entry,) = starts(tmp_path, b="on: {workflow_run: {workflows: [Elsewhere]}}")
    assert entry.text == "after Elsewhere"


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("main", "main", True),
        ("main", "maintenance", False),
        ("release/*", "release/1", True),
        ("release/*", "release/1/2", False),
        ("release/**", "release/1/2", True),
        ("v[0-9]+.[0-9]+", "v12.3", True),
        ("v[0-9]+.[0-9]+", "vx.3", False),
        ("*", "a/b", False),
        ("[", "[", True),
    ],
)
def test_filter_patterns(pattern: str, name: str, fits: bool) -> None:
    assert glob(pattern, name) is fits


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_pattern_can_be_asked(pattern: str, name: str) -> None:
    assert glob(pattern, name) in (True, False)
