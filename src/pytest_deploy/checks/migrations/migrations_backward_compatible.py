"""The code that runs can live with the new schema

While a release rolls out, the old code runs on the new schema, and after a rollback it does so for longer. What it reads and writes must
still be there: no table or column is dropped or renamed, none becomes NOT NULL without a default of the database, no type holds less.
Such changes take two releases: first the code stops using it, then a later migration removes it. Where that is so, waive the finding with
the reason: `# deploy: ignore[migrations-backward-compatible] not read since 2.3`.

An index built without CONCURRENTLY on a table of PostgreSQL that already exists locks out writes: an advisory finding, and so is a new
UNIQUE on columns that are there.

## Bad
```python migrations/versions/b.py:8,9
from alembic import op
import sqlalchemy as sa
revision = "b"
down_revision = None


def upgrade():
    op.drop_column("orders", "note")
    op.add_column("orders", sa.Column("total", sa.Integer, nullable=False))


def downgrade():
    op.add_column("orders", sa.Column("note", sa.Text))
    op.drop_column("orders", "total")
```

### A default that only the new code knows
```python shop/migrations/0002_total.py:6
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("order", "total", models.IntegerField(default=0)),
    ]
```

## Good
```python migrations/versions/b.py
from alembic import op
import sqlalchemy as sa
revision = "b"
down_revision = None


def upgrade():
    op.add_column("orders", sa.Column("total", sa.Integer, nullable=False, server_default="0"))


def downgrade():
    op.drop_column("orders", "total")
```

### A default of the database
```python shop/migrations/0002_total.py
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("order", "total", models.IntegerField(default=0, db_default=0)),
    ]
```

## References
- <https://martinfowler.com/bliki/ParallelChange.html>
- <https://squawkhq.com/docs/rules>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.migrations.model import Migration, Operation, breaking, narrower
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified

_TWO_STEPS = "Let one release stop using it, and remove it in a later one."
_HINTS = {
    "drop-table": _TWO_STEPS,
    "drop-column": _TWO_STEPS,
    "rename-table": "Add the new one beside it, let the code use both, and drop the old one in a later release.",
    "rename-column": "Add the new one beside it, let the code write both, and drop the old one in a later release.",
    "add-column": "Give it a default in the database, or let it be NULL until all code fills it.",
    "set-not-null": "Give it a default in the database first, and do this once no code leaves it empty.",
    "alter-type": "Add a column of the new type beside it, and move over in a later release.",
}


@check()
def migrations_backward_compatible(migration: Migration) -> Iterator[Finding]:
    """What a pending migration takes from the code that runs."""
    if migration.unreadable is not None:
        raise NotApplicable("it cannot be read; migrations-single-head says where")
    wrong = False
    open_questions = []
    for one in breaking(migration):
        if one.act == "alter-type" and narrower(one.was, one.to) is None:
            open_questions.append(
                f"line {one.place.line} makes {_column(one)} {one.to or 'another type'}, and what it was before is not told"
            )
        else:
            wrong = True
            yield Finding(_message(one), one.place, _HINTS[one.act])
    yield from _locks(migration)
    if open_questions and not wrong:
        raise Unverified(f"{'; '.join(open_questions[:3])}; whether the old code can live with that a person must say")


def _column(one: Operation) -> str:
    return f"{one.table}.{one.name}" if one.table and one.name else one.name or one.table or "a column"


def _message(one: Operation) -> str:
    said = {
        "drop-table": f"drops the table {one.table}",
        "drop-column": f"drops the column {_column(one)}",
        "rename-table": f"renames the table {one.table} to {one.to}",
        "rename-column": f"renames the column {_column(one)} to {one.to}",
        "add-column": f"adds {_column(one)} NOT NULL, and the database has no default for it: inserts of the old code fail",
        "set-not-null": f"makes {_column(one)} NOT NULL, which old code may leave empty",
        "alter-type": f"changes {_column(one)} from {one.was} to {one.to}, which holds less",
    }
    return said[one.act]


def _locks(migration: Migration) -> Iterator[Finding]:
    """Indexes that lock a table which is in use."""
    made = {one.table for one in migration.operations if one.act == "create-table"}
    new = {(one.table, one.name) for one in migration.operations if one.act == "add-column"}
    for one in migration.operations:
        if not one.table or one.table in made or new & {(one.table, column) for column in one.to.split(",")}:
            continue
        if one.act == "create-index" and migration.postgresql and not one.concurrently:
            yield Finding(
                f"builds an index on {one.table} without CONCURRENTLY: writes wait until it is done",
                one.place,
                "Build it concurrently, outside of a transaction.",
                advisory=True,
            )
        elif one.act == "add-unique":
            yield Finding(
                f"makes values of {one.table} unique: it fails where rows, or the old code, have them twice",
                one.place,
                "See to it that no values are there twice, and that no code that still runs writes them.",
                advisory=True,
            )
