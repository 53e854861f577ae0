"""The table of docs/migrations.md says what the check says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_deploy.checks.migrations.migrations_backward_compatible import migrations_backward_compatible
from pytest_deploy.testing import run_check

PAGE = Path(__file__).parents[2] / "docs" / "migrations.md"
ROWS = re.findall(r"^\| ([a-z, -]+) \| `(.+?)` \| (finding|advisory|asks|nothing) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_table_is_read() -> None:
    assert len(ROWS) == 20


@pytest.mark.parametrize(("rule", "statement", "says"), ROWS)
def test_the_check_says_what_the_table_says(rule: str, statement: str, says: str) -> None:
    (outcome,) = run_check(migrations_backward_compatible, {"db/V1__a.sql": f"{statement};"})

    kinds = {"advisory" if finding.advisory else "finding" for finding in outcome.findings}
    assert (kinds or {"asks" if outcome.outcome == "unverified" else "nothing"}) == {says}, rule
