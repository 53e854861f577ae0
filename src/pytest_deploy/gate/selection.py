"""Which checks: areas, ids with ``*``, and the paths on the command line."""

from __future__ import annotations

import fnmatch
import os.path
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_deploy.gate.configuration import did_you_mean

CHECKLIST = "checklist"
"""The subject of checks that are about the repository as a whole."""


def matches(pattern: str, check: str, area: str) -> bool:
    """Whether a pattern of ``select`` or ``ignore`` speaks of a check: an area, an id, or an id with ``*``."""
    return pattern == area or fnmatch.fnmatchcase(check, pattern)


def chosen(check: str, area: str, select: Iterable[str], ignore: Iterable[str]) -> bool:
    """Whether a check is selected and not ignored."""
    return any(matches(one, check, area) for one in select) and not any(matches(one, check, area) for one in ignore)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the paths on the command line leave of the gate.

    ``wanted`` maps subjects to the ids that are asked for (``None``: all of them); ``None`` as a whole leaves the gate as it is.
    ``rest`` are the arguments that pytest itself looks at.
    """

    wanted: dict[str, frozenset[str] | None] | None
    rest: tuple[str, ...]

    def admits(self, subject: str, check: str) -> bool:
        """Whether a check of a subject is asked for."""
        if self.wanted is None:
            return True
        if subject not in self.wanted:
            return False
        ids = self.wanted[subject]
        return ids is None or check in ids


def narrow(
    arguments: Iterable[str], *, invocation: Path, root: Path, subjects: Mapping[str, frozenset[str]], test_paths: Iterable[str]
) -> Narrowing:
    """Read the path arguments of a command line. ``subjects`` are all that there are, with the ids of their checks; ``test_paths``
    those of pytest's setting.

    Raises ``pytest.UsageError`` for a check that does not exist.
    """
    wanted: dict[str, frozenset[str] | None] = {}
    rest: list[str] = []
    whole = False
    for argument in arguments:
        path, _, name = argument.partition("::")
        subject = _subject(path, name, invocation, root, subjects)
        if subject is None:
            rest.append(argument)
            folder = _relative(path, invocation, root)
            whole = whole or folder == "."
            if folder not in (None, ".") and not name and not _is_for_tests(folder, test_paths):
                wanted.update(dict.fromkeys(one for one in subjects if one.startswith(f"{folder}/")))
            continue
        if path.endswith(".py"):
            rest.append(argument)  # a module of tests may be a subject, too
        if name and name not in subjects[subject]:
            if path.endswith(".py"):
                continue
            raise pytest.UsageError(f"{argument}: {path} has no check {name!r}{did_you_mean(name, subjects[subject])}")
        before = wanted.get(subject, frozenset())
        wanted[subject] = before | {name} if name and before is not None else None
    return Narrowing(wanted if wanted and not whole else None, tuple(rest))


def _subject(path: str, name: str, invocation: Path, root: Path, subjects: Mapping[str, frozenset[str]]) -> str | None:
    """The subject that a path argument names. ``checklist`` is one, unless it is a file or folder and no check follows."""
    relative = _relative(path, invocation, root)
    if relative == CHECKLIST or (path == CHECKLIST and not (invocation / CHECKLIST).exists()):
        is_ours = name in subjects.get(CHECKLIST, ()) or not (root / CHECKLIST).exists()
        return CHECKLIST if is_ours and CHECKLIST in subjects else None
    return relative if relative in subjects else None


def refuse_unknown(arguments: Iterable[str], invocation: Path) -> None:
    """The arguments that are no subjects, where pytest itself does not look at them.

    Raises ``pytest.UsageError`` for a path that does not exist, and for a file of which there is no check and which is no test.
    """
    for argument in arguments:
        path = invocation / argument.partition("::")[0]
        if not path.exists():
            raise pytest.UsageError(f"file or directory not found: {argument}")
        if path.is_file() and path.suffix != ".py":
            raise pytest.UsageError(f"there are no checks of {argument}")


def _relative(path: str, invocation: Path, root: Path) -> str | None:
    """A path argument relative to the root; ``None`` when it lies outside."""
    full = Path(os.path.normpath(invocation / path))
    for one in (full, full.parent.resolve() / full.name):
        if one.is_relative_to(root):
            return one.relative_to(root).as_posix()
    return None


def _is_for_tests(folder: str, test_paths: Iterable[str]) -> bool:
    """A folder of tests may hold Dockerfiles of its own; naming it speaks of the tests."""
    if any(f"{folder}/".startswith(f"{one.strip('./')}/") for one in test_paths):
        return True
    return any(part in ("test", "tests", "testing") for part in folder.split("/"))
