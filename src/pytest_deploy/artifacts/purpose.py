"""What the name of a file says about its purpose: development, production, or nothing."""

from __future__ import annotations

import re
from typing import Literal

Purpose = Literal["development", "production", ""]

DEVELOPMENT = frozenset(
    {
        *("dev", "devel", "devcontainer", "develop", "development", "local", "debug"),
        *("test", "tests", "testing", "e2e", "ci", "playwright", "cypress"),
        *("example", "examples", "sample", "samples", "docs"),
    }
)
"""Words that say: for developing, testing or showing, never for running a service."""

PRODUCTION = frozenset({"prod", "production", "prd", "live", "deploy", "deployment"})
"""Words that say: this is what runs."""

_SPLIT = re.compile(r"[._-]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def words(name: str) -> tuple[str, ...]:
    """The words of a file's or folder's name, in lower case: ``docker-compose-ci.yml`` -> docker, compose, ci, yml."""
    return tuple(word.lower() for word in _SPLIT.split(_CAMEL.sub("-", name)) if word)


def purpose(path: str, *, development: frozenset[str] = DEVELOPMENT) -> Purpose:
    """What the words of a path say; the name of the file weighs most, then the folder next to it. A name that says both (``prod-local``)
    is for trying production at home."""
    for segment in reversed(path.split("/")):
        found = set(words(segment))
        if found & development:
            return "development"
        if found & PRODUCTION:
            return "production"
    return ""
