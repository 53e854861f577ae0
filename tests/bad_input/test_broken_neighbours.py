"""Files that are no subject themselves, but that others are judged by: a broken one takes nothing along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bad_input.broken_files import slug
from bad_input.gate_runs import SOUND_BYTES, Ran, gate, lay_out
from pytest_deploy.gate.configuration import load
from pytest_deploy.settings import Settings

DEEP = b"[" * 100_000
BYTES = {
    "empty": b"",
    "of blanks": b" \n\n",
    "no UTF-8": b"caf\xe9 = {\n",
    "with a NUL": b"{\0}",
    "UTF-16": "{}\n".encode("utf-16"),
    "cut off": b'{"scripts": {"test": "py',
    "a list": b'["scripts"]\n',
    "a number": b"7\n",
    "null": b"null\n",
    "nested without end": DEEP,
    "one long line": b"a" * 1_000_000 + b"\n",
    "of one character a line": b"a\n" * 20_000,
    "of blank lines without end": b"\t\n" * 30_000,
    "of what is opened and never closed": b"{{ ${a:- " * 5_000,
    "with numbers for values": b'{"scripts": {"test": 7, "lint": null, "build": []}, "workspaces": 3, "version": {}}\n',
    "that calls itself": b'{"scripts": {"test": "npm run test", "lint": "npm run test && make test"}}\n',
}
JUDGED_BY = (
    "package.json",
    "web/package.json",
    "Makefile",
    "justfile",
    "Taskfile.yml",
    "noxfile.py",
    "composer.json",
    "Rakefile",
    "run.sh",
    "compose.yaml",
    "docker-compose.prod.yml",
    "docker-bake.hcl",
    "fly.toml",
    "app.json",
    "k8s/deployment.yaml",
    "chart/Chart.yaml",
    "requirements.txt",
    "pnpm-workspace.yaml",
    ".pre-commit-config.yaml",
    ".gitlab-ci.yml",
    "CODEOWNERS",
    ".dockerignore",
    ".gitignore",
    "tox.ini",
    "README.md",
)
CALLS = """\
on: {pull_request: , push: {branches: [main]}}
permissions: {}
defaults: {run: {working-directory: FOLDER}}
jobs:
  all:
    runs-on: ubuntu-latest
    steps:
      - run: |
          npm test
          npm --prefix web run lint
          make test
          just test
          task test
          nox -s tests
          composer test
          rake test
          ./run.sh
          docker compose run web pytest
          docker buildx bake
          pre-commit run --all-files
          docker build -t app .
"""
DOCKERFILE = b"FROM python:3.13-slim\nCOPY . /app\nUSER app\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One folder for each kind of bytes, in every file; one more with folders, pipes and links in their place."""
    contents = dict(SOUND_BYTES)
    for name in (*BYTES, "no files"):
        folder = slug(name)
        contents[f".github/workflows/{folder}.yml"] = CALLS.replace("FOLDER", folder).encode()
        contents[f"{folder}/Dockerfile"] = DOCKERFILE
        if name in BYTES:
            contents |= {f"{folder}/{path}": BYTES[name] for path in JUDGED_BY}
    above = tmp_path_factory.mktemp("neighbours")
    root = lay_out(above / "repository", contents)
    for number, path in enumerate(JUDGED_BY):
        target = root / "no-files" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if number % 3 == 0:
            target.mkdir()
        elif number % 3 == 1:
            os.mkfifo(target)
        else:
            target.symlink_to(above / "nothing")
    return gate(root)


@pytest.mark.parametrize("name", [*BYTES, "no files"])
def test_a_file_that_others_are_judged_by_may_hold_anything(ran: Ran, name: str) -> None:
    checks = [*ran.of(f".github/workflows/{slug(name)}.yml"), *ran.of(f"{slug(name)}/Dockerfile")]
    assert len(checks) > 20
    assert [(one["node"], one["reason"]) for one in checks if one["outcome"] == "error"] == []


