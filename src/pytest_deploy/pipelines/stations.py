"""A release path as a row of stations: the start, the gates with a mark each, the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_deploy.pipelines.coverage import covered, wants
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.pipelines.stages import approved, staged


@dataclass(frozen=True, slots=True)
class Station:
    """One station. ``holds`` says whether the gate holds on this way (``None``: it is no gate, or cannot be told)."""

    name: str
    holds: bool | None = None


def rows(release: ReleasePaths, target: str) -> Iterator[tuple[Station, ...]]:
    """The ways to the environment of this name or kind, those with the same stations once."""
    kind = release.environments.kind(target)
    seen: set[tuple[Station, ...]] = set()
    for way in release.deploys:
        if way.target == kind or (way.environment and way.environment == target):
            row = tuple(_stations(way, release, target))
            if row not in seen:
                seen.add(row)
                yield row


def _stations(way: Way, release: ReleasePaths, target: str) -> Iterator[Station]:
    yield Station(way.entry.text)
    if way.code:
        tests = covered(way, wants("tests"), "tests", release, hint="tests")
        yield Station("test", tests.holds if tests.holds or not tests.unseen else None)
        roles = {doing.role for node in (*way.before, way.node) for doing in node.doings()}
        if "image-build" in roles:
            yield Station("build")
            scan = covered(way, wants("image-scan"), "an image scan", release, hint="image-scan")
            yield Station("scan", scan.holds if scan.holds or not scan.unseen else None)
    if way.target == "production":
        staging = staged(way, release)
        yield Station("staging", staging.holds if staging.holds or not staging.unseen else None)
        yield Station("approval", bool(approved(way, release)))
    yield Station(way.environment or target)
