"""Files that are no subject themselves, but that others are judged by: a broken one takes nothing along."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bad_input.gate_runs import SOUND_BYTES, gate, lay_out

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
    "of one character a line": b"a\n" * 200_000,
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
    "README.md",
)
CALLS = b"""\
on: {pull_request: , push: {branches: [main]}}
permissions: {}
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
          tox -e py313
          nox -s tests
          composer test
          rake test
          ./run.sh
          docker compose run web pytest
          docker buildx bake
          pre-commit run --all-files
"""


@pytest.mark.parametrize("name", BYTES)
def test_a_file_that_others_are_judged_by_may_hold_anything(tmp_path: Path, name: str) -> None:
    folder = lay_out(tmp_path / "r", {**SOUND_BYTES, ".github/workflows/calls.yml": CALLS, **dict.fromkeys(JUDGED_BY, BYTES[name])})
    ran = gate(folder)
    assert ran.code in (0, 1), ran.out[-2000:]
    assert [(one["node"], one["reason"]) for one in ran.checks if one["outcome"] == "error"] == []
    assert len([one for one in ran.checks if one["subject"] == "Dockerfile"]) > 5
    assert "Traceback" not in ran.out


def test_folders_pipes_and_links_in_their_place_are_passed_over(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "r", {**SOUND_BYTES, ".github/workflows/calls.yml": CALLS})
    (tmp_path / "secret").write_text("secret\n")
    for number, path in enumerate(JUDGED_BY):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        make = (target.mkdir, lambda one=target: os.mkfifo(one), lambda one=target: one.symlink_to("nothing"))[number % 3]
        make()
    ran = gate(folder)
    assert ran.code in (0, 1), ran.out[-2000:]
    assert "error" not in {one["outcome"] for one in ran.checks}


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
def test_settings_that_are_wrong_are_named_and_nothing_runs(tmp_path: Path, path: str, data: bytes, says: str) -> None:
    ran = gate(lay_out(tmp_path / "r", {"Dockerfile": b"FROM alpine\n", path: data}))
    assert ran.code == 4
    assert ran.checks == []
    assert says in ran.out
    assert "Traceback" not in ran.out
    assert len(ran.out) < 2000


@pytest.mark.parametrize("data", [b"\xef\xbb\xbftarget = 'production'\n", b"target = 'production'\r\nignore = []\r\n", b"", b"# nothing\n"])
def test_settings_with_a_mark_windows_lines_or_nothing_in_them_are_read(tmp_path: Path, data: bytes) -> None:
    ran = gate(lay_out(tmp_path / "r", {"Dockerfile": b"FROM alpine:3.20\nUSER app\n", "deploy.toml": data}), "Dockerfile::nonroot-user")
    assert [one["outcome"] for one in ran.checks] == ["passed"]
