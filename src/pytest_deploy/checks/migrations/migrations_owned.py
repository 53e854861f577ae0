"""Migrations have an owner who reviews them

A migration runs once, on the only copy of the data. CODEOWNERS names who looks at each before it is merged.

## Bad
```sql db/migrations/1_orders.up.sql:1
CREATE TABLE orders (id bigint);
```
```text CODEOWNERS
/web/ @example/frontend
```

## Good
```sql db/migrations/1_orders.up.sql
CREATE TABLE orders (id bigint);
```
```text CODEOWNERS
* @example/backend
```

## References
- <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.codeowners import find
from pytest_deploy.artifacts.migrations.model import History
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding
from pytest_deploy.repository import Repository


@check("advisory")
def migrations_owned(history: History, repository: Repository) -> Iterator[Finding]:
    """Whether the newest migration, and so the next one, has an owner."""
    owners = find(repository.tree)
    path = history.newest.path
    rule = owners.owners(path) if owners is not None else None
    if rule is None or not rule.owners:
        what = (
            f"no rule of {owners.path} names an owner for"
            if owners is not None
            else "there is no CODEOWNERS file, and nobody is asked to review"
        )
        yield Finding(f"{what} {history.path}", history.newest.place, f"Add a line for /{history.path}/ with those who know the database.")
