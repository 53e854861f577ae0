"""Which typed languages a project is written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.artifacts.languages import typed_languages
from pytest_deploy.artifacts.progressive import controllers
from pytest_deploy.tree import Tree


def tree(tmp_path: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Tree(tmp_path)


@pytest.mark.parametrize(
    ("files", "languages"),
    [
        ({"main.go": ""}, ("Go",)),
        ({"src/a.rs": "", "web/app.tsx": ""}, ("Rust", "TypeScript")),
        ({"vendor/x/main.go": "", "node_modules/y/a.ts": ""}, ()),
        ({"vite.config.ts": "", "e2e/login.spec.ts": "", "src/types.d.ts": "", "src/a.js": ""}, ()),
        ({"app.py": "def f(a):\n    pass\n"}, ()),
        ({"app.py": "def f(a: int) -> int:\n    return a\n"}, ("Python",)),
        ({"app.py": "def f(a):\n    pass\n", "pyproject.toml": "[tool.mypy]\nstrict = true\n"}, ("Python",)),
        ({"app.py": "def f(a):\n    pass\n", "pyproject.toml": "# [tool.mypy]\n"}, ()),
        ({"app.py": "def f(a):\n    pass\n", "pyproject.toml": '[tool.pyright]\ntypeCheckingMode = "off"\n'}, ()),
        ({".github/scripts/label.py": "def f(a: int) -> int:\n    return a\n", "app.php": ""}, ()),
        ({"app.py": "def f(a: int) -> int:\n    return a\n", "tests/test_app.py": "def test_f():\n    pass\n" * 3}, ("Python",)),
        ({"app.py": "def f(a):\n    pass\n", "tests/test_app.py": "def test_f() -> None:\n    pass\n" * 3}, ()),
        ({"app/py.typed": "", "app/a.py": "def f(a):\n    pass\n"}, ("Python",)),
        ({"lib/py.typed": "", "lib/a.py": "", **{f"app/{i}.py": "def f(a):\n    pass\n" for i in range(6)}}, ()),
        ({"src/a.php": "", "phpstan.neon": ""}, ("PHP",)),
    ],
)
def test_languages_are_told_by_files_configuration_and_annotations(
    tmp_path: Path, files: dict[str, str], languages: tuple[str, ...]
) -> None:
    assert typed_languages(tree(tmp_path, files)) == languages


@pytest.mark.parametrize(
    "files",
    [
        {"k8s/rollout.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n"},
        {"ecs.tf": 'resource "aws_ecs_service" "a" {\n  deployment_circuit_breaker {\n    enable = true\n    rollback = true\n  }\n}\n'},
        {"cdk.ts": "new FargateService(this, 'S', { circuitBreaker: { rollback: true } })"},
        {"cfn.yml": "DeploymentConfiguration:\n  DeploymentCircuitBreaker:\n    Enable: true\n    Rollback: true\n"},
    ],
)
def test_a_controller_that_takes_rollouts_back_is_found_where_it_is_declared(tmp_path: Path, files: dict[str, str]) -> None:
    place = controllers(tree(tmp_path, files))
    assert place is not None
    assert place.path == next(iter(files))


def test_a_circuit_breaker_that_does_not_roll_back_is_none(tmp_path: Path) -> None:
    files = {"ecs.tf": "deployment_circuit_breaker {\n  enable = true\n  rollback = false\n}\n", "notes.md": "kind: Rollout\n"}
    assert controllers(tree(tmp_path, files)) is None
