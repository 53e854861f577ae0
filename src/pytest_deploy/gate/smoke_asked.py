"""Whether a run is a smoke run, and whether it can do what it is asked."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

import pytest

from pytest_deploy.gate.engine import gate_of

_NEED_URL = ("deploy_record_baseline", "deploy_watch", "deploy_rollback")
"""What asks the deployment outside of any test, and so cannot take the base URL from a fixture."""


def is_asked(config: pytest.Config, options: Sequence[str]) -> bool:
    """Whether ``-m`` asks for smoke tests, or the settings describe some and a base URL is known. ``options`` are the destinations of
    those that only a smoke run can do (``None``: not given).

    Raises ``pytest.UsageError`` for options that this run cannot do.
    """
    option = config.option
    asked = by_mark(config)
    url = base_url(config)
    given = [name for name in options if getattr(option, name) is not None]
    if not asked and not (url and gate_of(config).settings.smoke):
        if given:
            raise pytest.UsageError(f"{_typed(given[0])} says something about smoke tests: ask for them with -m smoke")
        return False
    for name in ("deploy_wait", "deploy_min_smoke", "deploy_watch"):
        value = getattr(option, name)
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise pytest.UsageError(f"{_typed(name)}: {value:g} is not more than nothing")
    for name in given:
        if name in _NEED_URL and not url:
            raise pytest.UsageError(f"{_typed(name)}: there is no base URL: give --base-url URL, PYTEST_BASE_URL or the ini key base_url")
    if option.deploy_rollback and not gate_of(config).settings.rollback.command:
        raise pytest.UsageError("--deploy-rollback: settings do not say how: give rollback.command, a list of words")
    return True


def _typed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def base_url(config: pytest.Config) -> str:
    """The base URL as it was given; empty: it was not."""
    return getattr(config.option, "base_url", None) or ""


def by_mark(config: pytest.Config) -> bool:
    """Whether ``-m`` asks for smoke tests."""
    return asks_for_smoke(config.option.markexpr)


def asks_for_smoke(expression: str) -> bool:
    """Whether a mark expression selects smoke tests: ``smoke and not slow`` does, ``not (smoke or slow)`` does not."""

    def asks(node: ast.expr, wanted: bool) -> bool:
        match node:
            case ast.UnaryOp(ast.Not(), operand):
                return asks(operand, not wanted)
            case ast.BoolOp(_, values):
                return any(asks(value, wanted) for value in values)
            case ast.Name("smoke") | ast.Call(ast.Name("smoke")):
                return wanted
        return False

    try:
        return asks(ast.parse(expression.strip(), mode="eval").body, True)
    except SyntaxError:  # pytest itself complains, or knows names that Python does not
        return False
