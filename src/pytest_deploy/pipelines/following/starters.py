"""Programs that start another one in some environment: ``poetry run``, ``npx``, ``bundle exec``, ``python -m``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined

_PYTHON = re.compile(r"(python|pypy)[\d.]*")
_VERSION = re.compile(r"(?<=.)@[^/]*$")
_PACKAGE_RUNNERS = frozenset({"npx", "bunx", "pnpx", "uvx", "dlx", "exec", "x"})

_STARTERS: Mapping[str, tuple[str, str]] = {
    "poetry run": ("-C --directory -P --project", ""),
    "uv run": (
        "--with --with-editable --with-requirements --extra --group --no-group --only-group -p --python --project --directory --env-file "
        "--package -f --find-links -i --index-url --index --default-index --cache-dir --config-file -m --module",
        "--directory",
    ),
    "uv tool run": ("--from --with -p --python", ""),
    "uvx": ("--from --with -p --python", ""),
    "pdm run": ("-p --project -e --env-file", "-p --project"),
    "pipenv run": ("", ""),
    "hatch run": ("-e --env", ""),
    "rye run": ("--pyproject", ""),
    "pipx run": ("--spec --python --pip-args", ""),
    "conda run": ("-n --name -p --prefix --cwd", "--cwd"),
    "mamba run": ("-n --name -p --prefix --cwd", "--cwd"),
    "micromamba run": ("-n --name -p --prefix --cwd", "--cwd"),
    "pixi run": ("-e --environment --manifest-path", ""),
    "npx": ("-p --package -w --workspace --prefix -c --call", "--prefix"),
    "bunx": ("-p --package", ""),
    "pnpx": ("-p --package", ""),
    "npm exec": ("-p --package -w --workspace --prefix -c --call", "--prefix"),
    "pnpm exec": ("-C --dir -F --filter", "-C --dir"),
    "pnpm dlx": ("--package", ""),
    "yarn exec": ("--cwd", "--cwd"),
    "yarn dlx": ("-p --package", ""),
    "bun x": ("-p --package", ""),
    "bundle exec": ("--gemfile", ""),
    "corepack": ("", ""),
    "newrelic-admin run-program": ("", ""),
    "ddtrace-run": ("", ""),
    "opentelemetry-instrument": ("--traces_exporter --metrics_exporter --service_name", ""),
    "mise exec": ("", ""),
    "mise x": ("", ""),
    "asdf exec": ("", ""),
    "rtx exec": ("", ""),
    "direnv exec": ("", ""),
    "devbox run": ("-c --config -e --env", ""),
    "nix develop": ("-c --command", ""),
    "dotnet tool run": ("", ""),
    "rbenv exec": ("", ""),
    "pyenv exec": ("", ""),
    "volta run": ("--node --npm --yarn", ""),
    "fnm exec": ("--using", ""),
}
"""What starts -> its options that take a word, and those of them that change the directory."""


def started(call: Call) -> Behind | None:
    """The command that a starter runs."""
    if _PYTHON.fullmatch(call.name):
        return _module(call)
    for count in (3, 2, 1):
        if len(call.words) > count and (found := _STARTERS.get(" ".join((call.name, *call.words[1:count])))) is not None:
            return _behind(call, call.words[count:], *found, package=call.words[count - 1].rpartition("/")[2] in _PACKAGE_RUNNERS)
    return None


def _module(call: Call) -> Behind | None:
    for index, word in enumerate(call.arguments):
        if word == "-m" and index + 1 < len(call.arguments):
            return _instead(call, call.arguments[index + 1 :], call.directory)
        if not word.startswith("-") or word == "-c":
            break
    return None


def _behind(call: Call, words: tuple[str, ...], valued: str, moves: str, *, package: bool) -> Behind | None:
    directory = call.directory
    index = 0
    while index < len(words) and words[index].startswith("-"):
        word, equals, value = words[index].partition("=")
        index += 1
        if word == "--":
            break
        if word in valued.split():
            if not equals and index < len(words):
                value = words[index]
                index += 1
            if word in moves.split():
                directory = joined(directory, value) or directory
            if word in ("-m", "--module"):
                return _instead(call, (value, *words[index:]), directory)
            if word in ("-c", "--call", "--command") and value:
                return _instead(call, (*value.split(), *words[index:]), directory)
    rest = words[index:]
    if rest[:1] == ("--",):
        rest = rest[1:]
    if not rest:
        return None
    if package:
        rest = (_VERSION.sub("", rest[0]), *rest[1:])
    return _instead(call, rest, directory)


def _instead(call: Call, words: tuple[str, ...], directory: str) -> Behind:
    return Behind((Link(words=words, place=call.place, directory=directory),), instead=True)
