"""The fixture ``migration_roundtrip``: migrations go up, down and up again on a scratch database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pytest_deploy.secrets import mask

VARIABLE = "DEPLOY_MIGRATIONS_URL"
"""The environment variable with the URL of the server that scratch databases are made on."""
_LONGEST = 900.0
"""Seconds."""
_SHOWN = 12
"""Lines of what the tool said, and of differences."""


def roundtrip(request: pytest.FixtureRequest, folder: Path) -> Callable[..., None]:
    """What the fixture gives; ``folder`` is for the file of SQLite."""

    def run(project: str | Path = "", *, url: str = "", variables: Sequence[str] = ("DATABASE_URL",)) -> None:
        root = request.config.rootpath / project
        tool = "alembic" if (root / "alembic.ini").is_file() else "django" if (root / "manage.py").is_file() else ""
        if not tool:
            pytest.fail(f"there is neither alembic.ini nor manage.py in {root}", pytrace=False)
        where = url or os.environ.get(VARIABLE, "") or f"sqlite:///{folder / 'scratch.sqlite3'}"
        report = folder / "roundtrip.json"
        done = subprocess.run(  # noqa: S603  # this interpreter and a module of this package
            [sys.executable, "-m", "pytest_deploy.gate.roundtrip_child", tool, ",".join(variables), str(report)],
            cwd=root,
            env={**os.environ, "PYTEST_DEPLOY_SCRATCH": where},
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        told = json.loads(report.read_text()) if report.exists() else {}
        if done.returncode:
            lines = _clean(done.stderr, where).strip().splitlines()[-_SHOWN:]
            step = told.get("at") or "the start"
            pytest.fail("\n".join([f"{tool}: {step} went wrong", *(f"  {line}" for line in lines)]), pytrace=False)
        complaints = list(_complaints(told))
        if complaints:
            pytest.fail("\n".join(complaints[: _SHOWN + 1]), pytrace=False)

    return run


def _complaints(told: dict[str, dict[str, list[str]]]) -> Sequence[str]:
    """What is wrong with the schema after each step."""
    first, left, second = told["up"], told["down"], told["up again"]
    if not first:
        return [f"no table is there after going up; does the configuration use the URL that it is given (DATABASE_URL, {VARIABLE})?"]
    if left:
        return [f"after going down these tables are left: {', '.join(sorted(left))}"]
    if first == second:
        return []
    lines = ["the schema is another one after going down and up again:"]
    for table in sorted({*first, *second}):
        before, after = set(first.get(table, ())), set(second.get(table, ()))
        lines += [f"  - {table}: {one}" for one in sorted(before - after)] + [f"  + {table}: {one}" for one in sorted(after - before)]
    return lines


def _clean(text: str, url: str) -> str:
    """The same without the URL and its password."""
    password = urlsplit(url).password
    for secret in filter(None, (url, password)):
        text = text.replace(secret, "***")
    return mask(text)
