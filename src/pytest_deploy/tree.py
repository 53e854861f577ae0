"""The files of a repository: which there are, and their text."""

from __future__ import annotations

import codecs
import functools
import os
import re
import stat
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place

T = TypeVar("T")

LARGEST = 5_000_000
"""A file with more bytes than this is reported, not read."""

_LONGEST_PATH = 4096

_PASSED_OVER = {".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".terraform"}


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file, without a byte order mark and with ``\\n`` line ends."""

    path: str
    text: str

    def line(self, number: int) -> str:
        """Line ``number`` (1-based), without its end; empty when there is none."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


class Tree:
    """All files below ``root`` that belong to the repository, as sorted relative paths with forward slashes.

    With git: tracked files and those that it does not ignore. Without: a walk that honours ``.gitignore`` files. Links that leave
    the root are passed over, and so is what is no file (a pipe, say). ``exclude`` holds further patterns in the style of ``.gitignore``.

    A path is text that can be shown: what cannot (control characters, bytes that are no UTF-8) stands in it as an escape, ``\\n``.
    """

    def __init__(self, root: Path, exclude: tuple[str, ...] = ()) -> None:
        self.root = root.resolve()
        self.exclude = exclude

    @functools.cached_property
    def files(self) -> tuple[str, ...]:
        """The paths."""
        listed = _from_git(self.root)
        if listed is None:
            listed = _from_walk(self.root)
        if self.exclude:
            from pathspec import GitIgnoreSpec

            spec = GitIgnoreSpec.from_lines(self.exclude)
            listed = [path for path in listed if not spec.match_file(path)]
        inside = [path for path in listed if self._inside(path)]
        self._on_disk.update((shown, path) for path in inside if (shown := printable(path)) != path)
        return tuple(sorted({printable(path) for path in inside}))

    @functools.cached_property
    def _on_disk(self) -> dict[str, str]:
        """The names on the disk of files that are shown under another."""
        return {}

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """The same as a set."""
        return frozenset(self.files)

    def _inside(self, path: str) -> bool:
        full = f"{self.root}/{path}"
        try:
            mode = os.lstat(full).st_mode
            if not stat.S_ISLNK(mode) and not self._linked(path.rpartition("/")[0]):
                return stat.S_ISREG(mode)
            target = Path(full).resolve(strict=True)
            return target.is_relative_to(self.root) and target.is_file()
        except (OSError, RuntimeError):
            return False

    def _linked(self, folder: str) -> bool:
        """Whether a folder, or one above it, is a link."""
        if not folder:
            return False
        if folder not in self._links:
            self._links[folder] = self._linked(folder.rpartition("/")[0]) or (self.root / folder).is_symlink()
        return self._links[folder]

    @functools.cached_property
    def _links(self) -> dict[str, bool]:
        return {}

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Paths whose whole text matches a regular expression, without regard to case."""
        if pattern not in self._matched:
            match = re.compile(pattern, re.IGNORECASE).fullmatch
            self._matched[pattern] = tuple(path for path in self.files if match(path))
        return self._matched[pattern]

    @functools.cached_property
    def _matched(self) -> dict[str, tuple[str, ...]]:
        return {}

    def kept(self, read: Callable[[Tree, str], T], path: str) -> T:
        """What ``read`` (a function of a module) makes of a path, worked out once."""
        if (read, path) not in self._kept:
            self._kept[read, path] = read(self, path)
        return self._kept[read, path]  # type: ignore[no-any-return]  # what this very function gave

    @functools.cached_property
    def _kept(self) -> dict[tuple[Callable[..., Any], str], Any]:
        return {}

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self.known

    def has_folder(self, path: str) -> bool:
        """Whether there is such a folder (with a file in it)."""
        return path in ("", ".") or path.rstrip("/") in self._folders

    @functools.cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(parent for path in self.files for parent in _parents(path))

    def read(self, path: str) -> Source:
        """The text of a file.

        Raises ``SyntaxProblem`` at its place when there is none in the repository, or it is too large, binary, not UTF-8 or cannot be
        opened.
        """
        cached = self._read.get(path)
        if cached is None:
            try:
                cached = self._load(path)
            except SyntaxProblem as problem:
                cached = problem
            self._read[path] = cached
        if isinstance(cached, SyntaxProblem):
            raise SyntaxProblem(cached.message, cached.place)
        return cached

    @functools.cached_property
    def _read(self) -> dict[str, Source | SyntaxProblem]:
        return {}

    def _load(self, path: str) -> Source:
        if path not in self.known:
            raise SyntaxProblem("there is no such file in the repository", Place(path))
        full = self.root / self._on_disk.get(path, path)
        try:
            size = full.stat().st_size
            if size > LARGEST:
                raise SyntaxProblem(f"the file has {size:,} bytes, more than the {LARGEST:,} that are read", Place(path))
            data = full.read_bytes()
        except OSError as error:
            raise SyntaxProblem(f"the file cannot be read: {error.strerror}", Place(path)) from None
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SyntaxProblem("the file is UTF-16; only UTF-8 is read", Place(path))
        if b"\0" in data:
            raise SyntaxProblem("the file is binary: it has a NUL byte", Place(path, data[: data.index(b"\0")].count(b"\n") + 1))
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise SyntaxProblem(f"the file is not UTF-8: byte 0x{data[error.start]:02x}", Place(path, line)) from None
        return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))

    def text(self, path: str) -> str | None:
        """The text of a file, or ``None`` where there is none to read."""
        if path not in self.known:
            return None
        try:
            return self.read(path).text
        except SyntaxProblem:
            return None


def printable(path: str) -> str:
    """A path as it can be shown: control characters, those that turn the direction of writing, and bytes that are no UTF-8 as escapes,
    and the first of two colons, which in the id of a test end the path."""
    path = path.replace("::", "\\x3a:")
    if path.isprintable():
        return path
    return "".join(_escaped(one) if unicodedata.category(one) in _UNSHOWN or one in _TURNS else one for one in path)


_UNSHOWN = {"Cc", "Cs", "Zl", "Zp"}
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python keeps a byte of a file name that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: index + 1]) for index in range(len(parts))]


def _from_git(root: Path) -> list[str] | None:
    # Without the caller's GIT_* variables: a hook that runs the gate sets GIT_DIR to another repository's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # fixed arguments
            ["git", "-c", "core.quotepath=off", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607  # found on PATH
            cwd=root,
            env=environment,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    if done.returncode != 0:
        return None
    return sorted({os.fsdecode(name) for name in done.stdout.split(b"\0") if name})


def _from_walk(root: Path) -> list[str]:
    from pathspec import GitIgnoreSpec

    found: list[str] = []
    specs: dict[str, GitIgnoreSpec] = {}

    def ignored(path: str, above: list[tuple[str, GitIgnoreSpec]]) -> bool:
        return any(spec.match_file(path[len(parent) :]) for parent, spec in above)

    for folder, folders, names in os.walk(root):
        relative = Path(folder).relative_to(root).as_posix()
        prefix = "" if relative == "." else relative + "/"
        patterns = Path(folder) / ".gitignore"
        if ".gitignore" in names and patterns.is_file() and not patterns.is_symlink():  # as git, which follows no link here
            try:
                lines = patterns.read_text(encoding="utf-8", errors="replace").splitlines()
                specs[prefix] = GitIgnoreSpec.from_lines(line for line in lines if len(line) <= _LONGEST_PATH)
            except (OSError, ValueError):
                pass  # without it there are more files, not fewer
        above = [(one, specs[one]) for one in ("", *(f"{parent}/" for parent in _parents(prefix))) if one in specs]
        folders[:] = sorted(one for one in folders if one not in _PASSED_OVER and not ignored(f"{prefix}{one}/", above))
        found.extend(prefix + name for name in names if not ignored(prefix + name, above))
    return found
