"""Test suites that look at what was deployed: one called a smoke test, or one that is told the address of a deployment."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CALLED = re.compile(r"(?<![a-z])smoke(?![a-z])|(?<![a-z])smoke-?_?tests?(?![a-z])", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:^|_)(?:BASE|APP|SITE|TESTS?|TARGET|SMOKE|E2E|DEPLOY(?:ED|MENT)?|STAGING|PREVIEW)_?(?:BASE_?)?(?:URL|URI|HOST|ENDPOINT|ORIGIN)$"
)
_ANY_ADDRESS = re.compile(r"(?:^|_)(?:URL|URI|HOST|ENDPOINT|ORIGIN)$")
_OF_THE_PROGRAM = re.compile(
    r"^(?:NEXT_PUBLIC|VITE|REACT_APP|NUXT|PUBLIC|EXPO|GATSBY|NG|npm_config|DATABASE|DB|REDIS|POSTGRES|PG|MYSQL|SMTP)_"
)
"""Addresses that a program is built with, or of what it uses."""

_REMOTE = re.compile(r"https?://(?!localhost|127\.|0\.0\.0\.0|\[)[\w-]+(?:\.[\w-]+)+")
_OPEN = re.compile(r"^(?:https?://)?\$(?:\{\{|\{|\w)")


def looks_at_a_deployment(called: tuple[str, ...], variables: Mapping[str, str]) -> bool:
    """Whether a run of tests asks a deployment. ``called`` is how one gets to it (``npm run smoke``); ``variables`` are what it sees."""
    if any(map(_CALLED.search, called)):
        return True
    for name, value in variables.items():
        if _OF_THE_PROGRAM.search(name):
            continue
        if _ADDRESS.search(name) and (_OPEN.match(value) or _REMOTE.match(value)):
            return True
        if _ANY_ADDRESS.search(name) and _REMOTE.match(value):
            return True
    return False
