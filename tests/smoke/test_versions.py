"""Whether a version that runs is the one that was deployed."""

from __future__ import annotations

import subprocess

import httpx
import pytest

from pytest_deploy.settings import VersionSettings
from pytest_deploy.smoke.failures import AnswerUnreadable
from pytest_deploy.smoke.version import Wanted, given, of_head, running, same

FULL = "3f2a9c1d0b8e7f6a5c4d3e2f1a0b9c8d7e6f5a4b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FULL, FULL[:7]),
        (FULL.upper(), FULL[:12]),
        ("v1.2.3", "1.2.3"),
        ("refs/tags/v1.2.3", "v1.2.3"),
        ("1.2.3+3f2a9c1", "1.2.3"),
        ("1.2.3+3f2a9c1", FULL),
        ("v1.2.2-4-g3f2a9c1", FULL),
        ("registry.example:5000/shop:1.2.3", "v1.2.3"),
        (f"shop:sha-{FULL[:7]}", FULL),
        ("2026.11.25", "2026.11.25"),
    ],
)
def test_names_of_the_same_version(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FULL, FULL[:6]),
        (FULL[:7], "3f2a9c2"),
        ("1.2.3", "1.2.30"),
        ("1.2.3", "1.2.3-rc1"),
        ("v1.2.2-4-g3f2a9c1", "v1.2.2"),
        ("20261125", "202611251200"),
        ("main", ""),
        ("", ""),
    ],
)
def test_names_of_different_versions(one, other):
    assert not same(one, other)
    assert not same(other, one)


def answer(body: str = "", kind: str = "text/plain", status: int = 200, **headers: str) -> httpx.Response:
    request = httpx.Request("GET", "http://shop/version")
    return httpx.Response(status, text=body, headers={"content-type": kind, **headers}, request=request)


@pytest.mark.parametrize(
    ("response", "settings", "version"),
    [
        (answer("1.2.3\n"), VersionSettings(), "1.2.3"),
        (answer('"1.2.3"', "application/json"), VersionSettings(), "1.2.3"),
        (
            answer('{"build": {"a/b": [{"commit": "abc1234"}]}}', "application/json"),
            VersionSettings(pointer="/build/a~1b/0/commit"),
            "abc1234",
        ),
        (answer('{"build": 42}', "text/plain"), VersionSettings(pointer="/build"), "42"),
        (answer(x_version=""), VersionSettings(header="X-Version"), None),
        (
            httpx.Response(200, headers={"X-Version": " 7 "}, request=httpx.Request("GET", "http://x")),
            VersionSettings(header="x-version"),
            "7",
        ),
    ],
)
def test_where_the_version_is_told(response, settings, version):
    if version is None:
        with pytest.raises(AnswerUnreadable, match="the answer has no header X-Version"):
            running(response, settings)
    else:
        assert running(response, settings) == version


@pytest.mark.parametrize(
    ("response", "settings", "said"),
    [
        (answer(status=404), VersionSettings(), "it answered 404 instead of the version"),
        (answer(""), VersionSettings(), "the answer is empty; the version is expected there"),
        (
            answer("<html>\n" * 100),
            VersionSettings(),
            "what it answers is too long for a version; set version.pointer or version.header",
        ),
        (
            answer('{"commit": "abc"}', "application/json"),
            VersionSettings(),
            "what stands there is no version, but object; set version.pointer to where it stands",
        ),
        (
            answer('{"commit": "abc"}', "application/json"),
            VersionSettings(pointer="/build/sha"),
            "version.pointer /build/sha leads to nothing: there is no 'build' at the top (there is commit)",
        ),
        (answer('{"a": true}', "application/json"), VersionSettings(pointer="/a"), "what stands at /a is no version, but boolean"),
    ],
)
def test_where_no_version_is_told(response, settings, said):
    with pytest.raises(AnswerUnreadable) as caught:
        running(response, settings)
    assert str(caught.value) == f"GET http://shop/version: {said}"


@pytest.fixture
def repository(tmp_path):
    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *settings, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    git("tag", "v1.0.0")
    return tmp_path, git("rev-parse", "HEAD")


def test_the_commit_that_is_checked_out_and_its_tags_are_wanted(repository):
    folder, commit = repository
    wanted = of_head(folder)
    assert wanted == Wanted((commit, "v1.0.0"), "HEAD")
    assert wanted.is_met_by("1.0.0")
    assert wanted.is_met_by(commit[:8])
    assert str(wanted) == f"{commit[:12]} or v1.0.0"


def test_outside_of_git_nothing_is_known_to_be_wanted(tmp_path):
    assert of_head(tmp_path) is None


@pytest.mark.parametrize("name", ["v1.0.0", "main"])
def test_a_name_that_git_knows_may_run_under_its_commit(repository, name):
    folder, commit = repository
    assert given(name, folder).is_met_by(commit)
    assert given(name, folder).is_met_by(name)


def test_a_name_that_git_does_not_know_is_taken_as_it_is(repository):
    assert given("--help", repository[0]) == Wanted(("--help",))
    assert given("2.0.0", repository[0]).names == ("2.0.0",)
