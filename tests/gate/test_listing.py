"""``--deploy-list``, ``--deploy-explain``, ``--deploy-init``."""

from __future__ import annotations

import pytest


def test_the_list_has_every_check_with_area_and_tier(house):
    house.settings('required = ["house-short"]\n')
    result = house.run("--deploy-list")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["1 before", "  waivers-in-order *required  Every waiver has a reason*", "11 rollback", "  house-short *required  A small house*"]
    )


def test_the_list_runs_nothing(house):
    house.write({"test_one.py": "raise SystemExit(9)\n", "a.note": "TODO\n"})
    assert "test session starts" not in house.run("--deploy-list").stdout.str()


def test_explain_prints_the_documentation(house):
    result = house.run("--deploy-explain", "waivers-in-order")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["waivers-in-order  (1 before, required)", "", "Every waiver has a reason, *", "*# deploy: ignore[[]nonroot-user[]] *"]
    )


def test_explain_names_the_nearest_check(house):
    result = house.run("--deploy-explain", "waiver-in-order")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--deploy-explain: there is no check 'waiver-in-order'; did you mean waivers-in-order?"])


def test_init_writes_what_is_missing(house):
    (house.path / "deploy.toml").unlink()
    result = house.run("--deploy-init")
    assert result.ret == 0
    assert result.outlines[-3:] == ["SECURITY_CHECKLIST.md written", "docs/rollback.md written", "deploy.toml written"]
    assert (house.path / "docs/rollback.md").read_text().startswith("# Rollback plan\n")
    assert house.run("--deploy-only", "--co", "-q").ret == 0


def test_init_overwrites_nothing(house):
    files = {"SECURITY_CHECKLIST.md": "mine\n", "ROLLBACK.md": "mine\n"}
    house.write(files)
    result = house.run("--deploy-init")
    assert result.outlines[-3:] == ["SECURITY_CHECKLIST.md is there already", "ROLLBACK.md is there already", "settings are there already"]
    assert {path: (house.path / path).read_text() for path in files} == files
    assert not (house.path / "docs").exists()


def test_init_knows_the_settings_of_pyproject(house):
    (house.path / "deploy.toml").unlink()
    house.write({"pyproject.toml": "[tool.pytest-deploy.roles]\n"})
    house.run("--deploy-init")
    assert not (house.path / "deploy.toml").exists()
