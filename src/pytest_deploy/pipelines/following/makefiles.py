"""``make``: recipes of targets and of what they need, with variables put in and simple includes read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, options, within
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

_NAMES = ("GNUmakefile", "makefile", "Makefile")
_VALUED = "-C --directory -f --file --makefile -j --jobs -l -I -o -W --output-sync"
_ASSIGNMENT = re.compile(r"^(?:(?:export|override|private)\s+)*([\w.-]+)\s*(:::?=|:=|\?=|\+=|!=|=)\s*(.*)$")
_RULE = re.compile(r"^([^\s:#=][^:#=]*?)\s*(::?)(?!=)\s*(.*)$")
_REFERENCE = re.compile(r"\$(?:\(([\w.-]+)\)|\{([\w.-]+)\}|([@<^*?]))")
_IF = re.compile(r"\$[({]if\s+")
_MOST_INCLUDES = 20


@dataclass(frozen=True, slots=True)
class _Line:
    """A logical line of a recipe: ``text`` with its line ends, ``line`` where it begins."""

    text: str
    path: str
    line: int
    column: int


@dataclass(slots=True)
class _Rule:
    needs: list[str] = field(default_factory=list)
    recipe: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _Makefile:
    rules: dict[str, _Rule] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    default: str = ""
    one_shell: bool = False
    ignores: bool = False


def make(call: Call) -> Behind | None:
    """The recipes that ``make TARGET`` runs."""
    if call.name not in ("make", "gmake", "$(MAKE)", "${MAKE}"):
        return None
    found = options(call.arguments, _VALUED)
    if found.flags & {"-n", "--dry-run", "--just-print", "-v", "--version"}:
        return None
    directory: str | None = call.directory
    for folder in found.all("-C", "--directory"):
        directory = joined(directory or "", folder)
        if directory is None:
            return None
    name = found.last("-f", "--file", "--makefile")
    path = joined(directory or "", name) if name else next((p for one in _NAMES if call.tree.has(p := within(directory or "", one))), None)
    if path is None or not call.tree.has(path):
        return None
    file = call.tree.kept(_read, path)
    words = (*found.rest, *found.behind)
    given = {key: value for key, equals, value in (word.partition("=") for word in words) if equals}
    targets = [word for word in words if "=" not in word] or [file.default]
    ignores = bool(found.flags & {"-i", "--ignore-errors"})
    links: list[Link] = []
    done: set[str] = set()
    for target in targets:
        links.extend(_target(file, target, {**call.variables, **file.variables, **given}, given, directory or "", done, (), ignores))
    return Behind(tuple(links)) if links else None


def _target(
    file: _Makefile,
    target: str,
    variables: Mapping[str, str],
    given: Mapping[str, str],
    directory: str,
    done: set[str],
    via: tuple[str, ...],
    ignores: bool,
) -> Iterator[Link]:
    rule, stem = _rule(file, target)
    if rule is None or target in done or len(via) > 20:
        return
    done.add(target)
    needs = [one.replace("%", stem) for need in rule.needs for one in _expand(need, variables).split() if one != "|"]
    for need in needs:
        yield from _target(file, need, variables, given, directory, done, (*via, f"target {need}"), ignores)
    automatic = {"@": target, "<": needs[0] if needs else "", "^": " ".join(needs), "*": stem, "?": " ".join(needs)}
    flags = file.variables.get(".SHELLFLAGS", "")
    errexit, pipefail = bool(re.search(r"(^|\s)-\w*e|errexit", flags)), "pipefail" in flags
    for text, swallowed in _scripts(file, rule, {**variables, **automatic}):
        reason = swallowed or ("make --ignore-errors" if ignores or file.ignores else "")
        yield Link(text, directory=directory, errexit=errexit, pipefail=pipefail, variables=given, via=via, swallowed=reason)


def _scripts(file: _Makefile, rule: _Rule, variables: Mapping[str, str]) -> Iterator[tuple[Text, str]]:
    if file.one_shell and rule.recipe:
        first = rule.recipe[0]
        body = "\n".join(
            _expand(re.sub(r"^[@+-]+", "", line.text) if index == 0 else line.text, variables) for index, line in enumerate(rule.recipe)
        )
        yield Text(body, first.path, first.line, first.column), ""
        return
    for line in rule.recipe:
        match = re.match(r"[@+\-\s]*", line.text)
        prefix = match[0] if match else ""
        text = _expand(line.text[len(prefix) :], variables)
        if text.strip():
            yield Text(text, line.path, line.line, line.column + len(prefix)), "the `-` before the recipe's line" if "-" in prefix else ""


def _rule(file: _Makefile, target: str) -> tuple[_Rule | None, str]:
    if target in file.rules:
        return file.rules[target], ""
    for pattern, rule in file.rules.items():
        if "%" in pattern and rule.recipe:
            head, _, tail = pattern.partition("%")
            if target.startswith(head) and target.endswith(tail) and len(target) > len(head) + len(tail):
                return rule, target[len(head) : len(target) - len(tail)]
    return None, ""


def _expand(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """Variables put in; ``$$`` is ``$``; what make would work out by a function stays a word of its own."""

    def put(match: re.Match[str]) -> str:
        name = match[1] or match[2] or match[3]
        if name == "MAKE":
            return "make"
        value = variables.get(name)
        if value is None:
            # Not known here: from the environment, most likely.
            return "\0{" + name + "}" if match[3] is None else ""
        return _expand(value, variables, depth + 1).replace("$", "\0") if depth < 10 else value

    text = _chosen(text.replace("$$", "\0"), variables, depth)
    text = re.sub(r"\$[({]shell\s+", "\0(", text)
    return _REFERENCE.sub(put, text).replace("\0", "$") if depth == 0 else _REFERENCE.sub(put, text)


def _chosen(text: str, variables: Mapping[str, str], depth: int) -> str:
    """The text with ``$(if CONDITION,THEN,ELSE)`` decided; a variable that nothing sets is empty, as make has it."""
    done = ""
    while depth < 10 and (begin := _IF.search(text)):
        parts, end = _parts(text, begin.end(), ")" if begin[0][1] == "(" else "}")
        if not end:
            break
        known = {name: variables.get(name, "") for name in (match[1] or match[2] or "" for match in _REFERENCE.finditer(parts[0]))}
        holds = _expand(parts[0], {**variables, **known}, depth + 1).strip()
        chosen = ",".join(parts[1:2] if holds else parts[2:])
        done += text[: begin.start()] + _chosen(chosen, variables, depth + 1)
        text = text[end:]
    return done + text


def _parts(text: str, start: int, closing: str) -> tuple[list[str], int]:
    """The arguments of a function of make from ``start`` on, and where it has ended (0: it does not)."""
    opening = "(" if closing == ")" else "{"
    parts: list[str] = []
    level, begin = 0, start
    for match in re.compile(r"[(){},]").finditer(text, start):
        sign = match[0]
        if level == 0 and sign in (closing, ","):
            parts.append(text[begin : match.start()])
            begin = match.end()
            if sign == closing:
                return parts, begin
        level += (sign == opening) - (sign == closing)
    return parts, 0


def _read(tree: Tree, path: str) -> _Makefile:
    file = _Makefile()
    _parse(tree, path, file, set())
    return file


def _parse(tree: Tree, path: str, file: _Makefile, seen: set[str]) -> None:
    if path in seen or len(seen) > _MOST_INCLUDES:
        return
    seen.add(path)
    rules: list[_Rule] = []
    defining = False
    for number, line in _logical(tree.text(path) or ""):
        if defining:
            defining = not line.startswith("endef")
        elif line.startswith("\t"):
            text = re.sub(r"\n\t", "\n", line[1:])
            for rule in rules:
                rule.recipe.append(_Line(text, path, number, 2))
        elif re.match(r"define\s", line):
            defining = True
        elif (
            not line.strip()
            or line.lstrip().startswith("#")
            or re.match(r"\s*(ifn?eq|ifn?def|else|endif|export\s*$|unexport|vpath)\b", line)
        ):
            continue
        elif match := re.match(r"\s*-?s?include\s+(.*)", line):
            for name in _expand(match[1], file.variables).split():
                included = joined(posixpath.dirname(path), name) or ""
                for found in [included] if tree.has(included) else [name] if tree.has(name) else []:
                    _parse(tree, found, file, seen)
        elif match := _ASSIGNMENT.match(re.sub(r"\s*\\\n\s*", " ", line.strip())):
            _assign(file, match[1], match[2], re.sub(r"\s+#.*$", "", match[3]))
        elif match := _RULE.match(re.sub(r"\s*\\\n\s*", " ", line)):
            rules = _open(file, match[1], match[3], path, number)
        else:
            rules = []


def _assign(file: _Makefile, name: str, sign: str, value: str) -> None:
    if sign == "+=":
        file.variables[name] = f"{file.variables.get(name, '')} {value}".strip()
    elif sign == "!=":
        file.variables[name] = f"$(shell {value})"
    elif sign != "?=" or name not in file.variables:
        file.variables[name] = value


def _open(file: _Makefile, names: str, rest: str, path: str, number: int) -> list[_Rule]:
    targets = _expand(names, file.variables).split()
    if _ASSIGNMENT.match(rest):
        return []
    needs, _, inline = rest.partition(";")
    needs = re.sub(r"\s*#.*$", "", needs)
    opened: list[_Rule] = []
    for target in targets:
        if target == ".ONESHELL":
            file.one_shell = True
        elif target == ".IGNORE" and not needs.strip():
            file.ignores = True
        rule = file.rules.setdefault(target, _Rule())
        rule.needs.extend(needs.replace("|", " ").split())
        if inline.strip():
            rule.recipe.append(_Line(inline.strip(), path, number, 1))
        opened.append(rule)
        if not file.default and not target.startswith(".") and "%" not in target:
            file.default = target
    return opened


def _logical(text: str) -> Iterator[tuple[int, str]]:
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        start = index
        line = lines[index]
        while line.endswith("\\") and index + 1 < len(lines):
            index += 1
            line += "\n" + lines[index]
        index += 1
        yield start + 1, line
