"""Text that tree-sitter can read: what other languages put into a script is hidden behind words of the same length."""

from __future__ import annotations

import re

_FOREIGN = re.compile(
    # However much is opened and never closed: as long as anybody writes, and no longer.
    r"\$\{\{.{0,1000}?\}\}"  # GitHub, Azure: ${{ inputs.env }}
    r"|\$\[\[.{0,1000}?\]\]"  # GitLab: $[[ inputs.env ]]
    r"|\{\{.{0,1000}?\}\}"  # Jinja, Go, Taskfile, just: {{ .VERSION }}
    r"|<<\s*(?:parameters|pipeline|matrix|inputs)\.[\w.-]+\s*>>"  # CircleCI: << parameters.env >>
    r"|\$\(\w+(?:\.\w+)+\)",  # Azure: $(Build.BuildId)
    re.DOTALL,
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def mask(text: str) -> str:
    """``text`` with the same number of characters, all of them ASCII, in which no expression of a template language is left.

    Offsets into it are offsets into ``text``, and bytes are characters.
    """
    hidden = _FOREIGN.sub(lambda match: "T" * len(match[0]), text)
    return _NOT_ASCII.sub("_", hidden).replace("\0", "_")