def test_the_checks_of_the_whole_repository_stand_by_them(ran: Ran) -> None:
    assert ran.code == 1
    assert ran.of("checklist")
    assert [(one["node"], one["reason"]) for one in ran.checks if one["outcome"] == "error"] == []
    assert "Traceback" not in ran.out


SETTINGS = (
    ("a file that is no TOML", "deploy.toml", b"target = \n", "deploy.toml: "),
    ("a file that is no UTF-8", "deploy.toml", b"target = 'caf\xe9'\n", "deploy.toml: "),
    ("a file with a NUL", "deploy.toml", b"target = '\0'\n", "deploy.toml: "),
    ("a file in UTF-16", "deploy.toml", "target = ''\n".encode("utf-16"), "deploy.toml: "),
    ("a key twice", "deploy.toml", b"target = 'a'\ntarget = 'b'\n", "line 2"),
    ("an unknown key", "deploy.toml", b"traget = 'a'\n", "deploy.toml: traget: there is no such key; did you mean target?"),
    ("a list for a text", "deploy.toml", b"target = ['a']\n", "deploy.toml: target: expected str, got list"),
    ("a text for a list", "deploy.toml", b"select = 'a'\n", "deploy.toml: select: expected list, got str"),
    ("a number in a list", "deploy.toml", b"select = [1]\n", "deploy.toml: select[0]: expected str, got int"),
    ("a table for waivers", "deploy.toml", b"[waivers]\ncheck = 'x'\n", "deploy.toml: waivers: expected list, got table"),
    (
        "a waiver without a reason",
        "deploy.toml",
        b"[[waivers]]\ncheck = 'nonroot-user'\n",
        "deploy.toml: waivers[0]: the key reason is missing",
    ),
    ("a day that is none", "deploy.toml", b"[[waivers]]\ncheck='nonroot-user'\nreason='x'\nexpires='soon'\n", "waivers[0].expires"),
    ("a list of roles", "deploy.toml", b"roles = []\n", "deploy.toml: roles: expected table, got list"),
    ("values nested without end", "deploy.toml", b"target = " + DEEP, "deploy.toml: "),
    (
        "a text for the table",
        "pyproject.toml",
        b"[tool]\npytest-deploy = 'x'\n",
        "pyproject.toml: tool.pytest-deploy: expected table, got str",
    ),
    ("a list for the table", "pyproject.toml", b"[[tool.pytest-deploy]]\n", "pyproject.toml: tool.pytest-deploy: expected table, got list"),
    ("an unknown key in a table", "pyproject.toml", b"[tool.pytest-deploy.helth]\n", "pyproject.toml: tool.pytest-deploy.helth"),
)


@pytest.mark.parametrize(("path", "data", "says"), [case[1:] for case in SETTINGS], ids=[case[0] for case in SETTINGS])
def test_settings_that_are_wrong_are_named(tmp_path: Path, path: str, data: bytes, says: str) -> None:
    with pytest.raises(pytest.UsageError) as complaint:
        load(lay_out(tmp_path, {path: data}), tmp_path)
    assert says in str(complaint.value)
    assert len(str(complaint.value)) < 500


def test_with_wrong_settings_nothing_runs(tmp_path: Path) -> None:
    ran = gate(lay_out(tmp_path / "r", {"Dockerfile": b"FROM alpine\n", "deploy.toml": b"target = " + DEEP}))
    assert (ran.code, ran.checks) == (4, [])
    assert "deploy.toml: values nested too deep to be read" in ran.out
    assert "Traceback" not in ran.out


@pytest.mark.parametrize("data", [b"\xef\xbb\xbftarget = 'live'\n", b"target = 'live'\r\nignore = []\r\n"])
def test_settings_with_a_mark_or_windows_lines_are_read(tmp_path: Path, data: bytes) -> None:
    assert load(lay_out(tmp_path, {"deploy.toml": data}), tmp_path).settings.target == "live"


@pytest.mark.parametrize("data", [b"", b"# nothing\n"])
def test_settings_with_nothing_in_them_are_the_defaults(tmp_path: Path, data: bytes) -> None:
    assert load(lay_out(tmp_path, {"deploy.toml": data}), tmp_path).settings == Settings()
