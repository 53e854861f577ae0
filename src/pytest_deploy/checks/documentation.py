"""The documentation of a check, taken apart: its examples are run as tests and printed as pages.

The docstring of a check's module is Markdown::

    The final stage does not run as root

    Why it matters, in a few sentences.

    ## Bad
    ```dockerfile Dockerfile:2
    FROM python:3.13-slim
    CMD ["app"]
    ```

    ## Good
    ```dockerfile Dockerfile
    FROM python:3.13-slim
    USER app
    CMD ["app"]
    ```

    ## References
    - <https://docs.docker.com/…>

A fence names its language and its file. In a bad example ``:2`` (or ``:2,5``) are the 1-based lines at which the check must find
something; files without lines are only there to complete the example. A ``###`` heading, or a file that the example already
has, begins another example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of an example: the files that it adds, and its tag (empty: none)."""

    paths: tuple[str, ...]
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A small repository: path -> text. ``expected`` holds (path, line) of each finding that it must give. ``commits`` is its history,
    the oldest first; without one it is no repository of git, and files that none of them has are not tracked."""

    kind: Literal["bad", "good"]
    title: str
    files: Mapping[str, str]
    expected: frozenset[tuple[str, int]] = field(default=frozenset())
    commits: tuple[Commit, ...] = ()


def examples(documentation: str) -> tuple[Example, ...]:
    """All examples of a check's documentation, in order.

    Raises ``ValueError`` when a fence under ``## Bad`` or ``## Good`` names no file.
    """
    from markdown_it import MarkdownIt

    found: list[Example] = []
    kind: Literal["bad", "good"] | None = None
    title = ""
    files: dict[str, str] = {}
    expected: set[tuple[str, int]] = set()
    commits: list[Commit] = []

    def finish() -> None:
        if kind and files:
            found.append(Example(kind, title, dict(files), frozenset(expected), tuple(commits)))
        files.clear()
        expected.clear()
        commits.clear()

    tokens = MarkdownIt().parse(documentation)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            finish()
            title = tokens[index + 1].content
            if token.tag == "h2":
                kind = {"Bad": "bad", "Good": "good"}.get(title)  # type: ignore[assignment]  # get gives a plain str
                title = ""
        elif token.type == "fence" and kind:
            language, _, name = token.info.strip().partition(" ")
            if language == "git":
                before = {path for one in commits for path in one.paths}
                commits.append(Commit(tuple(path for path in files if path not in before), "" if name in ("", "HEAD") else name))
                continue
            path, _, lines = name.partition(":")
            if not path:
                raise ValueError(f"the example in {language!r} names no file: write ```{language or 'yaml'} path/of/file")
            if path in files:
                finish()
            files[path] = token.content
            expected.update((path, int(line)) for line in lines.split(",") if line)
    finish()
    return tuple(found)
