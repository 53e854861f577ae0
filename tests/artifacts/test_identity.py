from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pytest_deploy.artifacts.identity import default_branch, owner
from pytest_deploy.tree import Tree


def tree(folder: Path, **files: str) -> Tree:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return Tree(folder)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:acme/shop.git",
        "https://github.com/acme/shop",
        "ssh://git@gitlab.com/acme/tools/shop.git",
        "https://token@ghe.io/acme/shop/",
    ],
)
def test_the_remote_names_the_owner(tmp_path: Path, url: str) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", url)
    assert owner(tree(tmp_path)) == "acme"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"repository": {"type": "git", "url": "git+https://github.com/acme/shop.git"}}'),
        ("package.json", '{"repository": "github:acme/shop"}'),
        ("pyproject.toml", '[project.urls]\nRepository = "https://github.com/acme/shop"\nDocs = "https://github.com/other/docs"'),
        ("pyproject.toml", '[tool.poetry]\nrepository = "https://github.com/acme/shop"'),
        ("composer.json", '{"name": "x/y", "support": {"source": "https://github.com/acme/shop"}}'),
        ("Cargo.toml", '[package]\nrepository = "https://github.com/acme/shop"'),
        ("go.mod", "module github.com/acme/shop/v2\n"),
        ("README.md", "[![CI](https://github.com/acme/shop/actions/workflows/ci.yml/badge.svg)](x) https://github.com/other/tool"),
        ("README.md", "[![License](https://img.shields.io/github/license/acme/shop)](LICENSE) https://github.com/other/tool"),
        (".github/workflows/ci.yml", "jobs:\n  a:\n    if: github.repository == 'acme/shop'\n"),
        (".github/workflows/ci.yml", "env:\n  IMAGE: ghcr.io/acme/shop\n"),
        (".github/CODEOWNERS", "* @acme/platform @someone\n"),
    ],
)
def test_the_files_tell_the_owner(tmp_path: Path, path: str, text: str) -> None:
    assert owner(tree(tmp_path, **{path: text})) == "acme"


def test_two_voices_are_none(tmp_path: Path) -> None:
    badges = "https://github.com/acme/shop/actions https://github.com/other/shop/actions"
    assert owner(tree(tmp_path, **{"README.md": badges})) == ""


def test_a_weaker_voice_is_heard_where_the_stronger_ones_disagree(tmp_path: Path) -> None:
    badges = "https://github.com/acme/shop/actions https://github.com/other/shop/actions"
    assert owner(tree(tmp_path, **{"README.md": badges, "CODEOWNERS": "* @acme/all"})) == "acme"


def test_the_head_of_the_remote_is_the_default_branch(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/production")
    assert default_branch(tree(tmp_path)) == "production"


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("on:\n  push:\n    branches: [master]\n", "master"),
        ("on:\n  push:\n    branches:\n      - develop\n      - master\n", "master"),
        ("on:\n  push:\n    branches: ['release/*', \"trunk\"]\n", "trunk"),
        ("on: [push]\njobs:\n  a:\n    if: github.ref == 'refs/heads/master'\n", "master"),
        ("on:\n  push:\n    branches: [main-docs, feature/master]\n", "main"),
        ("on: [push]\n", "main"),
    ],
)
def test_the_pipelines_tell_the_default_branch(tmp_path: Path, text: str, branch: str) -> None:
    assert default_branch(tree(tmp_path, **{".github/workflows/ci.yml": text})) == branch
