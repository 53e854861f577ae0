"""The public names: one that goes away or changes breaks the checks that others have written."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import pytest_deploy
from pytest_deploy import report, testing
from pytest_deploy.checks import registry


def test_the_names_of_the_package() -> None:
    assert sorted(pytest_deploy.__all__) == [
        "Finding",
        "NotApplicable",
        "Place",
        "Related",
        "Repository",
        "Text",
        "Unverified",
        "__version__",
        "check",
    ]


@pytest.mark.parametrize("name", sorted(pytest_deploy.__all__))
def test_a_public_name_can_be_had(name: str) -> None:
    assert getattr(pytest_deploy, name)


def test_another_name_cannot() -> None:
    with pytest.raises(AttributeError, match="module 'pytest_deploy' has no attribute 'checks_of_the_house'"):
        _ = pytest_deploy.checks_of_the_house


def test_importing_the_package_brings_nothing_heavy() -> None:
    heavy = ["yaml", "httpx", "hcl2", "tree_sitter", "dockerfile_parse", "msgspec", "markdown_it", "pathspec"]
    code = f"import sys, pytest_deploy; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (registry.check, ["tier", "area", "after_tests"]),
        (testing.assert_examples, ["check"]),
        (testing.run_check, ["check", "files", "settings", "commits"]),
        (report.write, ["run", "format", "path", "more"]),
    ],
)
def test_the_parameters_of_public_functions(function: object, parameters: list[str]) -> None:
    assert callable(function)
    assert list(inspect.signature(function).parameters) == parameters


def test_the_areas_of_the_checklist() -> None:
    assert registry.AREAS == (
        "before",
        "pipeline",
        "container",
        "infrastructure",
        "environment",
        "migrations",
        "staging",
        "smoke",
        "production",
        "after",
        "rollback",
    )
