"""Whether a JavaScript build checks types: most do unless told not to (ruling 22)."""

from __future__ import annotations

import posixpath
import re

from pytest_deploy.pipelines.classification.arguments import Arguments
from pytest_deploy.tree import Tree

_CONFIGURATIONS = {
    "next": ("next.config.js", "next.config.mjs", "next.config.cjs", "next.config.ts"),
    "nest": ("nest-cli.json",),
    "webpack": ("webpack.config.js", "webpack.config.ts", "webpack.config.cjs", "webpack.prod.js", "webpack.common.js"),
}
_TOLD_NOT_TO = {
    "next": re.compile(r"ignoreBuildErrors:\s*true"),
    # SWC and webpack with swc-loader only strip types
    "nest": re.compile(r'"builder":\s*(\{\s*"type":\s*)?"swc"'),
    "webpack": re.compile(r"transpileOnly:\s*true"),
}
_CHECKS_TYPES = re.compile(r"ts-loader|awesome-typescript-loader|fork-ts-checker-webpack-plugin")
_COMMENT = re.compile(r"^[^\S\n]*//.*$", re.MULTILINE)


def checks_types(arguments: Arguments, tree: Tree, directory: str) -> bool:
    """Whether this build, which may check types, does so here."""
    kind = {"webpack-cli": "webpack", "rspack": "webpack"}.get(arguments.name, arguments.name)
    if kind not in _CONFIGURATIONS:
        return True
    written = "\n".join(
        _COMMENT.sub("", tree.text(path) or "")
        for name in _CONFIGURATIONS[kind]
        if tree.has(path := posixpath.normpath(posixpath.join(directory, name)))
    )
    if kind == "webpack" and not _CHECKS_TYPES.search(written):
        return False
    if kind == "nest" and "--type-check" in (option for option, _ in arguments.options):
        return True
    forked = kind == "webpack" and "fork-ts-checker" in written
    return forked or not _TOLD_NOT_TO[kind].search(written)
