"""Which typed languages a project is written in."""

from __future__ import annotations

import re

from pytest_deploy.tree import Tree

_FOREIGN = re.compile(
    r"(?:^|.*/)(?:vendor|third_party|node_modules|dist|build|generated|static|public|docs?|examples?|migrations|\.yarn"
    r"|\.github|\.gitlab|\.circleci|\.buildkite|\.devcontainer)/.*"
)
_TESTS = re.compile(r"(?:^|.*/)(?:tests?/.*|test_[^/]*\.py|[^/]*_tests?\.py|conftest\.py)")
"""Tests are seldom annotated, whatever the code that they test is."""

_COMPILED = {"go": "Go", "rs": "Rust", "java": "Java", "kt": "Kotlin", "cs": "C#", "swift": "Swift", "scala": "Scala"}
_PYTHON_FILES = re.compile(r"(?:.*/)?(?:mypy\.ini|\.mypy\.ini|pyrightconfig\.json|\.?pyre_configuration)")
_PYTHON_TABLES = re.compile(r"^\[+(?:tool\.(?:mypy|pyright|basedpyright|pytype|ty|pyre|pyrefly)|mypy)[\].]", re.MULTILINE)
_SWITCHED_OFF = re.compile(r"^typeCheckingMode\s*=\s*[\"']off[\"']", re.MULTILINE)
_CHECKERS = (
    (r"(?:.*/)?(?:phpstan(?:\.dist)?\.neon(?:\.dist)?|psalm(?:\.dist)?\.xml(?:\.dist)?)", "PHP"),
    (r"sorbet/config|(?:.*/)?Steepfile", "Ruby"),
    (r"(?:.*/)?\.flowconfig", "JavaScript"),
)
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(", re.MULTILINE)
_ANNOTATED = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+\w+[ \t]*\((?:[^()]|\([^()]*\))*\)[ \t]*->", re.MULTILINE)
_MOST_FILES = 400


def typed_languages(tree: Tree) -> tuple[str, ...]:
    """The typed languages of the project's own code, by name (rulings 22 and 34)."""
    own = [path for path in tree.files if not _FOREIGN.fullmatch(path)]
    endings = {path.rpartition(".")[2] for path in own if "." in path.rpartition("/")[2]}
    found = [name for ending, name in _COMPILED.items() if ending in endings]
    if any(_is_typescript(path) for path in own):
        found.append("TypeScript")
    if "py" in endings and _typed_python(tree, own):
        found.append("Python")
    found += [name for pattern, name in _CHECKERS if tree.matching(pattern) and name not in found]
    return tuple(found)


def _is_typescript(path: str) -> bool:
    name = path.rpartition("/")[2]
    if not name.endswith((".ts", ".tsx", ".mts", ".cts")) or name.endswith(".d.ts"):
        return False
    # The settings of a tool, and tests in a browser, do not make a JavaScript project a typed one.
    return not re.search(r"\.config\.[mc]?ts$|\.(?:spec|test)\.tsx?$", name)


def _typed_python(tree: Tree, own: list[str]) -> bool:
    if any(_PYTHON_FILES.fullmatch(path) for path in own):
        return True
    for path in own:
        text = (tree.text(path) or "") if path.rpartition("/")[2] in ("pyproject.toml", "setup.cfg", "tox.ini") else ""
        if _PYTHON_TABLES.search(text) and not _SWITCHED_OFF.search(text):
            return True
    modules = [path for path in own if path.endswith(".py")]
    for path in own:
        if path.endswith("/py.typed") and sum(one.startswith(path.removesuffix("py.typed")) for one in modules) * 3 > len(modules):
            return True  # a small package within says nothing of the rest
    defined = annotated = 0
    for path in [one for one in modules if not _TESTS.fullmatch(one)][:_MOST_FILES]:
        text = tree.text(path) or ""
        defined += len(_DEFINED.findall(text))
        annotated += len(_ANNOTATED.findall(text))
    return annotated * 2 > defined
