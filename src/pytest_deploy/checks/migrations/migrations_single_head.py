"""Migrations have one order

Two revisions that both claim to be the last, a number given twice or a revision whose predecessor is missing stop the migration in the
middle of a deploy: the tool does not know what comes next, or leaves one of them out without a word.

Branches of Alembic that are declared by a label may end each in a head of its own; squashed and merge migrations of Django are understood.
A migration that cannot be read is told here.

## Bad
```python migrations/versions/b.py:1
revision = "b"
down_revision = "a"


def upgrade():
    pass
```
```python migrations/versions/a.py
revision = "a"
down_revision = None


def upgrade():
    pass
```
```python migrations/versions/c.py:1
revision = "c"
down_revision = "a"


def upgrade():
    pass
```

## Good
```python migrations/versions/a.py
revision = "a"
down_revision = None


def upgrade():
    pass
```
```python migrations/versions/b.py
revision = "b"
down_revision = "a"


def upgrade():
    pass
```

## References
- <https://alembic.sqlalchemy.org/en/latest/branches.html>
- <https://docs.djangoproject.com/en/stable/topics/migrations/#version-control>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.migrations.model import History
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding


@check()
def migrations_single_head(history: History) -> Iterator[Finding]:
    """What keeps the tool from knowing the order, and the files that it cannot read."""
    for problem in history.problems:
        yield Finding(problem.message, problem.place, problem.hint)
    for one in history.migrations:
        if one.unreadable is not None:
            yield Finding(f"the migration cannot be read: {one.unreadable.message}", one.unreadable.place, "Mend the file.")
