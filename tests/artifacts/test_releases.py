"""Version tags, their order, and what git tells of releases."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion
from packaging.version import Version as PackagingVersion

from pytest_deploy.artifacts.releases import Tag, files_of, head, shallow, tags, version_of
from pytest_deploy.repository import Repository
from pytest_deploy.tree import Tree


def newest(tree: Tree) -> Tag | None:
    return Repository(tree.root).newest_release


def git(folder: Path, *words: str, when: int = 1_700_000_000) -> None:
    dates = {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000", "GIT_CONFIG_GLOBAL": "/dev/null"}
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **dates}
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def commit(folder: Path, path: str, *names: str, when: int = 1_700_000_000) -> None:
    (folder / path).write_text(path)
    git(folder, "add", path)
    git(folder, "commit", "--quiet", "-m", path, when=when)
    for name in names:
        git(folder, "tag", name)


@pytest.mark.parametrize(
    "name",
    [
        "v1.2.3",
        "1.2.3",
        "V2.0",
        "1.0",
        "2026.11.25",
        "2026-11-25",
        "20261125",
        "2026-11-25-1030",
        "v2026.3",
        "1.2.3+build.5",
        "2026.11.25.2",
        "20261125.103000",
        "1.2.3.4",
    ],
)
def test_versions_and_dates_are_releases(name: str) -> None:
    version = version_of(name)
    assert version is not None
    assert version.final


@pytest.mark.parametrize("name", ["v1.2.3-rc.1", "1.2.0b2", "2.0.0-alpha", "1.0.0.dev3", "v1.2.3-SNAPSHOT", "1.0rc1"])
def test_what_comes_before_a_version_is_no_final_one(name: str) -> None:
    version = version_of(name)
    assert version is not None
    assert not version.final


@pytest.mark.parametrize(
    "name", ["staging-1.2.3", "latest", "v1", "5", "api/v1.2.3", "pkg@1.2.3", "06-19-2026", "release", "deploy-2026-11-25", "1.2.x"]
)
def test_other_tags_are_no_versions(name: str) -> None:
    assert version_of(name) is None


def test_a_pattern_of_the_team_says_which_tags_are_versions() -> None:
    pattern = r"api/v(?P<version>.+)"
    assert version_of("api/v1.10.0", pattern) == version_of("1.10.0")
    assert version_of("web/v1.10.0", pattern) is None
    assert version_of("1.10.0", pattern) is None


def test_without_a_named_group_the_version_in_the_name_counts() -> None:
    assert version_of("release-1.2.3", r"release-.+") == version_of("1.2.3")


@given(st.lists(st.lists(st.integers(0, 99), min_size=2, max_size=3), min_size=2, max_size=6), st.sampled_from(["", "-rc1", "-beta.2"]))
def test_versions_order_as_packaging_orders_them(many: list[list[int]], suffix: str) -> None:
    names = [".".join(map(str, numbers)) + suffix for numbers in many]
    ours = sorted(set(names), key=lambda name: (version_of(name), name))
    assert [PackagingVersion(name) for name in ours] == sorted(PackagingVersion(name) for name in set(names))


@given(st.text(max_size=30))
def test_any_name_is_a_version_or_not(name: str) -> None:
    version_of(name)
    version_of(name, r".*")


@given(st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}(\.[0-9]{1,3})?((a|b|rc)[0-9]{1,2})?", fullmatch=True))
def test_pre_releases_are_those_of_packaging(name: str) -> None:
    try:
        expected = not PackagingVersion(name).is_prerelease
    except InvalidVersion:
        return
    version = version_of(name)
    assert version is not None
    assert version.calendar or version.final == expected


def test_dates_order_by_day_and_time() -> None:
    names = ["2026-11-25-1030", "2026-11-25-0930", "2026-02-03", "2025.12.31", "20261126"]
    ordered = sorted(names, key=lambda name: version_of(name))  # type: ignore[return-value, arg-type]  # all are versions
    assert ordered == ["2025.12.31", "2026-02-03", "2026-11-25-0930", "2026-11-25-1030", "20261126"]


def test_the_newest_is_by_version_and_no_pre_release(repository: Path) -> None:
    commit(repository, "a", "v1.10.0")
    commit(repository, "b", "v1.9.1", "staging-9.9.9")
    commit(repository, "c", "v2.0.0-rc.1")
    tree = Tree(repository)
    assert [tag.name for tag in tags(tree)] == ["v2.0.0-rc.1", "v1.10.0", "v1.9.1"]
    tag = newest(tree)
    assert tag is not None
    assert tag.name == "v1.10.0"
    assert files_of(tree, tag) == frozenset({"a"})


def test_a_repository_that_left_dates_for_versions_is_at_a_version(repository: Path) -> None:
    commit(repository, "a", "20180101", when=1_500_000_000)
    commit(repository, "b", "v1.0.0", when=1_600_000_000)
    tag = newest(Tree(repository))
    assert tag is not None
    assert (tag.name, tag.written) == ("v1.0.0", 1_600_000_000)


def test_an_annotated_tag_is_the_commit_that_it_names(repository: Path) -> None:
    commit(repository, "a")
    git(repository, "tag", "-a", "v1.0.0", "-m", "one")
    tree = Tree(repository)
    tag, now = newest(tree), head(tree)
    assert tag is not None
    assert now is not None
    assert tag.commit == now.commit
    assert now.tags == ("v1.0.0",)
    assert now.written == 1_700_000_000


def test_a_clone_without_history_says_so(repository: Path, tmp_path: Path) -> None:
    commit(repository, "a", "v1.0.0")
    commit(repository, "b")
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", f"file://{repository}", "clone")
    assert shallow(Tree(tmp_path / "clone"))
    assert newest(Tree(tmp_path / "clone")) is None
    assert not shallow(Tree(repository))


def test_without_git_nothing_is_told(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    assert (tags(tree), newest(tree), head(tree), shallow(tree)) == ((), None, None, False)


def test_before_the_first_commit_there_is_no_head(repository: Path) -> None:
    assert head(Tree(repository)) is None
