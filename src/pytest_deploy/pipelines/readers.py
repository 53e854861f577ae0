"""The readers of CI systems, and the pipelines of a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pytest_deploy.pipelines.github import reader as github
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class Reader:
    """How the pipelines of one CI system are found and read. ``paths`` gives the files, relative to the root; ``read`` never
    raises: what is wrong with a file is in the problems of its pipeline."""

    system: str
    paths: Callable[[Tree], tuple[str, ...]]
    read: Callable[[Tree, str], Pipeline]


BUILT_IN = (Reader(github.SYSTEM, github.paths, github.read),)
"""The systems that are known without a plugin."""


def read_all(tree: Tree, more: Iterable[Reader] = ()) -> Mapping[str, Pipeline]:
    """All pipelines of a repository, by path in sorted order. ``more`` are readers of third parties; where two readers claim a file,
    the later one has it."""
    found = {path: reader for reader in (*BUILT_IN, *more) for path in reader.paths(tree)}
    return {path: found[path].read(tree, path) for path in sorted(found)}


_OTHER_SYSTEMS = (
    r"\.gitlab-ci\.ya?ml|\.circleci/config\.ya?ml|azure-pipelines(?:[.-][\w.-]+)?\.ya?ml|bitbucket-pipelines\.ya?ml|jenkinsfile(?:\.\w+)?"
    r"|\.travis\.ya?ml|\.drone\.ya?ml|\.woodpecker(?:/.+)?\.ya?ml|\.buildkite/.+\.ya?ml|buildspec\.ya?ml|cloudbuild\.ya?ml|\.semaphore/.+\.ya?ml"
    r"|\.teamcity/.+|appveyor\.ya?ml|\.cirrus\.ya?ml"
)


def unread(tree: Tree, pipelines: Mapping[str, Pipeline]) -> tuple[str, ...]:
    """Pipeline files of systems that no reader knows: something happens there that cannot be seen."""
    return tuple(path for path in tree.matching(_OTHER_SYSTEMS) if path not in pipelines)
