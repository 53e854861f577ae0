"""Who owns the repository on its forge, and what its default branch is: as git knows it, else as the repository's own files tell."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator

from pytest_deploy.tree import Tree

_FORGES = r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)"
_REMOTE = re.compile(r"(?:^(?:[\w.-]+@)?[\w.-]+:(?!//)|^\w[\w+]*://[^/]+/)/?(?P<owner>[\w.-]+)/[\w./-]+?(?:\.git)?/?$")
_URL = re.compile(rf"{_FORGES}[:/](?P<owner>[\w.-]+)/[\w.-]+")
_BADGE = re.compile(
    rf"{_FORGES}/(?P<owner>[\w.-]+)/[\w.-]+/(?:actions|workflows)\b"
    r"|img\.shields\.io/github/(?:[\w/-]*?workflow/status|license|stars|forks|issues|contributors|(?:v/)?release|last-commit)/"
    r"(?P<also>[\w.-]+)/"
)
_CONDITION = re.compile(
    r"\bgithub\.repository(?:_owner)?\s*==\s*['\"](?P<owner>[\w.-]+)(?:/[\w.-]+)?['\"]"
    r"|\$CI_PROJECT_(?:PATH|NAMESPACE)\s*==\s*['\"](?P<also>[\w.-]+)(?:/[\w./-]+)?['\"]"
)
_IMAGE = re.compile(
    r"(?:(?:\btags?|\bimages?|\w{0,40}IMAGE\w{0,40}|\bpush)[\"']?\s{0,4}(?:[:=]|\s)\s{0,60}[|\"']?\s{0,60}|^[^\S\n]*(?:-\s+)?)"
    r"ghcr\.io/(?P<owner>[a-z0-9][\w.-]*)/[\w.-]+",
    re.MULTILINE,
)
_SHARED = re.compile(r"\buses:\s*[\"']?(?P<owner>\w[\w-]*)/\.github/")
"""A workflow out of the repository that an organisation shares its own from."""

_TEAM = re.compile(r"(?<!\S)@(?P<owner>[\w-]+)/[\w.-]+")
_MODULE = re.compile(rf"^module\s+{_FORGES}/(?P<owner>[\w.-]+)/", re.MULTILINE)
_CI = r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml"
_COMPOSE = r"(?:.*/)?(?:docker-)?(?:compose|stack)[\w.-]*\.ya?ml"
_README = r"(?:docs/|\.github/)?readme(?:\.\w+)?"
_CODEOWNERS = r"(?:docs/|\.github/|\.gitlab/)?codeowners"

_BRANCHES = ("main", "master", "trunk", "develop", "development", "dev")
_LISTED = re.compile(r"\bbranches[\"']?:[^\S\n]*(?P<list>\[[^\]]*\]|(?:\n\s*-[^\n]+)+|[^\n]*)")
_COMPARED = re.compile(r"(?:refs/heads/|CI_COMMIT_BRANCH\s*==\s*[\"']|\bbranch:\s*[\"']?|\bref_name\s*==\s*')(?P<branch>[\w./-]+)")


def owner(tree: Tree) -> str:
    """The owner of the repository, as written where it is told; empty when nothing tells it, or not with one voice."""
    if match := _REMOTE.match(git(tree, "config", "--get", "remote.origin.url")):
        return match["owner"]
    for owners in _evidence(tree):
        spellings: dict[str, str] = {}
        for one in owners:
            spellings.setdefault(one.lower(), one)
        if len(spellings) == 1:
            return next(iter(spellings.values()))
    return ""


def default_branch(tree: Tree) -> str:
    """The default branch: what git's remote says it is, else the first usual name that the pipelines speak of, else ``main``."""
    head = git(tree, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    if head.startswith("refs/remotes/origin/"):
        return head.removeprefix("refs/remotes/origin/")
    named: set[str] = set()
    for text in (tree.text(path) or "" for path in tree.matching(_CI)):
        named.update(match["branch"] for match in _COMPARED.finditer(text))
        for match in _LISTED.finditer(text):
            named.update(re.split(r"[\s,'\"\[\]]+", match["list"]))
    return next((branch for branch in _BRANCHES if branch in named), "main")


def _evidence(tree: Tree) -> Iterator[list[str]]:
    """The owners that each kind of evidence names, the strongest first."""
    yield list(_metadata(tree))
    yield _found(tree, _CI, _CONDITION)
    yield _found(tree, _README, _BADGE)
    yield _found(tree, _CI, _SHARED)
    yield _found(tree, f"{_CI}|{_COMPOSE}", _IMAGE)
    yield _found(tree, _CODEOWNERS, _TEAM)


def _found(tree: Tree, paths: str, pattern: re.Pattern[str]) -> list[str]:
    names = (match for path in tree.matching(paths) for match in pattern.finditer(tree.text(path) or ""))
    return [next(value for value in match.groupdict().values() if value) for match in names]


def _metadata(tree: Tree) -> Iterator[str]:
    """What the manifests in the root say of the repository's address."""
    for text in (*_from_json(tree, "package.json"), *_from_json(tree, "composer.json"), *_from_toml(tree, "pyproject.toml", "Cargo.toml")):
        if match := _URL.search(text) or re.match(r"(?:github:|gitlab:)?(?P<owner>[\w.-]+)/[\w.-]+$", text):
            yield match["owner"]
    if match := _MODULE.search(tree.text("go.mod") or ""):
        yield match["owner"]


def _from_json(tree: Tree, path: str) -> Iterator[str]:
    try:
        whole = json.loads(tree.text(path) or "{}")
    except (ValueError, RecursionError):
        return
    if not isinstance(whole, dict):
        return
    repository = whole.get("repository")
    support = whole.get("support")
    places = [repository, repository.get("url") if isinstance(repository, dict) else None]
    places += [support.get(key) for key in ("source", "issues")] if isinstance(support, dict) else []
    yield from (place for place in places if isinstance(place, str))


def _from_toml(tree: Tree, *paths: str) -> Iterator[str]:
    for path in paths:
        try:
            whole = tomllib.loads(tree.text(path) or "")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
        for table in (whole.get("project"), whole.get("package"), _table(whole.get("tool"), "poetry")):
            urls = _table(table, "urls")
            own = [value for key, value in urls.items() if re.search(r"repo|source|code|git|issues|bug", key, re.IGNORECASE)]
            yield from _strings([_table_value(table, "repository"), *own, *(urls.values() if not own else ())])


def _table(whole: object, key: str) -> dict[str, object]:
    value = whole.get(key) if isinstance(whole, dict) else None
    return value if isinstance(value, dict) else {}


def _table_value(whole: object, key: str) -> object:
    return whole.get(key) if isinstance(whole, dict) else None


def _strings(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str))


def git(tree: Tree, *arguments: str) -> str:
    """What git answers; empty when the root is no repository of its own or git is not there."""
    if not (tree.root / ".git").exists():
        return ""
    # Without the caller's GIT_* variables, as for the list of files.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  # arguments of this module alone
            ["git", *arguments],  # noqa: S607  # found on PATH
            cwd=tree.root,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
