"""A repository as checks see it: its files and, parsed when first asked for, its models."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree

if TYPE_CHECKING:
    from pytest_deploy.artifacts.compose import ComposeFile
    from pytest_deploy.artifacts.dockerfile import Dockerfile
    from pytest_deploy.artifacts.migrations.found import Migrations
    from pytest_deploy.artifacts.releases import Head, Tag
    from pytest_deploy.artifacts.test_results import TestResults
    from pytest_deploy.images import Images
    from pytest_deploy.pipelines.model import Pipeline
    from pytest_deploy.pipelines.paths import ReleasePaths
    from pytest_deploy.pipelines.readers import Reader
    from pytest_deploy.pipelines.roles import Roles


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that checks can be about: its ``model`` (the type of a check's first parameter), the ``paths`` of such files, and
    how one is read. A model knows its ``path``; it may have ``broken`` (it could not be read), ``problems`` (what is wrong with the
    file itself, at its places) and ``development`` (it is for development only)."""

    name: str
    model: type
    paths: Callable[[Repository], Iterable[str]]
    read: Callable[[Repository, str], Any]


class Repository:
    """What a check may ask about the whole repository.

    Models are read when first asked for and kept; nothing is run or imported, and nothing leaves the machine. ``kinds`` and
    ``readers`` (of CI systems) are those of third parties.
    """

    def __init__(self, root: Path, settings: Settings | None = None, kinds: Iterable[Kind] = (), readers: Iterable[Reader] = ()) -> None:
        self.settings = settings or Settings()
        self.tree = Tree(root, self.settings.exclude)
        self.kinds: Mapping[type, Kind] = {kind.model: kind for kind in (*_built_in_kinds(), *kinds)}
        self.readers = tuple(readers)
        self.own_tests: TestResults | None = None
        """What became of the project's own tests in this very run; ``None``: there were none, or they are not over."""

    @property
    def root(self) -> Path:
        """The folder that holds it."""
        return self.tree.root

    def subjects(self, model: type) -> Iterator[tuple[str, Any]]:
        """(name, model) of everything that a check with this type of first parameter is about: the path of a file, or ``checklist``
        for the repository as a whole.

        Raises ``TypeError`` when no kind of file has that model.
        """
        if model is Repository:
            yield "checklist", self
            return
        if model not in self.kinds:
            known = ", ".join(sorted(kind.__name__ for kind in self.kinds))
            raise TypeError(f"{model!r} is nothing that a check can be about: Repository, {known}")
        kind = self.kinds[model]
        for path in sorted(kind.paths(self)):
            yield path, kind.read(self, path)

    # --- identity --------------------------------------------------------------------------------------------------

    @functools.cached_property
    def owner(self) -> str:
        """The owner of the repository on its forge (empty: not told). Names of owners are compared without regard to case."""
        from pytest_deploy.artifacts.identity import owner

        return self.settings.owner or owner(self.tree)

    @functools.cached_property
    def default_branch(self) -> str:
        """The name of the default branch."""
        from pytest_deploy.artifacts.identity import default_branch

        return self.settings.default_branch or default_branch(self.tree)

    @functools.cached_property
    def head(self) -> Head | None:
        """The commit that is checked out; ``None`` without git."""
        from pytest_deploy.artifacts.releases import head

        return head(self.tree)

    @functools.cached_property
    def versions(self) -> tuple[Tag, ...]:
        """The version tags of git, pre-releases included, the newest first."""
        from pytest_deploy.artifacts.releases import tags

        return tags(self.tree, self.settings.version_tags)

    @functools.cached_property
    def newest_release(self) -> Tag | None:
        """The newest version tag that is no pre-release; ``None``: there is none, or none was fetched."""
        return next((tag for tag in self.versions if tag.version.final), None)

    # --- pipelines -------------------------------------------------------------------------------------------------

    @functools.cached_property
    def pipelines(self) -> Mapping[str, Pipeline]:
        """Pipeline files, local composite actions included, by path."""
        from pytest_deploy.pipelines.readers import read_all

        return read_all(self.tree, self.readers)

    @functools.cached_property
    def unread_pipelines(self) -> tuple[str, ...]:
        """Pipeline files of CI systems that no reader knows."""
        from pytest_deploy.pipelines.readers import unread

        return unread(self.tree, self.pipelines)

    @functools.cached_property
    def roles(self) -> Roles:
        """What steps do."""
        from pytest_deploy.pipelines.roles import Roles

        return Roles(self.tree, self.settings)

    @functools.cached_property
    def release(self) -> ReleasePaths:
        """The ways in which a change reaches an environment or is published."""
        from pytest_deploy.pipelines.paths import ReleasePaths

        return ReleasePaths(self.pipelines, self.roles, self.settings, self.default_branch)

    # --- database ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def migrations(self) -> Migrations:
        """The migrations of the database, and which of them the next deploy applies."""
        from pytest_deploy.artifacts.migrations.found import find

        return find(self.tree, self.newest_release, self.head)

    # --- containers ------------------------------------------------------------------------------------------------

    @functools.cached_property
    def dockerfiles(self) -> Mapping[str, Dockerfile]:
        """Dockerfiles by path: those with such a name, and those that a pipeline or compose file names."""
        return self.images.dockerfiles

    @functools.cached_property
    def composes(self) -> Mapping[str, ComposeFile]:
        """Compose files by path."""
        from pytest_deploy.artifacts.compose import read_all

        return read_all(self.tree)

    @functools.cached_property
    def images(self) -> Images:
        """Which images the repository builds, from which stage of which Dockerfile, and what becomes of them."""
        from pytest_deploy.images import Images
        from pytest_deploy.pipelines.image_evidence import of_release

        return Images(self.tree, self.settings, self.composes, tuple(of_release(self.release)))


def _built_in_kinds() -> tuple[Kind, ...]:
    from pytest_deploy.artifacts.dockerfile import Dockerfile
    from pytest_deploy.artifacts.migrations.model import History, Migration
    from pytest_deploy.pipelines.model import Pipeline

    return (
        Kind("dockerfile", Dockerfile, lambda repository: repository.dockerfiles, lambda repository, path: repository.dockerfiles[path]),
        Kind(
            "migrations",
            History,
            lambda repository: repository.migrations.by_folder,
            lambda repository, path: repository.migrations.by_folder[path],
        ),
        Kind(
            "migration",
            Migration,
            lambda repository: repository.migrations.by_path,
            lambda repository, path: repository.migrations.by_path[path],
        ),
        Kind("pipeline", Pipeline, lambda repository: repository.pipelines, lambda repository, path: repository.pipelines[path]),
    )
