"""CODEOWNERS: who reviews changes to which files."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where forges look, in their order."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern in the style of ``.gitignore`` and those who own what it matches (none: nobody does)."""

    pattern: str
    owners: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The file. The last rule that matches a path is the one that counts."""

    path: str
    rules: tuple[Rule, ...]

    def owners(self, path: str) -> Rule | None:
        """The rule for a path; ``None``: there is none."""
        from pathspec import GitIgnoreSpec

        for rule in reversed(self.rules):
            if GitIgnoreSpec.from_lines([rule.pattern]).match_file(path):
                return rule
        return None


def find(tree: Tree) -> CodeOwners | None:
    """The file that the forge reads; ``None``: there is none, or it cannot be read."""
    for path in PLACES:
        if tree.has(path):
            try:
                return from_text(tree.read(path).text, path)
            except SyntaxProblem:
                return None
    return None


def from_text(text: str, path: str) -> CodeOwners:
    """The rules of a file. Sections (``[Database] @team``), as GitLab has them, give their owners to the lines without any."""
    rules = []
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        plain = line.partition(" #")[0].strip()
        if not plain or plain.startswith("#"):
            continue
        head, mark, rest = plain.lstrip("^").partition("]")
        if head.startswith("[") and mark:
            section = tuple(word for word in rest.split() if "@" in word)
            continue
        words = plain.replace("\\ ", "\0").split()
        owners = tuple(word for word in words[1:] if "@" in word)
        rules.append(Rule(words[0].replace("\0", "\\ "), owners or section, Place(path, number)))
    return CodeOwners(path, tuple(rules))
