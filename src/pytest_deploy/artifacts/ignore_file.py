"""Which files of a build context Docker leaves out: ``.dockerignore``, by Docker's rules (they are not git's).

A pattern stands at the root of the context (``.env`` does not keep ``api/.env`` out, ``**/.env`` does), ``*`` and ``?`` stop at a
slash, ``**`` does not, a pattern that names a folder keeps out what is in it, ``!`` lets in again, and the last word counts.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line: ``lets_in`` for one that begins with ``!``. ``line`` is 1-based."""

    text: str
    expression: re.Pattern[str]
    lets_in: bool
    line: int


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The ignore file of a build context."""

    path: str
    patterns: tuple[Pattern, ...]

    def ignores(self, path: str) -> bool:
        """Whether a file or folder, relative to the context, is left out."""
        parts = path.split("/")
        ways = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        ignored = False
        for pattern in self.patterns:
            if pattern.lets_in == ignored and any(pattern.expression.fullmatch(way) for way in ways):
                ignored = not pattern.lets_in
        return ignored

    def and_also(self, lines: Iterable[str]) -> IgnoreFile:
        """The same with patterns more, such as those of ``COPY --exclude``."""
        return IgnoreFile(self.path, (*self.patterns, *read_patterns(lines)))


def read_patterns(lines: Iterable[str]) -> tuple[Pattern, ...]:
    """The patterns of an ignore file. Those that are no patterns are passed over."""
    found: list[Pattern] = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if line.startswith("#") or not text:
            continue
        lets_in = text.startswith("!")
        text = text[1:].strip() if lets_in else text
        if not text:
            continue
        text = posixpath.normpath(text).lstrip("/")
        expression = _expression(text)
        with contextlib.suppress(re.error):  # a range that runs backwards
            if expression is not None:
                found.append(Pattern(text, re.compile(expression), lets_in, number))
    return tuple(found)


_CLASS = re.compile(r"\[(?P<not>\^?)(?P<members>(?:\\.|[^\]\\])+)\]")


def _expression(text: str) -> str | None:
    """The regular expression of a pattern; ``None`` for one with an open bracket, with which Docker refuses to build."""
    out: list[str] = []
    index = 0
    while index < len(text):
        character = text[index]
        index += 1
        if character == "*" and text.startswith("*", index):
            index += 1
            if text.startswith("/", index):
                index += 1
            out.append(".*" if index == len(text) else "(?:.*/)?")
        elif character == "*":
            out.append("[^/]*")
        elif character == "?":
            out.append("[^/]")
        elif character == "\\":
            out.append(re.escape(text[index : index + 1] or "\\"))
            index += 1
        elif character == "[":
            found = _CLASS.match(text, index - 1)
            if found is None:
                return None
            members = re.sub(r"\\?(.)", lambda one: "-" if one[0] == "-" else re.escape(one[1]), found["members"])
            out.append(f"[{'^' if found['not'] else ''}{members}]")
            index = found.end()
        else:
            out.append(re.escape(character))
    return "".join(out)


def for_build(tree: Tree, dockerfile: str, context: str) -> IgnoreFile | None:
    """The ignore file that holds for a build: ``NAME.dockerignore`` beside the Dockerfile, else ``.dockerignore`` (for Podman,
    ``.containerignore``) at the root of the context. ``None``: there is none."""
    root = "" if context in ("", ".") else context.rstrip("/") + "/"
    for path in (f"{dockerfile}.dockerignore", f"{root}.dockerignore", f"{root}.containerignore"):
        text = tree.text(path)
        if text is not None:
            return IgnoreFile(path, read_patterns(text.split("\n")))
    return None
