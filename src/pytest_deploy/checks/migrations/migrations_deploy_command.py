"""Migrations are applied by the command for production

Each tool has one command that only applies what is pending, asks nothing and makes nothing up: `prisma migrate deploy` (not `dev`, which
may reset the database, and not `db push`), `artisan migrate --force`, `alembic upgrade head`, `manage.py migrate`, `rails db:migrate`,
`flyway migrate`, `migrate up`. It stands in the pipeline, in the start of the container, in a release phase or hook, or the program does it
when it starts.

## Bad
```sql prisma/migrations/20250101000000_orders/migration.sql
CREATE TABLE orders (id bigint);
```
```toml prisma/migrations/migration_lock.toml
provider = "postgresql"
```
```yaml .github/workflows/deploy.yml:8
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: npx prisma db push
      - run: kubectl apply -f k8s/
```

## Good
```sql prisma/migrations/20250101000000_orders/migration.sql
CREATE TABLE orders (id bigint);
```
```toml prisma/migrations/migration_lock.toml
provider = "postgresql"
```
```yaml .github/workflows/deploy.yml
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: npx prisma migrate deploy
      - run: kubectl apply -f k8s/
```

## References
- <https://www.prisma.io/docs/orm/prisma-client/deployment/deploy-database-changes-with-prisma-migrate>
- <https://laravel.com/docs/migrations#forcing-migrations-to-run-in-production>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.migrations._applied import applying, right, unseen
from pytest_deploy.checks.migrations._commands import documented, scripts_of_packages, started, written
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.repository import Repository


@check()
def migrations_deploy_command(repository: Repository) -> Iterator[Finding]:
    """Look for the command wherever it can stand."""
    tools = repository.migrations.tools
    if not tools:
        raise NotApplicable("there are no migrations")
    acts = applying(repository)
    wrong = [doing for doing in acts if not right(doing)]
    if started(repository, tools) or (acts and not wrong):
        return
    if wrong:
        for doing in wrong:
            yield Finding(
                f"`{doing.act.text}` is not the command for production",
                doing.act.place,
                "Apply migrations with the command for production.",
            )
        return
    if next(written(repository, tools), None) is not None or next(documented(repository, tools), None) is not None:
        return
    ways = [
        way for pipeline in repository.pipelines.values() for way in repository.release.of(pipeline, "production", "staging", "unknown")
    ]
    hidden = unseen(repository)
    if hidden:
        raise Unverified(
            f"nothing in sight applies the migrations; {', '.join(hidden[:3])} cannot be seen and may; "
            "`[tool.pytest-deploy.roles]` can say so"
        )
    scripts = scripts_of_packages(repository, tools)
    if scripts:
        name, one = next(iter(scripts.items()))
        raise Unverified(
            f"the script {name} ({one.place}) applies them, and nothing in sight runs it; run it in the deploy, or document it"
        )
    if not ways and not any(not one.development for one in repository.dockerfiles.values()):
        raise NotApplicable("nothing here is deployed or started")
    if not ways:
        raise Unverified(
            "nothing here applies the migrations, and the deploy is elsewhere; "
            "let the start of the container apply them, or document the command"
        )
    newest = repository.migrations.pending[-1]
    yield Finding(
        f"nothing applies the migrations ({', '.join(sorted(tools))}): no pipeline, start of a container, release phase or hook runs them",
        newest.place,
        "Run the command for production before the new code starts.",
    )
