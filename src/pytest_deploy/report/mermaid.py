"""Release paths as a Mermaid flowchart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pytest_deploy.report.result import PathStep

_EDGES = 300
_CHARACTERS = 40_000
"""Mermaid as GitHub runs it draws nothing at all beyond 500 edges or 50,000 characters."""
_NAME = 60
_SIGNS = '%"#&<>`;\\{}[]()|*_~'
_LIST = re.compile(r"[-+]|\d+[.)]")


def flowchart(paths: Sequence[Sequence[PathStep]]) -> tuple[str, int]:
    """The text of a graph of the paths, and how many paths did not fit. Paths that begin alike share their beginning; those with
    a gap come first."""
    chart = _Chart()
    chosen = sorted(paths, key=lambda path: not any(step.mark == "✗" for step in path))
    for number, path in enumerate(chosen):
        if not chart.add(path):
            return chart.text(), len(chosen) - number
    return chart.text(), 0


class _Chart:
    def __init__(self) -> None:
        self.nodes: dict[tuple[PathStep, ...], str] = {}
        self.lines: list[str] = []
        self.edges = 0
        self.size = 0

    def add(self, path: Sequence[PathStep]) -> bool:
        """Draw a path, or say that there is no room for it."""
        new = list(self._new(path))
        size = sum(len(line) + 1 for _, line in new)
        if self.edges + len(new) > _EDGES or self.size + size > _CHARACTERS:
            return False
        for prefix, line in new:
            self.nodes[prefix] = f"n{len(self.nodes)}"
            self.lines.append(line)
        self.edges += len(new)
        self.size += size
        return True

    def _new(self, path: Sequence[PathStep]) -> Iterator[tuple[tuple[PathStep, ...], str]]:
        """The beginnings of the path that are not drawn yet, each with its line."""
        before = ""
        number = len(self.nodes)
        for end in range(1, len(path) + 1):
            prefix = tuple(path[:end])
            name = self.nodes.get(prefix)
            if name is None:
                name = f"n{number}"
                number += 1
                yield prefix, f"  {before} --> {_node(name, path[end - 1])}" if before else f"  {_node(name, path[end - 1])}"
            before = name

    def text(self) -> str:
        """The whole graph."""
        return "\n".join(
            [
                "flowchart LR",
                "  classDef holds stroke:#1a7f37,stroke-width:2px",
                "  classDef missing stroke:#d1242f,stroke-width:3px,stroke-dasharray:4",
                *self.lines,
                "",
            ]
        )


def _node(name: str, step: PathStep) -> str:
    label = " ".join(step.name.split())
    if len(label) > _NAME:
        label = label[: _NAME - 1] + "…"
    # Mermaid's own escapes: without them a name could end its label, begin a directive, or be read as Markdown ("1. Build" is
    # drawn as "Unsupported markdown: list").
    found = _LIST.match(label)
    lead = found.end() - 1 if found else -1
    safe = "".join(f"#{ord(one)};" if one in _SIGNS or index == lead or not one.isprintable() else one for index, one in enumerate(label))
    kind = {"✓": ":::holds", "✗": ":::missing", "": ""}[step.mark]
    return f'{name}["{safe} {step.mark}"]{kind}' if step.mark else f'{name}["{safe}"]'
