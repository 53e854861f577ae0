"""The release paths as rows of stations: what starts it, the gates on the way with whether they hold, the environment."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.pipelines.coverage import Coverage, covered, wants
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.pipelines.roles import Role
from pytest_deploy.pipelines.stages import approved, staged
from pytest_deploy.report.result import PathStep
from pytest_deploy.repository import Repository

_IMAGES: frozenset[Role] = frozenset({"image-build", "image-push", "image-scan"})


def rows(repository: Repository) -> tuple[tuple[PathStep, ...], ...]:
    """Every way to staging and production, and those of which nobody knows where they lead; like ones once."""
    release = repository.release
    found = (tuple(_row(way, release)) for way in release.deploys if way.target in ("production", "staging", "unknown"))
    return tuple(dict.fromkeys(found))


def _row(way: Way, release: ReleasePaths) -> Iterator[PathStep]:
    yield PathStep(way.entry.text)
    if way.code:
        yield _gate("tests", covered(way, wants("tests"), "tests", release, hint="tests"))
    if any(doing.role in _IMAGES for node in (*way.before, way.node) for doing in node.doings()):
        yield _gate("scan", covered(way, wants("image-scan"), "an image scan", release, hint="image-scan"))
    if way.target == "production":
        yield _gate("staging", staged(way, release))
        yield PathStep("approval", "✓" if approved(way, release) else "✗")
    yield PathStep(way.environment or (way.target if way.target != "unknown" else "an environment that nothing names"))


def _gate(name: str, coverage: Coverage) -> PathStep:
    if coverage.holds:
        return PathStep(name, "✓")
    return PathStep(f"{name}?") if coverage.unseen else PathStep(name, "✗")
