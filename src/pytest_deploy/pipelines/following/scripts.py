"""Shell scripts in the repository: ``bash x.sh``, ``./x``, ``source x.sh``."""

from __future__ import annotations

import posixpath
import re
import shlex

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined
from pytest_deploy.places import Text
from pytest_deploy.syntax.shell.commands import SHELLS, shell_argument
from pytest_deploy.tree import Tree

_SHEBANG = re.compile(r"#!\s*\S*?(?:env\s+(?:-S\s+)?)?(?:/|\b)(bash|sh|zsh|dash|ksh|ash)\b")
_ROOT = re.compile(
    r"^(\$\{?(GITHUB_WORKSPACE|CI_PROJECT_DIR|CIRCLE_WORKING_DIRECTORY|BITBUCKET_CLONE_DIR|WORKSPACE|PWD)\}?|\$\{\{\s*github\.workspace\s*\}\}"
    r"|\$\((?:Build\.SourcesDirectory|System\.DefaultWorkingDirectory)\)|\$\(pwd\)|\$\(git rev-parse --show-toplevel\)|~/project)/"
)
_BESIDE = re.compile(r"^\$(\{?\w+\}?|\(.*\))/")


def script(call: Call) -> Behind | None:
    """The script that a shell is given, or that is called by its path."""
    name = call.name
    if name in SHELLS:
        return _written_out(call) or _given_to_shell(call)
    if call.words[0] in (".", "source"):
        path = find(call, call.words[1]) if len(call.words) > 1 else None
        text = call.tree.text(path) if path else None
        if path is None or text is None:
            return None
        return Behind((Link(Text(text, path), directory=call.directory, variables=_arguments(call.words[1:]), stays=True),))
    if "/" not in call.words[0] and not name.endswith((".sh", ".bash")):
        return None
    path = find(call, call.words[0])
    if path is None:
        return None
    return _followed(call, path, call.words, False, False)


def _written_out(call: Call) -> Behind | None:
    """``sh -c SCRIPT`` behind a runner: what stands in the script itself is taken apart when that is read."""
    place = call.place
    found = shell_argument(call.words, tuple(Text(word, place.path, place.line, place.column) for word in call.words), None)
    return Behind((Link(found[0], directory=call.directory, errexit=found[1], pipefail=found[2]),)) if found else None


def _given_to_shell(call: Call) -> Behind | None:
    errexit = pipefail = False
    words = call.words[1:]
    index = 0
    while index < len(words) and re.match(r"[-+]", words[index]):
        word = words[index]
        index += 1
        if word == "--":
            break
        if word.startswith("--"):
            continue
        if "c" in word or "s" in word:
            return None
        errexit = errexit or (word[0] == "-" and "e" in word)
        if "o" in word.lower() and index < len(words):
            errexit, pipefail = errexit or words[index] == "errexit", pipefail or words[index] == "pipefail"
            index += 1
    if index >= len(words):
        return None
    path = find(call, words[index])
    if path is None:
        return None
    text = call.tree.text(path)
    if text is None:
        return None
    return Behind(
        (Link(Text(text, path), directory=call.directory, errexit=errexit, pipefail=pipefail, variables=_arguments(words[index:])),)
    )


def _followed(call: Call, path: str, words: tuple[str, ...], errexit: bool, pipefail: bool) -> Behind | None:
    text = call.tree.text(path)
    if text is None or not is_shell(path, text):
        return None
    return Behind((Link(Text(text, path), directory=call.directory, errexit=errexit, pipefail=pipefail, variables=_arguments(words)),))


def is_shell(path: str, text: str) -> bool:
    """Whether a file is a shell script: by its first line, else by its name."""
    if text.startswith("#!"):
        return _SHEBANG.match(text.partition("\n")[0]) is not None
    return path.endswith((".sh", ".bash"))


def rooted(word: str) -> str:
    """A path below a folder that is the checkout's root by its name, without that name."""
    return _ROOT.sub("", word + "/" if not word.endswith("/") else word, count=1).rstrip("/") if word[:1] in ("$", "~") else word


def beside(word: str) -> str:
    """A path below a folder that a variable holds, without that folder: that of the script, as a rule."""
    return _BESIDE.sub("", word)


def find(call: Call, word: str) -> str | None:
    """The path in the repository of a script as it is called."""
    return find_in(call.tree, call.directory, word, call.script)


def find_in(tree: Tree, directory: str, word: str, script: str = "") -> str | None:
    """The path of ``word`` seen from a directory: of the checkout's root, beside the calling ``script``, or in a container into whose
    folder the repository was copied."""
    below = rooted(word)
    path = joined("" if below != word else directory, below)
    if path is not None and tree.has(path):
        return path
    name = beside(word)
    if name != word:
        for folder in (posixpath.dirname(script), ""):
            path = joined(folder, name)
            if path is not None and tree.has(path):
                return path
    if word.startswith("/"):
        parts = word.strip("/").split("/")
        for index in range(1, min(len(parts), 4)):
            path = "/".join(parts[index:])
            if "/" in path and tree.has(path):
                return path
    return None


def _arguments(words: tuple[str, ...]) -> dict[str, str]:
    found = {str(index): word for index, word in enumerate(words[1:10], 1) if "$" not in word}
    return {**found, "@": shlex.join(words[1:])}
