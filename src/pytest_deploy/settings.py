"""The settings that models and checks may ask for (read from a file by :mod:`pytest_deploy.gate.configuration`)."""

from __future__ import annotations

import datetime as dt

import msgspec


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A finding that a team accepts, for a reason and perhaps until a day."""

    check: str
    reason: str
    path: str = "**"
    expires: dt.date | None = None
    owner: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[tool.pytest-deploy]`` of pyproject.toml, or the top of deploy.toml. Everything has a default."""

    target: str = "production"
    select: tuple[str, ...] = ("*",)
    ignore: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    advisory: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    environments: dict[str, tuple[str, ...]] = {}
    """Names of environments in this house: kind (production, staging, review, development) -> whole words."""
    waivers: tuple[Waiver, ...] = ()
    roles: dict[str, tuple[str, ...]] = {}
    """What our own commands and actions are: role -> patterns (the first words of a command, or ``owner/action``)."""
    compose_production: tuple[str, ...] = ()
    """Compose files that are used in production (globs)."""
    owner: str = ""
    """The owner of the repository on its forge; empty: told from git's remote or the repository's own metadata."""
    default_branch: str = ""
    """The default branch; empty: told from git, else main or master."""
