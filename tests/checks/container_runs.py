"""One check of Dockerfiles on files that a test gives."""

from __future__ import annotations

from importlib import import_module

from pytest_deploy.testing import Outcome, run_check


def outcome(check: str, dockerfile: str, subject: str = "Dockerfile", **files: str) -> Outcome:
    """What the check says of a Dockerfile. Other files by keyword: ``package_json`` is ``package.json`` (see the table)."""
    module = import_module(f"pytest_deploy.checks.container.{check}")
    named = {_NAMES[name]: text for name, text in files.items()}
    found = {one.subject: one for one in run_check(getattr(module, check), {subject: dockerfile, **named})}
    return found[subject]


def lines(check: str, dockerfile: str, **files: str) -> tuple[int, ...]:
    """The lines at which the check finds something; none when it passes or does not apply."""
    return outcome(check, dockerfile, **files).lines


_NAMES = {
    "package_json": "package.json",
    "pyproject": "pyproject.toml",
    "poetry_lock": "poetry.lock",
    "gemfile": "Gemfile",
    "composer_json": "composer.json",
    "composer_lock": "composer.lock",
    "ignore": ".dockerignore",
    "compose": "compose.yml",
    "npmrc": ".npmrc",
    "env": ".env",
    "base": "docker/base.Dockerfile",
    "other": "Dockerfile",
    "dev": "Dockerfile.dev",
}
