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
    ("path", "text", "watched"),
    [
        ("k8s/a.yaml", "kind: Canary\n", "kubernetes"),
        ("k8s/a.yaml", "kind: Rollout\nspec:\n  strategy:\n    canary:\n      analysis:\n        templates: []\n", "kubernetes"),
        ("ecs.tf", "deployment_circuit_breaker {\n  enable = true\n  rollback = true\n}\n", "aws"),
        ("cdk.ts", "new FargateService(this, 'S', { circuitBreaker: { rollback: true } })", "aws"),
        ("cfn.yml", "DeploymentCircuitBreaker:\n  Enable: true\n  Rollback: true\n", "aws"),
        ("k8s/a.yaml", "kind: Rollout\nspec: {}\n", None),
        ("ecs.tf", "deployment_circuit_breaker {\n  enable = true\n  rollback = false\n}\n", None),
        ("docs/a.yaml", "kind: Canary\n", None),
        ("notes.md", "kind: Canary\n", None),
    ],
)
def test_a_controller_that_takes_rollouts_back_is_told_by_its_declaration(
    tmp_path: Path, path: str, text: str, watched: str | None
) -> None:
    assert controllers(tree(tmp_path, {path: text})) == ({watched} if watched else set())
