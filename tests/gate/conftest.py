"""A repository for each test, and a way to run the gate in it."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from pytest_deploy import images
from pytest_deploy.checks.registry import built_in
from pytest_deploy.gate import each, listing, session
from pytest_deploy.pipelines import paths, readers
from pytest_deploy.syntax import shell

LOADED = built_in(), images, each, listing, session, paths, readers, shell
"""pytester forgets what a run imported; what is loaded here is loaded once."""

SETTINGS = 'select = ["house-*", "waivers-in-order"]\n'
"""Only the checks of the tests' own house: what the built-in ones say is no matter here."""


class House:
    """Runs pytest with the checks of ``house.py`` in a repository."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.monkeypatch = monkeypatch
        self.path = pytester.path
        pytester.syspathinsert(self.path)

    def write(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            target = self.path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")

    def settings(self, text: str = "") -> None:
        self.write({"deploy.toml": SETTINGS + textwrap.dedent(text)})

    def run(self, *arguments: str) -> pytest.RunResult:
        """In this process, with no plugin but our own."""
        return self.pytester.runpytest_inprocess(*self._named(()), "-p", "no:cacheprovider", *arguments)

    def run_apart(self, *arguments: str, plugins: tuple[str, ...]) -> pytest.RunResult:
        """In a process of its own, with further plugins."""
        return self.pytester.runpytest_subprocess(*self._named(plugins), *arguments)

    def run_with_all(self, *arguments: str) -> pytest.RunResult:
        """In a process of its own, with every plugin that is installed."""
        return self.pytester.runpytest_subprocess("-p", "house", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments)

    def _named(self, plugins: tuple[str, ...]) -> list[str]:
        # Plugins by name: to look for those that are installed takes longer than all the rest.
        self.monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        return [word for name in ("pytest_deploy.plugin", *plugins, "house") for word in ("-p", name)]

    def report(self, *arguments: str) -> dict[str, Any]:
        """The JSON report of a run of the gate alone."""
        self.run("--deploy-only", "--deploy-report", "json:gate.json", *arguments)
        return self.read_report()

    def read_report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.path / "gate.json").read_text(encoding="utf-8"))
        return found

    def outcomes(self, *arguments: str) -> dict[str, str]:
        """Node -> outcome of such a run."""
        return {one["node"]: one["outcome"] for one in self.report(*arguments)["checks"]}


@pytest.fixture
def house(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> House:
    here = str(Path(__file__).parent)
    pytester.syspathinsert(here)
    monkeypatch.setenv("PYTHONPATH", here)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI"):
        monkeypatch.delenv(name, raising=False)
    made = House(pytester, monkeypatch)
    made.settings()
    return made
