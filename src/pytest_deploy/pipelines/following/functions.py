"""Functions of sourced scripts: ``source lib.sh`` and, later, ``deploy_to production``."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pytest_deploy.pipelines.following import scripts
from pytest_deploy.pipelines.following.links import Extended, Link, command_line
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

_DEFINED = re.compile(r"^[ \t]*(?:function[ \t]+([\w:.-]+)[ \t]*(?:\([ \t]*\))?|([\w:.-]+)[ \t]*\([ \t]*\))\s*[{(]", re.MULTILINE)
_LOOP = re.compile(r"for (?P<name>\w+) in (?P<words>\S+)")
_MOST_FILES = 50


def defined(text: Text) -> Iterator[str]:
    """The names of the functions that a script defines."""
    for match in _DEFINED.finditer(text):
        yield match[1] or match[2]


def call(text: Text, words: tuple[str, ...], directory: str, *, errexit: bool, pipefail: bool) -> Link:
    """What a call of one of them runs: the script with the call at its end, of which the function alone counts."""
    script = Extended(f"{text}\n{command_line(words)}\n", text)
    return Link(script, directory=directory, errexit=errexit, pipefail=pipefail, function=True)


def of_a_folder(words: tuple[str, ...], guards: tuple[str, ...], tree: Tree, script: str) -> Iterator[Text]:
    """The scripts that a loop over a folder sources: ``for each in "$root"/lib/*.sh; do source "$each"; done``."""
    name = words[1].strip('"${}') if len(words) > 1 else ""
    for guard in guards:
        loop = _LOOP.fullmatch(guard)
        if loop is None or loop["name"] != name:
            continue
        pattern = scripts.beside(loop["words"].replace('"', ""))
        wanted = {posixpath.normpath(posixpath.join(folder, pattern)) for folder in (posixpath.dirname(script), "")}
        paths = [path for path in tree.files if any(fnmatchcase(path, one) and path.count("/") == one.count("/") for one in wanted)]
        for path in paths[:_MOST_FILES]:
            text = tree.text(path)
            if text is not None and scripts.is_shell(path, text):
                yield Text(text, path)
