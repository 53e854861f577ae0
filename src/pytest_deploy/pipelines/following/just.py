"""``just``: recipes of a justfile and of what they need."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, options, upwards, within
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

_NAMES = ("justfile", "Justfile", ".justfile")
_VALUED = "-f --justfile -d --working-directory --set --shell -E --dotenv-path --dotenv-filename"
_HEADER = re.compile(r"^@?([A-Za-z_][\w-]*)((?:\s+[+*$]?[A-Za-z_]\w*(?:\s*=\s*(?:'[^']*'|\"[^\"]*\"|`[^`]*`|[\w.-]+))?)*)\s*:(?!=)\s*(.*)$")
_VARIABLE = re.compile(r"^(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(?:'([^']*)'|\"([^\"]*)\")\s*$")


@dataclass(slots=True)
class _Recipe:
    parameters: list[tuple[str, str | None]] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    lines: list[tuple[int, int, str]] = field(default_factory=list)
    path: str = ""


@dataclass(slots=True)
class _Justfile:
    recipes: dict[str, _Recipe] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    pipefail: bool = False
    errexit: bool = False


def just(call: Call) -> Behind | None:
    """The recipes that ``just RECIPE`` runs."""
    if call.name != "just":
        return None
    found = options(call.arguments, _VALUED)
    if found.flags & {"-l", "--list", "-n", "--dry-run", "--fmt", "--summary", "--evaluate"}:
        return None
    given = found.last("-f", "--justfile")
    path = joined(call.directory, given) if given else None
    for folder in upwards(call.directory) if not given else []:
        path = next((p for name in _NAMES if call.tree.has(p := within(folder, name))), None)
        if path:
            break
    if path is None or not call.tree.has(path):
        return None
    file = _Justfile()
    _parse(call.tree, path, file, set())
    words = [word for word in found.rest if not re.match(r"\w+=", word)] or list(file.recipes)[:1]
    directory = posixpath.dirname(path)
    if (moved := found.last("-d", "--working-directory")) is not None:
        directory = joined(call.directory, moved) or directory
    links: list[Link] = []
    done: set[str] = set()
    while words:
        name, *words = words
        recipe = file.recipes.get(file.aliases.get(name, name))
        if recipe is None:
            continue
        count = len(words) if any(key[0] in "+*" for key, _ in recipe.parameters) else min(len(recipe.parameters), len(words))
        links.extend(_recipe(file, file.aliases.get(name, name), tuple(words[:count]), directory, (), done))
        words = words[count:]
    return Behind(tuple(links)) if links else None


def _recipe(file: _Justfile, name: str, arguments: tuple[str, ...], directory: str, via: tuple[str, ...], done: set[str]) -> Iterator[Link]:
    recipe = file.recipes.get(name)
    if recipe is None or (name in done and not arguments) or len(via) > 10:
        return
    done.add(name)
    values = dict(file.variables)
    for index, (parameter, default) in enumerate(recipe.parameters):
        if parameter[0] in "+*":
            values[parameter.lstrip("+*$")] = " ".join(arguments[index:]) or default or ""
        else:
            value = arguments[index] if index < len(arguments) else default
            if value is not None:
                values[parameter.lstrip("$")] = value
    after = recipe.needs.index("&&") if "&&" in recipe.needs else len(recipe.needs)
    for need in recipe.needs[:after]:
        yield from _recipe(file, need, (), directory, (*via, f"recipe {need}"), done)
    lines = recipe.lines
    if lines and lines[0][2].startswith("#!"):
        if re.search(r"\b(bash|sh|zsh)\b", lines[0][2]):
            body = "\n".join(_filled(text, values) for _, _, text in lines)
            yield Link(Text(body, recipe.path, lines[0][0], lines[0][1]), directory=directory, via=via)
    else:
        for number, column, text in lines:
            match = re.match(r"[@-]*", text)
            prefix = match[0] if match else ""
            swallowed = "the `-` before the recipe's line" if "-" in prefix else ""
            script = Text(_filled(text[len(prefix) :], values), recipe.path, number, column + len(prefix))
            yield Link(script, directory=directory, errexit=file.errexit, pipefail=file.pipefail, via=via, swallowed=swallowed)
    for need in recipe.needs[after + 1 :]:
        yield from _recipe(file, need, (), directory, (*via, f"recipe {need}"), done)


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{\s*([\w-]+)\s*\}\}", lambda match: values.get(match[1], match[0]), text)


def _parse(tree: Tree, path: str, file: _Justfile, seen: set[str]) -> None:
    if path in seen or len(seen) > 10:
        return
    seen.add(path)
    recipe: _Recipe | None = None
    indentation = 0
    continued = False
    for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
        if line[:1] in (" ", "\t"):
            if recipe is not None and line.strip():
                indentation = indentation or len(line) - len(line.lstrip())
                text = line[indentation:] if not line[:indentation].strip() else line.lstrip()
                if continued:
                    start, column, before = recipe.lines[-1]
                    recipe.lines[-1] = (start, column, f"{before}\n{text}")
                else:
                    recipe.lines.append((number, indentation + 1, text))
                continued = line.endswith("\\")
            continue
        if not line.strip():
            continue
        recipe, indentation, continued = None, 0, False
        if match := _VARIABLE.match(line):
            file.variables[match[1]] = match[2] if match[2] is not None else match[3]
        elif match := re.match(r"alias\s+([\w-]+)\s*:=\s*([\w-]+)", line):
            file.aliases[match[1]] = match[2]
        elif match := re.match(r"set\s+shell\s*:=\s*\[(.*)\]", line):
            file.errexit, file.pipefail = bool(re.search(r"-\w*e\w*", match[1])), "pipefail" in match[1]
        elif match := re.match(r"import\??\s+['\"]([^'\"]+)['\"]", line):
            target = joined(posixpath.dirname(path), match[1])
            if target is not None:
                _parse(tree, target, file, seen)
        elif match := _HEADER.match(line):
            recipe = _Recipe(list(_parameters(match[2])), _needs(match[3]), path=path)
            file.recipes[match[1]] = recipe


def _parameters(text: str) -> Iterator[tuple[str, str | None]]:
    for match in re.finditer(r"([+*$]*[A-Za-z_]\w*)(?:\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.-]+)))?", text):
        yield match[1], next((one for one in match.groups()[1:] if one is not None), None)


def _needs(text: str) -> list[str]:
    text = re.sub(r"\s+#.*$", "", text)
    return [match[1] or match[0] for match in re.finditer(r"\(\s*([\w-]+)[^)]*\)|&&|[\w-]+", text)]
