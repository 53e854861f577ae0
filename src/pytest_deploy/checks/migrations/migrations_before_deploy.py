"""Migrations are applied before the code that needs them

New code that meets the old schema fails on its first query. Each deploy comes after the migrations: in an earlier step or a job that it
needs, an init container, a hook before the upgrade (Helm, Argo CD), a release phase (Procfile, fly.toml, app.json), a compose service
that must have completed. Migrating when the container starts counts.

## Bad
```yaml .github/workflows/deploy.yml:9
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: pip install alembic
      - run: kubectl apply -f k8s/
      - run: alembic upgrade head
```
```python migrations/versions/a.py
revision = "a"
down_revision = None
```

## Good
```yaml .github/workflows/deploy.yml
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: alembic upgrade head
      - run: kubectl apply -f k8s/
```
```python migrations/versions/a.py
revision = "a"
down_revision = None
```

## References
- <https://12factor.net/admin-processes>
- <https://helm.sh/docs/topics/charts_hooks/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.migrations._applied import applying
from pytest_deploy.checks.migrations._commands import started, written
from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys, entry_file
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.pipelines.coverage import covered, wants
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Target
from pytest_deploy.repository import Repository

_ANY: tuple[Target, ...] = ("production", "staging", "development", "other", "unknown")


@check()
def migrations_before_deploy(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every deploy whether the migrations come first."""
    tools = repository.migrations.tools
    if not tools:
        raise NotApplicable("there are no migrations")
    entry_file(pipeline)
    at_start = bool(started(repository, tools))
    if at_start and repository.release.triggers_of(pipeline) and not repository.release.of(pipeline, *_ANY):
        return  # whatever another project's pipeline deploys of this one migrates when it starts
    ways = [
        way
        for way in deploys(pipeline, repository, code=True)
        if not all(doing.act.details.get("docs") == "yes" for doing in way.doings) or way.unseen
    ]
    if not ways:
        raise NotApplicable("only documentation is deployed from here")
    if at_start:
        return
    acts = applying(repository)
    if not acts and (place := next((one.place for one in written(repository, tools)), None)) is not None:
        raise Unverified(f"{place} has the command, in a form whose run cannot be followed; run it in a step of its own before the deploy")
    if not acts:
        raise NotApplicable("nothing here applies migrations; migrations-deploy-command says so")
    own = [
        doing
        for doing in acts
        if any(doing.act.place == other.act.place for way in ways for node in way.graph.own for other in node.doings())
    ]
    if not own:
        raise NotApplicable("another pipeline migrates, and deploys what needs it")
    answers = Answers()
    for way in ways:
        coverage = covered(way, wants("migrate"), "migrations", repository.release, hint="migrate", trusting=True)
        if coverage.holds:
            continue
        later = next((doing for doing in way.node.doings() if doing.role == "migrate"), None)
        if coverage.unseen and later is None:
            answers.open(
                f"{way.text}: {', '.join(coverage.unseen)} cannot be seen and may migrate; `[tool.pytest-deploy.roles]` can say so"
            )
        else:
            answers.wrong(
                way,
                "",
                f"{called(way)} deploys before the migrations: {way.text}; {coverage.reason}",
                "Apply the migrations in an earlier step, or in a job that the deploy needs.",
                at=way.first,
            )
    yield from answers.conclude()
