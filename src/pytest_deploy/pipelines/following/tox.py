"""``tox``: the commands of its environments, from tox.ini, setup.cfg, tox.toml or pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, line_of, options, within
from pytest_deploy.places import Place, Text
from pytest_deploy.tree import Tree

_VALUED = "-e --env -c --conf --workdir --skip-env -x --override --result-json -f -m --root -p --parallel"


@dataclass(slots=True)
class _Section:
    """A section of an ini file: values with the line that they begin at."""

    values: dict[str, tuple[str, int]] = field(default_factory=dict)


def tox(call: Call) -> Behind | None:
    """The commands of the environments that ``tox`` runs."""
    if call.name != "tox":
        return None
    found = options(call.arguments, _VALUED)
    if found.rest and found.rest[0] in ("list", "l", "config", "c", "devenv", "d", "quickrun", "q", "legacy", "le"):
        return None
    conf = found.last("-c", "--conf")
    directory = call.directory
    paths = [within(directory, name) for name in ("tox.ini", "setup.cfg", "pyproject.toml", "tox.toml")]
    if conf and (path := joined(directory, conf)) is not None:
        paths = [path, *(within(path, name) for name in ("tox.ini", "pyproject.toml"))]
    wanted = [one for value in found.all("-e", "--env") for one in _braced(value)] or _braced(call.variables.get("TOXENV", ""))
    for path in paths:
        if call.tree.has(path):
            links = _links(call.tree, path, wanted, found.behind, directory)
            if links:
                return Behind(tuple(links))
    return None


def _links(tree: Tree, path: str, wanted: list[str], arguments: tuple[str, ...], directory: str) -> list[Link]:
    text = tree.text(path) or ""
    if not path.endswith(".toml"):
        return _from_ini(text, path, wanted, arguments, directory)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    config = data if path.endswith("tox.toml") else data.get("tool", {}).get("tox", {})
    if isinstance(legacy := config.get("legacy_tox_ini"), str):
        at = text.find("legacy_tox_ini")
        return _from_ini("\n" * text.count("\n", 0, at) + legacy, path, wanted, arguments, directory)
    return list(_from_toml(config, text, path, wanted, arguments, directory))


def _braced(text: str) -> list[str]:
    """``py{39,310}-test, lint`` as a list."""
    found: list[str] = []
    for part in re.findall(r"(?:[^\s,{}]|\{[^{}]*\})+", text):
        match = re.search(r"\{([^{}]*)\}", part)
        found.extend(
            one for choice in match[1].split(",") for one in _braced(part.replace(match[0], choice.strip(), 1))
        ) if match else found.append(part)
    return found


# --- ini -----------------------------------------------------------------------------------------------------------------


def _from_ini(text: str, path: str, wanted: list[str], arguments: tuple[str, ...], directory: str) -> list[Link]:
    sections = _sections(text)
    core = sections.get("tox") or sections.get("tox:tox") or _Section()
    if "testenv" not in sections and not any(name.startswith("testenv:") for name in sections):
        return []
    listed = core.values.get("envlist") or core.values.get("env_list") or ("py", 1)
    environments = wanted or _braced(listed[0]) or ["py"]
    if environments == ["ALL"]:
        environments = [*_braced(listed[0]), *(name.removeprefix("testenv:") for name in sections if name.startswith("testenv:"))]
    links: list[Link] = []
    seen: set[tuple[str, int]] = set()
    for environment in environments:
        for text_, swallowed in _commands(sections, environment, arguments, path):
            if (str(text_), text_.line) not in seen:
                seen.add((str(text_), text_.line))
                links.append(Link(text_, directory=directory, via=(f"env {environment}",), swallowed=swallowed))
    return links


def _sections(text: str) -> dict[str, _Section]:
    sections: dict[str, _Section] = {}
    current = _Section()
    key = ""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            if key:
                current.values[key] = (current.values[key][0] + "\n", current.values[key][1])
        elif match := re.fullmatch(r"\[([^\]]+)\]", stripped):
            for name in _braced(match[1]):
                sections[name] = current = _Section() if name == _braced(match[1])[0] else current
            key = ""
        elif line[0].isspace() and key:
            current.values[key] = (f"{current.values[key][0]}\n{stripped}", current.values[key][1])
        elif match := re.match(r"([\w-]+)\s*[=:]\s*(.*)", line):
            key = match[1].lower()
            current.values[key] = (match[2], number)
    return sections


def _commands(sections: dict[str, _Section], environment: str, arguments: tuple[str, ...], path: str) -> Iterator[tuple[Text, str]]:
    own = sections.get(f"testenv:{environment}", _Section())
    base = sections.get("testenv", _Section())
    factors = set(environment.split("-"))
    for key in ("commands_pre", "commands", "commands_post"):
        found = own.values.get(key) or base.values.get(key)
        if found is None:
            continue
        waiting = ""
        first = 0
        for offset, line in enumerate(_referenced(sections, found[0]).split("\n")):
            if waiting:
                waiting = f"{waiting} {line.strip()}"
            else:
                waiting, first = line.strip(), found[1] + offset
            if waiting.endswith("\\"):
                waiting = waiting[:-1].strip()
                continue
            command = _applies(waiting, factors)
            waiting = ""
            if command:
                swallowed = "the `-` before the command" if command.startswith("-") else ""
                text = _substituted(command.lstrip("-!@ "), arguments)
                yield Text(text, path, first), swallowed or ("ignore_outcome" if _value(own, base, "ignore_outcome") == "true" else "")


def _value(own: _Section, base: _Section, key: str) -> str:
    return (own.values.get(key) or base.values.get(key) or ("", 0))[0].strip().lower()


def _referenced(sections: dict[str, _Section], text: str, depth: int = 0) -> str:
    def put(match: re.Match[str]) -> str:
        section = sections.get(match[1], _Section())
        return _referenced(sections, section.values.get(match[2].lower(), ("", 0))[0], depth + 1).strip("\n")

    return re.sub(r"\{\[([^\]]+)\](\w+)\}", put, text) if depth < 5 else text


def _applies(line: str, factors: set[str]) -> str:
    """The command of a line that is for some environments only (``py39,lint: cmd``); empty where it is not for this one."""
    match = re.match(r"^([!\w.{},-]+):\s+(.*)", line, re.DOTALL)
    if match is None:
        return line
    for condition in _braced(match[1]):
        if all((part[1:] not in factors) if part.startswith("!") else (part in factors) for part in condition.split("-")):
            return match[2]
    return ""


def _substituted(text: str, arguments: tuple[str, ...]) -> str:
    text = re.sub(r"\{posargs(?::((?:[^{}]|\{[^{}]*\})*))?\}", lambda match: " ".join(arguments) if arguments else (match[1] or ""), text)
    text = re.sub(r"\[\]", " ".join(arguments), text)
    text = text.replace("{envpython}", "python").replace("{env_python}", "python").replace("{/}", "/")
    text = re.sub(r"\{(toxinidir|tox_root)\}/?", "", text)
    text = re.sub(r"\{env:(\w+)(?::([^{}]*))?\}", lambda match: f"${{{match[1]}:-{match[2]}}}" if match[2] else f"${match[1]}", text)
    return text.strip()


# --- toml ----------------------------------------------------------------------------------------------------------------


def _from_toml(
    config: dict[str, Any], text: str, path: str, wanted: list[str], arguments: tuple[str, ...], directory: str
) -> Iterator[Link]:
    environments = config.get("env", {})
    base = config.get("env_run_base", {})
    if not isinstance(environments, dict) or not isinstance(base, dict) or not (environments or base):
        return
    for name in wanted or [str(one) for one in config.get("env_list", [])] or ["py"]:
        own = environments.get(name, {})
        for key in ("commands_pre", "commands", "commands_post"):
            for command in own.get(key, base.get(key, [])):
                if isinstance(command, list):
                    words = tuple(_words(command, arguments))
                    if words:
                        yield Link(words=words, place=Place(path, _line(text, name, words[0])), directory=directory, via=(f"env {name}",))


def _words(command: list[Any], arguments: tuple[str, ...]) -> Iterator[str]:
    for word in command:
        if isinstance(word, str):
            yield _substituted(word, ())
        elif isinstance(word, dict) and word.get("replace") == "posargs":
            yield from arguments or tuple(str(one) for one in word.get("default", []))


def _line(text: str, name: str, word: str) -> int:
    at = text.find(f"env.{name}")
    return line_of(text, max(text.find(word, max(at, 0)), 0))
