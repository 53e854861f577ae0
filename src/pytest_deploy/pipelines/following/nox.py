"""``nox``: the commands that the sessions of a noxfile run, read from its syntax tree (nothing of it is run)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_deploy.pipelines.following.links import Behind, Call, Link, joined, options, within
from pytest_deploy.places import Place
from pytest_deploy.syntax import python

_VALUED = "-s --session --sessions -e -f --noxfile -t --tags -k --keywords -p --python --pythons -db --envdir"
_RUNS = ("run", "run_always", "run_install")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef


def nox(call: Call) -> Behind | None:
    """The commands of the sessions that ``nox`` runs."""
    if call.name != "nox":
        return None
    found = options(_sessions_spread(call.arguments), _VALUED)
    if found.flags & {"-l", "--list", "--list-sessions", "--install-only"}:
        return None
    name = found.last("-f", "--noxfile")
    path = joined(call.directory, name) if name else within(call.directory, "noxfile.py")
    text = call.tree.text(path) if path else None
    if path is None or text is None:
        return None
    module = python.parse(text)
    if module is None:
        return None
    functions = {node.name: node for node in module.body if isinstance(node, _Definition)}
    sessions = {_session_name(node): node for node in functions.values() if _is_session(node)}
    wanted = found.all("-s", "--session", "--sessions", "-e") or tuple(_defaults(module)) or tuple(sessions)
    tags = set(found.all("-t", "--tags"))
    links: list[Link] = []
    for one in wanted:
        session = sessions.get(one) or sessions.get(one.partition("-")[0]) or sessions.get(one.partition("(")[0])
        if session is None or (tags and not tags & _tags(session)):
            continue
        links.extend(_commands(session, functions, sessions, path, call.directory, found.behind, (f"session {one}",), (session.name,)))
    return Behind(tuple(links)) if links else None


def _sessions_spread(words: tuple[str, ...]) -> list[str]:
    """``-s a b`` as ``-s a -s b``."""
    spread: list[str] = []
    option = ""
    for index, word in enumerate(words):
        if word == "--":
            return [*spread, *words[index:]]
        if word in ("-s", "--session", "--sessions", "-e"):
            option = word
        elif word.startswith("-"):
            option = ""
            spread.append(word)
        elif option:
            spread.extend((option, word))
        else:
            spread.append(word)
    return spread


def _decorator(node: _Definition) -> ast.expr | None:
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = target.attr if isinstance(target, ast.Attribute) else target.id if isinstance(target, ast.Name) else ""
        if name in ("session", "nox_session"):
            return decorator
    return None


def _is_session(node: _Definition) -> bool:
    return _decorator(node) is not None


def _keyword(node: _Definition, name: str) -> ast.expr | None:
    decorator = _decorator(node)
    if isinstance(decorator, ast.Call):
        return next((keyword.value for keyword in decorator.keywords if keyword.arg == name), None)
    return None


def _session_name(node: _Definition) -> str:
    given = _keyword(node, "name")
    return str(given.value) if isinstance(given, ast.Constant) else node.name


def _tags(node: _Definition) -> set[str]:
    given = _keyword(node, "tags")
    return {str(one.value) for one in given.elts if isinstance(one, ast.Constant)} if isinstance(given, ast.List | ast.Tuple) else set()


def _defaults(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "nox.options.sessions"
            and isinstance(node.value, ast.List | ast.Tuple)
        ):
            yield from (str(one.value) for one in node.value.elts if isinstance(one, ast.Constant))


def _commands(
    node: _Definition, functions: dict[str, _Definition], sessions: dict[str, _Definition], path: str, directory: str,
    arguments: tuple[str, ...], via: tuple[str, ...], seen: tuple[str, ...],
) -> Iterator[Link]:  # fmt: skip
    calls = sorted((one for one in ast.walk(node) if isinstance(one, ast.Call)), key=lambda one: (one.lineno, one.col_offset))
    for one in calls:
        if isinstance(one.func, ast.Attribute) and one.func.attr in _RUNS:
            words = tuple(_words(one.args, arguments))
            if words:
                yield Link(words=words, place=Place(path, one.lineno, one.col_offset + 1), directory=directory, via=via)
        elif isinstance(one.func, ast.Attribute) and one.func.attr == "notify" and one.args and isinstance(one.args[0], ast.Constant):
            name = str(one.args[0].value)
            if name in sessions and name not in seen:
                yield from _commands(sessions[name], functions, sessions, path, directory, (), (*via, f"session {name}"), (*seen, name))
        elif isinstance(one.func, ast.Name) and one.func.id in functions and one.func.id not in seen:
            yield from _commands(functions[one.func.id], functions, sessions, path, directory, arguments, via, (*seen, one.func.id))


def _words(arguments: list[ast.expr], given: tuple[str, ...]) -> Iterator[str]:
    """The literal words; what is worked out stands as ``…``."""
    for one in arguments:
        if isinstance(one, ast.Constant):
            yield str(one.value)
        elif isinstance(one, ast.Starred):
            if isinstance(one.value, ast.List | ast.Tuple):
                yield from _words(one.value.elts, given)
            elif "posargs" in ast.unparse(one.value):
                yield from given
        elif isinstance(one, ast.List | ast.Tuple):
            yield from _words(one.elts, given)
        elif isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in one.values)
        else:
            yield "…"
