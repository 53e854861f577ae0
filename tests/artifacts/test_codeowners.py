"""CODEOWNERS, as forges read it."""

from __future__ import annotations

from pytest_deploy.artifacts.codeowners import from_text


def test_the_last_rule_that_matches_counts() -> None:
    owners = from_text("* @a\n/db/ @b  # the database\n/db/seeds/\n", "CODEOWNERS")

    assert [rule.owners if (rule := owners.owners(path)) else None for path in ("x.py", "db/1.sql", "db/seeds/1.sql")] == [
        ("@a",),
        ("@b",),
        (),
    ]


def test_a_section_gives_its_owners_to_lines_without_any() -> None:
    owners = from_text("[Database] @dba\n/db/\n^[Docs][2] @docs\n/docs/ @writer\n", "CODEOWNERS")

    assert [rule.owners for rule in owners.rules] == [("@dba",), ("@writer",)]
