"""Continuous integration applies the migrations

A migration that has never run anywhere runs for the first time on production. Some job applies all of them to a database: by the command,
in the set-up of the test suite, or through the suite of Django or Laravel, which builds its database with them. Rails' suite loads the
schema instead, and does not count.

## Bad
```yaml .github/workflows/ci.yml:1
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest
```
```python migrations/versions/a.py
revision = "a"
down_revision = None
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: alembic upgrade head
      - run: pytest
```
```python migrations/versions/a.py
revision = "a"
down_revision = None
```

## References
- <https://docs.djangoproject.com/en/stable/topics/testing/overview/#the-test-database>
- <https://laravel.com/docs/database-testing#resetting-the-database-after-each-test>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.checks.migrations._commands import programs, runs_script, scripts_of_packages
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, SyntaxProblem, Unverified
from pytest_deploy.pipelines import opaque
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_BY_SUITE = {
    "laravel": (
        r"(?:.*/)?tests/.*\.php",
        r"\b(?:(?:Lazily)?RefreshDatabase|Database(?:Migrations|Transactions|Truncation))\b|artisan\([\"']migrate",
    ),
    "flyway": (
        r".*(?:Tests?|IT|Spec)\.(?:java|kt)",
        r"@SpringBootTest|@DataJpaTest|@JdbcTest|@QuarkusTest|[Tt]estcontainers|Flyway|PostgreSQLContainer",
    ),
    "golang-migrate": (r".*_test\.go|.*/tests?/.*\.(?:rs|go)", r"migrat"),
    "goose": (r".*_test\.go", r"goose|[Mm]igrat"),
    "knex": (r".*\.(?:test|spec)\.\w+|(?:.*/)?tests?/.*\.(?:js|ts)", r"migrate\.latest|knex[^\n]*migrate"),
    "prisma": (r".*\.(?:test|spec)\.\w+|(?:.*/)?(?:tests?|e2e)/.*\.(?:js|ts|sh)", r"prisma[^\n]*migrate"),
    "alembic": (r"(?:.*/)?(?:tests?/.*|conftest)\.py", r"\bupgrade\(|alembic[^\n]*upgrade|flask_migrate|pytest_alembic"),
}
"""How a test suite applies them: (its files, what stands in them)."""
_WITHOUT = re.compile(r"--no-?migrations\b")


@check()
def migrations_tested(repository: Repository) -> Iterator[Finding]:
    """Look for a job that applies them."""
    tools = repository.migrations.tools
    if not tools:
        raise NotApplicable("there are no migrations")
    doings = repository.release.doings
    if any(doing.role == "migrate" and doing.act.details.get("command") != "push" for doing in doings):
        return
    tests = any(doing.role == "tests" for doing in doings)
    if tests and _by_suite(repository, tools):
        return
    texts = [_text(repository, path) for path in repository.pipelines]
    if any(runs_script(text, name) for name in scripts_of_packages(repository, tools) for text in texts):
        return
    hidden = [
        opaque.shown(node)
        for nodes in repository.release.alone.values()
        for node in nodes
        if node.unseen and opaque.could(node.job, "tests")
    ]
    if hidden:
        raise Unverified(
            f"no job in sight applies the migrations; {', '.join(hidden[:3])} cannot be seen and may; "
            "`[tool.pytest-deploy.roles]` can say so"
        )
    if repository.unread_pipelines:
        raise Unverified(f"{repository.unread_pipelines[0]} is a pipeline of a system that is not read yet")
    if not tests:
        raise NotApplicable("no job runs tests; pipeline-runs-tests says so")
    if next(programs(repository, tools), None) is not None:
        raise Unverified(
            "the program applies the migrations itself; whether the tests start it cannot be told, and a step of its own would show it"
        )
    place = next((doing.pipeline.place for doing in doings if doing.role == "tests"), None)
    place = place or next(
        (Place(path) for path, one in sorted(repository.pipelines.items()) if not one.action), repository.migrations.pending[-1].place
    )
    yield Finding(
        f"no job applies the migrations ({', '.join(sorted(tools))}) to a database", place, "Apply them in the job that runs the tests."
    )


def _by_suite(repository: Repository, tools: frozenset[str]) -> bool:
    if "django" in tools and not any(_WITHOUT.search(_text(repository, path)) for path in _PYTEST if repository.tree.has(path)):
        return True
    if next(programs(repository, tools, tests=True), None) is not None:
        return True
    return any(
        re.search(_BY_SUITE[tool][1], _text(repository, path))
        for tool in tools & set(_BY_SUITE)
        for path in repository.tree.matching(_BY_SUITE[tool][0])
    )


_PYTEST = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")


def _text(repository: Repository, path: str) -> str:
    try:
        return repository.tree.read(path).text
    except SyntaxProblem:
        return ""
