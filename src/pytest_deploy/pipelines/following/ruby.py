"""Ruby scripts of the repository, in so far as they start commands that are written out: ``exec "rspec"``, ``step "T", "rails test"``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.pipelines.following.links import Behind, Call, Link, command_line, joined, line_of
from pytest_deploy.pipelines.following.scripts import find
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

_SHEBANG = re.compile(r"#!.*\bruby\b")
_WORD = r"\"(?:[^\"\\\n]|\\.){0,2000}\"|'[^'\n]{0,2000}'"
_STARTS = re.compile(
    rf"^(?P<before>[^#\n]{{0,200}}?)\b(?P<how>system!?|exec|sh|step)[ (]\s*(?P<words>(?:{_WORD})(?:\s*,\s*(?:{_WORD}))*)"
    r"(?P<behind>[^\n]{0,200})",
    re.MULTILINE,
)
_TELLS = re.compile(r"\b(?:exception|or|abort|exit|fail|raise|unless|if)\b|\|\||&&|!")
"""What beside ``system`` makes something of its failure, which by itself it keeps to itself."""

_CI = re.compile(r"require_relative\s+[\"'][./]*config/ci(?:\.rb)?[\"']")
_VALUE = re.compile(r"#\{[^{}\n]*\}")


def ruby(call: Call) -> Behind | None:
    """The commands that a Ruby script starts."""
    if call.name == "ruby":
        word = next((one for one in call.arguments if not one.startswith("-")), "") if "-e" not in call.arguments else ""
    else:
        word = call.words[0] if "/" in call.words[0] else ""
    path = find(call, word) if word else None
    text = call.tree.text(path) if path else None
    if path is None or text is None or not (_SHEBANG.match(text) or (call.name == "ruby" and path.endswith(".rb"))):
        return None
    links = list(_started(path, text, call.directory))
    # Rails' bin/ci runs the steps of config/ci.rb: <https://api.rubyonrails.org/classes/ActiveSupport/ContinuousIntegration.html>
    steps = joined(call.directory, "config/ci.rb")
    if steps and _CI.search(text):
        links += _started(steps, _text(call.tree, steps), call.directory)
    return Behind(tuple(links)) if links else None


def _text(tree: Tree, path: str) -> str:
    return tree.text(path) or ""


def _started(path: str, text: str, directory: str) -> Iterator[Link]:
    for match in _STARTS.finditer(text):
        if match["before"].count('"') % 2 or match["before"].count("'") % 2:
            continue  # it stands in a text
        if match["how"] == "system" and not _TELLS.search(match["before"] + match["behind"]):
            continue
        words = [_VALUE.sub("$VALUE", one[1:-1].replace('\\"', '"')) for one in re.findall(_WORD, match["words"])]
        if match["how"] == "step":
            words = words[1:]
        if words:
            line = words[0] if len(words) == 1 else command_line(words)
            yield Link(Text(line, path, line_of(text, match.start("words"))), directory=directory)
