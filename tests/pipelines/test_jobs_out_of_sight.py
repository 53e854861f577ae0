"""What the names of jobs that cannot be seen leave open."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.pipelines import opaque
from pytest_deploy.repository import Repository


@pytest.mark.parametrize(
    ("job", "used", "unrelated"),
    [
        ("label", "labeler", True),
        ("title", "semantic-pull-request", True),
        ("semantic", "release", False),
        ("release", "semantic-release", False),
        ("pause", "community-contributions", True),
        ("check", "everything", False),
    ],
)
def test_what_has_nothing_to_do_with_a_release_is_told_from_its_names(tmp_path: Path, job: str, used: str, unrelated: bool) -> None:
    file = tmp_path / ".github/workflows/ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"on: push\njobs:\n  {job}:\n    uses: org/shared/.github/workflows/{used}.yml@v1\n")
    (pipeline,) = Repository(tmp_path).pipelines.values()
    assert opaque.unrelated(pipeline.jobs[job]) is unrelated
