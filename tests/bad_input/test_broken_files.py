"""A broken file fails once, at its line, and takes nothing else along."""

from __future__ import annotations

import json
import os
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bad_input import broken_files
from bad_input.broken_files import LARGEST, Broken
from bad_input.gate_runs import SOUND, SOUND_BYTES, Ran, gate, lay_out
from pytest_deploy.tree import printable

NO_FILES = {  # things that are no file of the repository: nothing to judge, and nothing to stumble over
    "folder/Dockerfile/": "",
    "pipe/Dockerfile": "",
    "nowhere/Dockerfile": "",
    "outside/Dockerfile": "",
    "ring/Dockerfile": "",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The sound files alone."""
    return gate(lay_out(tmp_path_factory.mktemp("sound") / "repository", SOUND_BYTES))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same with every broken file beside them."""
    above = tmp_path_factory.mktemp("broken")
    folder = lay_out(above / "repository", SOUND_BYTES | {one.path: one.data for one in broken_files.ALL})
    lay_out(above, {"secret/Dockerfile": b"FROM secret\n"})
    for path in NO_FILES:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / "folder/Dockerfile").mkdir()
    (folder / "folder/Dockerfile/README").write_text("x")
    os.mkfifo(folder / "pipe/Dockerfile")
    (folder / "nowhere/Dockerfile").symlink_to("nothing")
    (folder / "outside/Dockerfile").symlink_to(above / "secret/Dockerfile")
    (folder / "ring/Dockerfile").symlink_to("Dockerfile")
    return gate(folder)


def test_there_are_more_than_a_hundred(broken: Ran) -> None:
    assert len({one.path for one in broken_files.ALL}) == len(broken_files.ALL) > 100


@pytest.mark.parametrize("case", broken_files.ALL, ids=lambda one: one.name)
def test_each_fails_once_at_its_line(broken: Ran, case: Broken) -> None:
    subject = printable(case.path)
    checks = broken.of(subject)
    parses = "dockerfile-parses" if case in broken_files.DOCKERFILES else "pipeline-parses"
    failed = [one for one in checks if one["outcome"] == "failed"]
    assert [one["id"] for one in failed] == [parses]
    finding = failed[0]["findings"][0]
    assert (finding["path"], finding["line"]) == (subject, case.line)
    assert case.says in finding["message"]
    assert f"{subject}:{case.line}:" in broken.out
    others = [one for one in checks if one["id"] != parses]
    assert others
    if not case.read:
        assert {(one["outcome"], one["reason"]) for one in others} == {
            ("unverified", f"{subject} cannot be read; {subject}::{parses} says where")
        }


def test_sound_files_beside_them_are_judged_as_without(sound: Ran, broken: Ran) -> None:
    def judged(ran: Ran) -> list[Any]:
        return [{**one, "seconds": 0} for one in ran.checks if one["subject"] in SOUND]

    assert len(judged(sound)) > 20
    assert judged(broken) == judged(sound)
    assert not [one for one in sound.checks if one["outcome"] == "failed" and one["subject"] in SOUND]


def test_the_run_fails_and_says_nothing_about_itself(broken: Ran) -> None:
    assert broken.code == 1
    assert Counter(one["outcome"] for one in broken.checks)["error"] == 0
    for word in ("Traceback", "INTERNALERROR", "Error: ", "Warning"):
        assert word not in broken.out
    assert "\x1b" not in broken.out


def test_the_report_keeps_to_its_schema(broken: Ran) -> None:
    schema = json.loads((files("pytest_deploy.report") / "schema-1.json").read_text(encoding="utf-8"))
    jsonschema.validate(broken.report, schema)


def test_what_is_no_file_of_the_repository_is_no_subject(broken: Ran) -> None:
    subjects = {one["subject"] for one in broken.checks}
    assert not [one for one in subjects if one.split("/")[0] in {path.split("/")[0] for path in NO_FILES}]


def test_a_file_of_five_million_bytes_is_read(tmp_path: Path) -> None:
    text = "FROM alpine:3.20\nUSER app\n"
    lay_out(tmp_path / "r", {"Dockerfile": text.encode() + b"#" * (LARGEST - len(text))})
    ran = gate(tmp_path / "r", "Dockerfile::dockerfile-parses", "Dockerfile::nonroot-user")
    assert [one["outcome"] for one in ran.checks] == ["passed", "passed"]
