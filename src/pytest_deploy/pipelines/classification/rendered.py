"""A script with its known expressions put in, which still knows where its lines were written."""

from __future__ import annotations

from bisect import bisect_right

from pytest_deploy.pipelines.model import Template
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.places import Place, Text


class RenderedText(Text):
    """Text that was made from other text: places are those of the original."""

    __slots__ = ("marks", "original", "starts")

    original: Text
    marks: list[tuple[int, int]]
    """(offset here, offset in the original) at the start of each part."""
    starts: list[int]

    def locate(self, line: int, column: int = 1) -> Place:
        """The place in the file of what stands there in the original."""
        lines = self.split("\n")
        offset = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
        index = max(bisect_right(self.starts, offset) - 1, 0)
        here, there = self.marks[index]
        literal = index % 2 == 0
        at = there + (offset - here if literal else 0)
        before = self.original[: min(at, len(self.original))]
        return self.original.locate(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def rendered(template: Template, scope: Scope) -> Text:
    """The text of a template as far as it is known in a scope."""
    if template.constant is not None:
        return template.text
    text = str(template.text)
    marks: list[tuple[int, int]] = []
    out: list[str] = []
    here = there = 0
    for index, part in enumerate(template.parts):
        if isinstance(part, str):
            found = text.find(part, there) if part else there
            there = found if found >= 0 else there
            piece = part
        else:
            following = next((one for one in template.parts[index + 1 :] if isinstance(one, str) and one), "")
            piece = scope.render(Template(template.text, (part,)))
        # literal text has even places among the marks, expressions odd ones
        if len(marks) % 2 != (0 if isinstance(part, str) else 1):
            marks.append((here, there))
        marks.append((here, there))
        out.append(piece)
        here += len(piece)
        if isinstance(part, str):
            there += len(part)
        else:
            end = text.find("}}", there)
            there = text.find(following, end + 2 if end >= 0 else there) if following else len(text)
            there = max(there, 0)
    self = RenderedText("".join(out), template.text.path, template.text.line, template.text.column, template.text.end_line)
    self.original, self.marks, self.starts = template.text, marks, [mark[0] for mark in marks]
    return self
