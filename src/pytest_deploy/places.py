"""Where something stands: a place in a file, and text that remembers its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a file of the repository.

    ``path`` is relative to the repository's root, with forward slashes. ``line`` and ``column`` are 1-based;
    ``end_line`` is the last line of what is meant (``None``: the same line).
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Text(str):
    """A string out of a file that knows where it was written.

    ``line`` and ``column`` (1-based) are those of its first character in the file, quotes included; ``end_line`` and
    ``end_column`` those just behind its last one.
    """

    __slots__ = ("column", "end_column", "end_line", "line", "path")

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __new__(
        cls, value: str, path: str, line: int = 1, column: int = 1, end_line: int | None = None, end_column: int | None = None
    ) -> Self:
        self = super().__new__(cls, value)
        self.path = path
        self.line = line
        self.column = column
        self.end_line = line if end_line is None else end_line
        self.end_column = column + len(value) if end_column is None else end_column
        return self

    @property
    def place(self) -> Place:
        """The place of the first character."""
        return Place(self.path, self.line, self.column, self.end_line)

    def locate(self, line: int, column: int = 1) -> Place:
        """The place in the file of line ``line``, column ``column`` (1-based) *of this text's value*.

        Text that was written in another form than its value (a YAML block scalar, say) overrides this.
        """
        return Place(self.path, self.line + line - 1, column + (self.column - 1 if line == 1 else 0))

    def __getnewargs__(self) -> tuple[str, str, int, int, int, int]:  # type: ignore[override]  # str has one argument, this class six
        return (str(self), self.path, self.line, self.column, self.end_line, self.end_column)
