"""The settings file of a repository: ``[tool.pytest-deploy]`` of pyproject.toml, or the top of deploy.toml."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from pytest_deploy.checks.registry import AREAS
from pytest_deploy.pipelines.acts import Role
from pytest_deploy.pipelines.environments import EnvironmentKind
from pytest_deploy.settings import Settings

_TABLE = "tool.pytest-deploy"
_AT = re.compile(r" - at `(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`")


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings and where they stand: ``path`` relative to the repository's root, empty when there is no such file."""

    settings: Settings
    path: str = ""
    text: str = ""

    def key(self, name: str) -> str:
        """A key as a person finds it: ``pyproject.toml: tool.pytest-deploy.select``."""
        prefix = f"{_TABLE}." if self.path.endswith("pyproject.toml") else ""
        return f"{self.path}: {prefix}{name}"


def load(root: Path, start: Path) -> Configuration:
    """The settings of the repository at ``root``: the nearest file from the folder ``start`` up to it.

    Raises ``pytest.UsageError`` for a file that is no TOML, an unknown key or a wrong type, naming file and key.
    """
    folder = start if start.is_relative_to(root) else root
    while True:
        found = _read(root, folder / "pyproject.toml"), _read(root, folder / "deploy.toml")
        if found[0] and found[1]:
            raise pytest.UsageError(f"settings stand in two places: {found[0].path} and {found[1].path}; keep one of them")
        for one in found:
            if one:
                return one
        if folder == root:
            return Configuration(Settings())
        folder = folder.parent


def _read(root: Path, file: Path) -> Configuration | None:
    if not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return None
    path = file.relative_to(root).as_posix()
    try:
        text = file.read_text(encoding="utf-8-sig")  # editors on Windows write a byte order mark
        data: Any = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if file.name == "pyproject.toml" and isinstance(error, tomllib.TOMLDecodeError) and _TABLE not in text:
            return None  # not ours to complain about
        raise pytest.UsageError(f"{path}: {error}") from None
    except RecursionError:
        raise pytest.UsageError(f"{path}: values nested too deep to be read") from None
    prefix = ""
    if file.name == "pyproject.toml":
        data = data.get("tool", {}).get("pytest-deploy")
        prefix = _TABLE
        if data is None:
            return None
    try:
        return Configuration(msgspec.convert(data, Settings), path, text)
    except msgspec.ValidationError as error:
        raise pytest.UsageError(_complaint(path, prefix, str(error), data)) from None


def _complaint(path: str, prefix: str, message: str, data: Any) -> str:
    """What msgspec says, in the words of a settings file."""
    at = _AT.search(message)
    where = at["path"] if at else "$"
    what = message[: at.start()] if at else message
    key = ".".join(part for part in (prefix, where.removeprefix("$").removeprefix(".")) if part)
    if unknown := _UNKNOWN.match(what):
        name = unknown["name"]
        full = f"{key}.{name}" if key else name
        return f"{path}: {full}: there is no such key{did_you_mean(name, _keys(where))}"
    if missing := _MISSING.match(what):
        return f"{path}: {key}: the key {missing['name']} is missing"
    words = what.replace("`", "").replace("array", "list").replace("object", "table").replace("Expected", "expected")
    return f"{path}: {key or 'the whole file'}: {words}"


def _keys(where: str) -> list[str]:
    """The keys of the table at a msgspec path such as ``$.waivers[0]``."""
    kind: Any = Settings
    for part in re.findall(r"\.(\w+)", where):
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)} if _is_struct(kind) else {}
        kind = _struct_in(fields.get(part))
    return [field.encode_name for field in msgspec.structs.fields(kind)] if _is_struct(kind) else []


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _struct_in(kind: Any) -> Any:
    if _is_struct(kind):
        return kind
    return next((found for one in get_args(kind) if (found := _struct_in(one))), None)


def validate(configuration: Configuration, known: Callable[[], Iterable[str]]) -> None:
    """Look at the names in the settings that only the checks, roles and environments tell.

    ``known`` gives the ids of all checks; it is called only where a check is named, since that imports them all. Raises
    ``pytest.UsageError`` for one that does not exist.
    """
    settings = configuration.settings
    for name in ("select", "ignore", "required", "advisory"):
        check_patterns(getattr(settings, name), known, configuration.key(name))
    for number, waiver in enumerate(settings.waivers):
        if waiver.check not in (ids := set(known())):
            raise pytest.UsageError(
                f"{configuration.key(f'waivers[{number}].check')}: there is no check {waiver.check!r}{did_you_mean(waiver.check, ids)}"
            )
    for name, names in (("roles", get_args(Role)), ("environments", get_args(EnvironmentKind))):
        for word in getattr(settings, name):
            if word not in names:
                raise pytest.UsageError(
                    f"{configuration.key(f'{name}.{word}')}: there is no such key{did_you_mean(word, names)}; one of {', '.join(names)}"
                )


def check_patterns(patterns: Iterable[str], known: Callable[[], Iterable[str]], where: str) -> None:
    """Raises ``pytest.UsageError`` for a pattern that is no area and matches no check id (of those that ``known`` gives). ``where`` names
    the setting or option."""
    from pytest_deploy.gate.selection import matches

    for pattern in patterns:
        if pattern == "*" or pattern in AREAS:
            continue
        ids = list(known())
        if any(matches(pattern, one, "") for one in ids):
            continue
        raise pytest.UsageError(f"{where}: there is no check or area {pattern!r}{did_you_mean(pattern, [*ids, *AREAS])}")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``; did you mean X?`` for a name that is like one of ``names``, else nothing."""
    near = nearest(name, names)
    return f"; did you mean {near}?" if near else ""


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that is most like ``name``; empty when none is near."""
    return next(iter(difflib.get_close_matches(name, sorted(names), 1, 0.5)), "")
