"""The releases of a repository, as the tags of git tell them: which versions there are, which is the newest, and what it held.

A version tag is a version and nothing else: SemVer with or without ``v`` (``v1.2.3``, ``1.2``), or a calendar date with or without a
time (``2026.11.25``, ``2026-11-25-1030``, ``20261125.2``). Other forms are a team's own and named by a pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_deploy.artifacts.identity import git
from pytest_deploy.tree import Tree

_DATE = re.compile(
    r"v?(?P<year>20\d\d)(?P<rest>(?P<between>[.-]?)(?:0?[1-9]|1[0-2])(?:(?P=between)(?:0?[1-9]|[12]\d|3[01]))?"
    r"(?:[.T_-]?\d{1,6}){0,3})",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"v?(?P<numbers>\d+(?:\.\d+){1,3})"
    r"(?P<before>(?:[.-]?(?:alpha|beta|preview|canary|nightly|snapshot|next|dev|pre|rc|a|b|m)[.-]?\d*|-[0-9A-Za-z][0-9A-Za-z.-]*)?)"
    r"(?:\+[0-9A-Za-z.-]+)?",
    re.IGNORECASE,
)
_FINAL = re.compile(r"-(?:final|ga|release)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version, ordered as its numbers are; ``calendar`` ones are dates, and are not to be held against others."""

    calendar: bool
    numbers: tuple[int, ...]
    final: bool
    """``False``: a pre-release, which comes before its version."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag that is a version: its ``commit`` (the full id) and when that was ``written`` (seconds since 1970, UTC)."""

    name: str
    version: Version
    commit: str
    written: int


@dataclass(frozen=True, slots=True)
class Head:
    """The commit that is checked out: its full id, when it was ``written`` (seconds since 1970, UTC), and all ``tags`` on it."""

    commit: str
    written: int
    tags: tuple[str, ...]


def version_of(name: str, pattern: str = "") -> Version | None:
    """The version that a tag is, or ``None``.

    ``pattern`` is a regular expression for the whole name of a team's own tags; what its group ``version`` matches, else the first thing in
    the name that looks like one, orders them (nothing does: the numbers in the name).
    """
    if pattern:
        match = re.fullmatch(pattern, name)
        if not match:
            return None
        named = match.groupdict().get("version") or name
        inside = re.search(r"\d+(?:\.\d+)+\S*", named)
        return _plain(named) or (_plain(inside.group()) if inside else None) or Version(False, _numbers(named), True)
    return _plain(name)


def _plain(name: str) -> Version | None:
    if match := _DATE.fullmatch(name):
        return Version(True, (int(match["year"]), *_of_date(match["rest"])), True)
    if match := _VERSION.fullmatch(name):
        numbers = _numbers(match["numbers"])
        return Version(False, numbers + (0,) * (4 - len(numbers)), not match["before"] or bool(_FINAL.fullmatch(match["before"])))
    return None


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _of_date(rest: str) -> tuple[int, ...]:
    """The numbers behind the year: a month and a day that are written together are taken apart."""
    first, *others = re.findall(r"\d+", rest)
    parts = (first[:2], first[2:4], first[4:]) if len(first) > 2 else (first,)  # a month has at most two digits
    return tuple(int(part) for part in (*parts, *others) if part)


def tags(tree: Tree, pattern: str = "") -> tuple[Tag, ...]:
    """All version tags, pre-releases included, the newest version first; none without git, or when none were fetched (:func:`shallow`).

    Where a repository went from one way of counting to another (from dates to versions, say), the way of the tag that was made last
    comes first as a whole.
    """
    listed = git(
        tree,
        "for-each-ref",
        "--format=%(refname:strip=2)%09%(objectname)%09%(*objectname)%09%(committerdate:unix)%09%(*committerdate:unix)",
        "refs/tags",
    )
    found: list[Tag] = []
    for line in listed.splitlines():
        name, own, pointed, own_time, pointed_time = (line.split("\t") + [""] * 4)[:5]
        version = version_of(name, pattern)
        written = pointed_time or own_time
        if version and written.isdigit():
            found.append(Tag(name, version, pointed or own, int(written)))
    if not found:
        return ()
    lately = max(found, key=lambda tag: tag.written).version.calendar
    return tuple(sorted(found, key=lambda tag: (tag.version.calendar == lately, tag.version, tag.name), reverse=True))


def head(tree: Tree) -> Head | None:
    """The commit that is checked out; ``None`` without git, or before the first commit."""
    commit, _, written = git(tree, "log", "-1", "--format=%H %ct", "HEAD").partition(" ")
    if not written.isdigit():
        return None
    return Head(commit, int(written), tuple(git(tree, "tag", "--points-at", "HEAD").splitlines()))


def shallow(tree: Tree) -> bool:
    """Whether history (and with it tags) was left out of the clone, as CI systems do unless told otherwise."""
    return git(tree, "rev-parse", "--is-shallow-repository") == "true"


def files_of(tree: Tree, tag: Tag) -> frozenset[str] | None:
    """The paths of all files that a release held; ``None`` when its commit is not in the clone."""
    listed = git(tree, "-c", "core.quotepath=off", "ls-tree", "-r", "-z", "--name-only", tag.commit)
    return frozenset(filter(None, listed.split("\0"))) if listed else None
