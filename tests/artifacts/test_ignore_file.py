from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.artifacts.ignore_file import IgnoreFile, for_build, read_patterns
from pytest_deploy.tree import Tree


def ignores(lines: str, path: str) -> bool:
    return IgnoreFile(".dockerignore", read_patterns(lines.split("\n"))).ignores(path)


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        (".env", ".env", True),
        (".env", "api/.env", False),  # unlike git
        ("**/.env", "api/.env", True),
        ("**/.env", ".env", True),
        (".env*", ".env.local", True),
        ("*.env", ".env", True),
        (".git/", ".git", True),
        ("/.git", ".git/config", True),
        ("./docs", "docs/a/b.md", True),
        ("*", ".git", True),
        ("*\n!src", "src/a.py", False),
        ("*\n!src", ".env", True),
        ("*\n!.env\n.env", ".env", True),
        ("!.env", ".env", False),
        ("# .env", ".env", False),
        ("  .env  ", ".env", True),
        ("a/*/c", "a/b/c", True),
        ("a/*/c", "a/b/b/c", False),
        ("a/**/c", "a/b/b/c", True),
        ("a/**/c", "a/c", True),
        ("?env", ".env", True),
        ("[.]env", ".env", True),
        (r"\!x", "!x", True),
        ("env*", ".env", False),
        ("**", "a/b", True),
        ("[", "[", False),
    ],
)
def test_patterns_match_by_dockers_rules(lines: str, path: str, expected: bool) -> None:
    assert ignores(lines, path) is expected


def test_the_file_beside_the_dockerfile_comes_first(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / ".dockerignore").write_text(".env\n")
    (tmp_path / "docker" / "Dockerfile.dockerignore").write_text(".git\n")

    found = for_build(Tree(tmp_path), "docker/Dockerfile", "")

    assert found is not None
    assert (found.path, found.ignores(".git"), found.ignores(".env")) == ("docker/Dockerfile.dockerignore", True, False)


def test_the_ignore_file_is_that_of_the_context_not_of_the_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / ".dockerignore").write_text(".env\n")

    assert for_build(Tree(tmp_path), "docker/Dockerfile", "") is None


@given(st.text("*?[]!\\/a.#^- \n", max_size=20), st.text("a./", min_size=1, max_size=8))
def test_any_lines_are_read(lines: str, path: str) -> None:
    assert ignores(lines, path) in (True, False)
