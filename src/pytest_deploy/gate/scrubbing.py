"""Nothing that a run shows holds a secret: not the text of a failure, not what a test printed, not its properties."""

from __future__ import annotations

import os

import pytest

from pytest_deploy.secrets import is_secret_name, mask, mask_value

SHORTEST = 8
"""Values of secret-named environment variables with fewer characters are words that stand everywhere."""


def scrub(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Mask the secrets in a report, in place."""
    if report.longrepr is not None:
        if isinstance(report.longrepr, tuple):
            path, line, reason = report.longrepr
            report.longrepr = (path, line, clean(reason))
        else:
            before = str(report.longrepr)
            after = clean(before)
            if after != before:  # else the coloured original stays
                report.longrepr = after
    if report.sections:
        report.sections = [(name, clean(content)) for name, content in report.sections]
    if isinstance(report, pytest.TestReport) and report.user_properties:
        report.user_properties = [(name, _cleaned(name, value)) for name, value in report.user_properties]


def _cleaned(name: str, value: object) -> object:
    # The gate's own properties are words of its own: cleaning them for each of thousands of items would only cost time.
    return clean(value) if isinstance(value, str) and not name.startswith("deploy.") else value


def clean(text: str) -> str:
    """``text`` with every secret masked: those that look like one, and the values of secret-named environment variables."""
    for value in _values():
        text = text.replace(value, mask_value(value))
    return mask(text)


def _values() -> list[str]:
    # A path is no secret, whatever the variable is called: PWD is one. Tests set variables, so this is asked each time.
    found = {value for name, value in os.environ.items() if len(value) >= SHORTEST and is_secret_name(name) and not os.path.lexists(value)}
    return sorted(found, key=lambda one: (-len(one), one))
