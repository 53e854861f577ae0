"""A migration can be undone

When a release goes wrong, the code goes back in a minute; a schema that cannot go back with it keeps the old version from running. Each
migration that the next deploy applies has a way back that does something: `downgrade()`, `down()`, reverse code, a `.down.sql`.

Pending are the migrations that the newest version tag does not hold; without such a tag of the last 180 days the newest one is asked.
A data migration may have a way back that does nothing. Prisma and Flyway cannot undo by themselves: there the finding is advisory.

## Bad
```python migrations/versions/a.py:10
from alembic import op

revision = "a"
down_revision = None


def upgrade():
    op.create_table("orders")

def downgrade():
    pass
```

### A reverse that is missing
```python shop/migrations/0001_copy.py:9
from django.db import migrations


def copy(apps, schema_editor):
    apps.get_model("shop", "Order").objects.update(state="new")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(copy)]
```

## Good
```python migrations/versions/a.py
from alembic import op

revision = "a"
down_revision = None


def upgrade():
    op.create_table("orders")


def downgrade():
    op.drop_table("orders")
```

## References
- <https://alembic.sqlalchemy.org/en/latest/tutorial.html#downgrading>
- <https://docs.djangoproject.com/en/stable/topics/migrations/#reversing-migrations>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.migrations.model import Migration
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable


@check()
def migrations_reversible(migration: Migration) -> Iterator[Finding]:
    """What keeps a pending migration from being undone."""
    if migration.unreadable is not None:
        raise NotApplicable("it cannot be read; migrations-single-head says where")
    for one in migration.obstacles:
        yield Finding(one.message, one.place, one.hint, advisory=True if migration.lasting else None)
