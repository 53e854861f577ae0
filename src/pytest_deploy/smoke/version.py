"""Which version runs, and whether it is the one that was just deployed."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_deploy.settings import VersionSettings
from pytest_deploy.smoke.failures import AnswerUnreadable
from pytest_deploy.smoke.reading import PointerProblem, at_pointer, json_of, kind_of, name_of, says_json

if TYPE_CHECKING:
    import httpx

_HASH = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}")
_DESCRIBED = re.compile(r"(?P<tag>.+)-\d+-g(?P<hash>[0-9a-f]{7,40})(?:-dirty)?")
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version that must run: any of ``names`` will do (a commit and its tags). ``origin`` says who wants it."""

    names: tuple[str, ...]
    origin: str = "--deploy-version"

    def __str__(self) -> str:
        shown = [name[:12] if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name) else name for name in self.names]
        return " or ".join(shown)

    def is_met_by(self, running: str) -> bool:
        """Whether a version that runs is this one."""
        return any(same(running, name) for name in self.names)


def same(one: str, other: str) -> bool:
    """Whether two names are those of the same version: a short and a long commit hash (7 digits at least), a tag with and without ``v``
    or ``refs/tags/``, what ``git describe`` gives and its commit, an image's reference and its tag, SemVer with and without its build."""
    return any(_alike(a, b) for a in _names(one) for b in _names(other))


def _names(text: str) -> set[str]:
    text = text.strip().strip("\"'").removeprefix("refs/tags/").removeprefix("refs/heads/")
    found = {text}
    if match := _DESCRIBED.fullmatch(text):
        found = {match["hash"]}  # the tag is that of a commit before it
    elif re.fullmatch(r"[^\s:]+(?:/[^\s:]+)*(?::\d+/[^\s:]+)?:[\w][\w.-]*", text):
        found.add(text.rpartition(":")[2])
    plain = {re.sub(r"^[vV](?=\d)", "", name) for name in found}
    built = {name.partition("+")[2] for name in plain if _HASH.fullmatch(name.partition("+")[2].lower())}
    prefixed = {name[len(lead) :] for name in plain for lead in ("sha-", "git-", "sha256:") if name.lower().startswith(lead)}
    return {name for name in (*plain, *(name.partition("+")[0] for name in plain), *built, *prefixed) if name}


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    one, other = one.lower(), other.lower()
    if not (_HASH.fullmatch(one) and _HASH.fullmatch(other)):
        return False
    # Digits alone may be a date, or the number of a build.
    return (one.startswith(other) or other.startswith(one)) and not (one.isdigit() and other.isdigit())


def of_head(root: Path) -> Wanted | None:
    """The commit that is checked out, with its tags; ``None`` where git knows none."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "HEAD").strip()
    if not commit:
        return None
    tags = _git(root, "tag", "--points-at", "HEAD").split()
    return Wanted((commit, *sorted(tags)), "HEAD")


def given(text: str, root: Path) -> Wanted:
    """The version of ``--deploy-version``; that of a tag or branch that git knows may run under the name of its commit, too."""
    text = text.strip()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}").strip()
    # A short hash is known by its whole; where it is ambiguous git knows nothing.
    return Wanted((text, commit) if commit and not commit.startswith(text.lower()) else (commit or text,), "--deploy-version")


def _git(root: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  # no shell, and what is given comes behind an end of options
            ["git", *arguments],  # noqa: S607  # found on PATH
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def running(response: httpx.Response, settings: VersionSettings) -> str:
    """The version that an answer gives.

    Raises ``AnswerUnreadable`` when it gives none where the settings look for it.
    """
    name = name_of(response)
    if not response.is_success:
        raise AnswerUnreadable(f"{name}: it answered {response.status_code} instead of the version")
    if settings.header:
        found = response.headers.get(settings.header, "").strip()
        if not found:
            raise AnswerUnreadable(f"{name}: the answer has no header {settings.header}, in which settings look for the version")
        return _bounded(found, name)
    if settings.pointer or says_json(response):
        try:
            value = at_pointer(json_of(response), settings.pointer)
        except PointerProblem as problem:
            raise AnswerUnreadable(f"{name}: version.pointer {settings.pointer} leads to nothing: {problem}") from None
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            where = f"at {settings.pointer}" if settings.pointer else "there"
            said = "" if settings.pointer else "; set version.pointer to where it stands"
            raise AnswerUnreadable(f"{name}: what stands {where} is no version, but {kind_of(value)}{said}")
        return _bounded(str(value).strip(), name)
    text = response.text.strip()
    if not text:
        raise AnswerUnreadable(f"{name}: the answer is empty; the version is expected there")
    return _bounded(text, name)


def _bounded(text: str, name: str) -> str:
    if len(text) > _LONGEST or "\n" in text or not text.isprintable():
        raise AnswerUnreadable(f"{name}: what it answers is too long for a version; set version.pointer or version.header")
    return text
