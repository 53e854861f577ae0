"""A plain plugin to compare with: it reads the same files with the bare parsers, and collects as many items, which do nothing.

``PLAIN_ITEMS`` in the environment says how many.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The file that stands for all."""
    return PlainFile.from_parent(parent, path=file_path) if file_path.name == "plain.items" else None


class PlainFile(pytest.File):
    """Reads the files, then gives the items."""

    def collect(self) -> Iterable[pytest.Item]:
        """As many items as the gate has."""
        root = self.config.rootpath
        for path in sorted((root / ".github").rglob("*.yml")):
            yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for path in sorted(root.rglob("Dockerfile")):
            with path.open("rb") as file:
                _ = DockerfileParser(fileobj=file).structure
        for number in range(int(os.environ["PLAIN_ITEMS"])):
            yield PlainItem.from_parent(self, name=f"item-{number}")


class PlainItem(pytest.Item):
    """Passes."""

    def runtest(self) -> None:
        """Does nothing."""
