"""What the documentation says of settings, options and checks of one's own is so."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from pytest_deploy import plugin
from pytest_deploy.checks.registry import built_in
from pytest_deploy.gate import configuration, hooks
from pytest_deploy.pipelines.acts import Role
from pytest_deploy.settings import Settings, Waiver

DOCS = Path(__file__).parents[1] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def rows(text: str) -> set[str]:
    """What stands in the first cells of tables, without its code signs."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def blocks(text: str) -> dict[str, str]:
    """Titled code blocks by title."""
    found = re.findall(r'^(`{3,})python title="([^"]+)"\n(.*?)^\1$', text, re.MULTILINE | re.DOTALL)
    return {title: code for _, title, code in found}


def test_every_setting_is_described() -> None:
    general, _, waivers = page("settings.md").partition("\n## Waivers\n")
    assert rows(general) == {field.encode_name for field in msgspec.structs.fields(Settings)}
    assert rows(waivers) == {field.encode_name for field in msgspec.structs.fields(Waiver)}


def test_the_roles_are_all_named() -> None:
    text = page("settings.md").partition("\n## Roles\n")[2]
    assert all(f"`{role}`" in text for role in Role.__args__)


def test_the_example_of_settings_is_accepted(tmp_path: Path) -> None:
    (example,) = [code for code in re.findall(r"^```toml\n(.*?)^```$", page("settings.md"), re.MULTILINE | re.DOTALL) if "target" in code]
    (tmp_path / "pyproject.toml").write_text(example)
    settings = configuration.load(tmp_path, tmp_path)
    configuration.validate(settings, lambda: [check.id for check in built_in()])
    assert set(tomllib.loads(example)["tool"]["pytest-deploy"]) == {field.encode_name for field in msgspec.structs.fields(Settings)}


def test_every_option_is_described() -> None:
    parser = pytest.Parser(_ispytest=True)
    plugin.pytest_addoption(parser)
    there = {name for option in parser.getgroup("deploy").options for name in option.names()}
    assert set(re.findall(r"--deploy-[a-z-]+", page("index.md"))) == there


def test_every_hook_is_described() -> None:
    assert {name for name in vars(hooks) if name.startswith("pytest_deploy_")} <= rows(page("writing-a-check.md"))


def test_a_check_of_ones_own_works_as_described(tmp_path: Path) -> None:
    for title, code in blocks(page("writing-a-check.md")).items():
        (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / title).write_text(code, encoding="utf-8")
    (tmp_path / "Dockerfile").write_text("FROM python:3.13-slim\nUSER 1000\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "--deploy-checks", "--deploy-ignore", "before"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "PASSED tests/test_labels_its_source.py::test_the_examples_hold" in done.stdout
    assert "Dockerfile:1:1  stage 1 has no org.opencontainers.image.source  [labels-its-source]" in done.stdout
