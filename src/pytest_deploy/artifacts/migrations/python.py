"""What the readers of migrations in Python share."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place


def parsed(text: str, path: str) -> ast.Module:
    """The module. Raises ``SyntaxProblem`` at the line that Python complains about."""
    from pytest_deploy.syntax.python import parse

    module = parse(text)
    if module is not None:
        return module
    try:
        compile(text, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        raise SyntaxProblem(f"this is not Python: {error.msg}", Place(path, error.lineno or 1)) from None
    except (ValueError, RecursionError, MemoryError):
        pass
    raise SyntaxProblem("this is not Python that can be read", Place(path))


def called(call: ast.expr) -> str:
    """The dotted name of what is called: ``op.add_column``."""
    target = call.func if isinstance(call, ast.Call) else call
    parts: list[str] = []
    while isinstance(target, ast.Attribute):
        parts.insert(0, target.attr)
        target = target.value
    parts.insert(0, target.id if isinstance(target, ast.Name) else "")
    return ".".join(parts)


def last(call: ast.expr) -> str:
    """The last part of that name."""
    return called(call).rpartition(".")[2]


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """An argument by its keyword or, else, its 0-based position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and position < len(call.args) and not any(isinstance(one, ast.Starred) for one in call.args[: position + 1]):
        return call.args[position]
    return None


def constant(node: ast.expr | None, names: Mapping[str, ast.expr] | None = None) -> object:
    """The value of a literal, or of a name of the module that is one; ``None``: there is none."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and names and node.id in names:
        return constant(names[node.id])
    return None


def text(node: ast.expr | None, names: Mapping[str, ast.expr] | None = None) -> str:
    """The same where it is a string; what an f-string puts in is ``x``, and empty is what is no string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text(node.left, names) + text(node.right, names)
    if isinstance(node, ast.Call) and last(node) in ("text", "dedent", "strip", "format", "DDL"):
        inner = (
            node.func.value
            if isinstance(node.func, ast.Attribute) and last(node) in ("strip", "format")
            else (node.args[0] if node.args else None)
        )
        return text(inner, names)
    value = constant(node, names)
    return value if isinstance(value, str) else ""


def strings(node: ast.expr | None) -> tuple[str, ...]:
    """The strings of a literal: one, or those of a tuple, list or set."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(found for one in node.elts for found in strings(one))
    value = constant(node)
    return (value,) if isinstance(value, str) else ()


def assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """(name, value) of plain assignments."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value is not None:
            yield statement.target.id, statement.value


def does_nothing(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether its body is only a docstring, ``pass``, ``...`` or ``return``."""
    return all(
        isinstance(one, ast.Pass)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        or (isinstance(one, ast.Return) and (one.value is None or isinstance(one.value, ast.Constant)))
        for one in function.body
    )
