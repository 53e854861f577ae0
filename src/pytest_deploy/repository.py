"""A repository as checks see it: its files and, parsed when first asked for, its models."""

from __future__ import annotations

from pathlib import Path

from pytest_deploy.settings import Settings
from pytest_deploy.tree import Tree


class Repository:
    """What a check may ask about the whole repository.

    Models are read when first asked for and kept; nothing is run or imported, and nothing leaves the machine.
    """

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.tree = Tree(root, self.settings.exclude)

    @property
    def root(self) -> Path:
        """The folder that holds it."""
        return self.tree.root
