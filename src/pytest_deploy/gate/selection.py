"""Which checks: areas, ids with ``*``, and the paths on the command line."""

from __future__ import annotations

import fnmatch
import os.path
from collections.abc import Iterable
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
    arguments: Iterable[str], *, invocation: Path, root: Path, subjects: Iterable[str], ids: Iterable[str], test_paths: Iterable[str]
) -> Narrowing:
    """Read the path arguments of a command line. ``subjects`` are all that there are, ``ids`` all check ids; ``test_paths`` those
    of pytest's setting.

    Raises ``pytest.UsageError`` for a check that does not exist.
    """
    names, known = sorted(subjects), sorted(ids)
    wanted: dict[str, frozenset[str] | None] = {}
    rest: list[str] = []
    whole = False
    for argument in arguments:
        path, _, name = argument.partition("::")
        subject = _relative(path, invocation, root)
        if subject == CHECKLIST and (name in known or not (root / CHECKLIST).exists()):
            pass
        elif path == CHECKLIST and not (invocation / CHECKLIST).exists():
            subject = CHECKLIST
        elif subject in names:
            if (invocation / path).suffix == ".py":
                rest.append(argument)
                if name and name not in known:
                    continue
        else:
            rest.append(argument)
            below = [] if subject is None or name else [one for one in names if one != CHECKLIST and _below(one, subject)]
            if subject == ".":
                whole = True
            elif below and not _is_for_tests(subject or "", test_paths):
                wanted.update(dict.fromkeys(below))
            continue
        if not name:
            wanted[subject] = None
            continue
        if name not in known:
            raise pytest.UsageError(f"{argument}: there is no check {name!r}{did_you_mean(name, known)}")
        before = wanted.get(subject, frozenset())
        wanted[subject] = None if before is None else before | {name}
    return Narrowing(wanted if wanted and not whole else None, tuple(rest))


def _relative(path: str, invocation: Path, root: Path) -> str | None:
    """A path argument relative to the root; ``None`` when it lies outside."""
    full = Path(os.path.normpath(invocation / path))
    for one in (full, full.parent.resolve() / full.name):
        if one.is_relative_to(root):
            return one.relative_to(root).as_posix()
    return None


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder + "/")


def _is_for_tests(folder: str, test_paths: Iterable[str]) -> bool:
    """A folder of tests may hold Dockerfiles of its own; naming it speaks of the tests."""
    if any(folder == one.strip("./") or _below(folder, one.strip("./")) for one in test_paths):
        return True
    return any(part in ("test", "tests", "testing") for part in folder.split("/"))
