"""Staging is smoke-tested before production

A staging deploy proves something only if somebody looks at what runs there. Between the staging deploy and production, smoke tests run
against staging, and production waits for them. Where no staging deploy comes before production, `staging-before-production` says so.

## Bad
```yaml .github/workflows/deploy.yml:8
on: {push: {branches: [main]}}
jobs:
  deploy-staging:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: kubectl apply -k k8s/overlays/staging
  deploy-production:
    needs: deploy-staging
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -k k8s/overlays/production
```

## Good
```yaml .github/workflows/deploy.yml
on: {push: {branches: [main]}}
jobs:
  deploy-staging:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: kubectl apply -k k8s/overlays/staging
      - run: curl --fail --retry 5 https://staging.shop.example.org/health
  deploy-production:
    needs: deploy-staging
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -k k8s/overlays/production
```

## References
- <https://sre.google/sre-book/release-engineering/>
- <https://martinfowler.com/bliki/SmokeTest.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys, local
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.coverage import covered
from pytest_deploy.pipelines.graph import Doing, Node
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import DEPLOYS
from pytest_deploy.pipelines.stages import staging_jobs
from pytest_deploy.repository import Repository


@check()
def staging_smoke_tested(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way to production that leads through staging whether smoke tests lie between."""
    release = repository.release
    answers = Answers()
    judged = False
    for way in deploys(pipeline, repository, "production", code=True):
        stages = staging_jobs(way, release)
        if not stages:
            continue
        judged = True
        coverage = covered(way, lambda doing, stages=stages: _smokes(doing, stages), "smoke tests of staging", release, hint="smoke")  # type: ignore[misc]  # a default argument binds the loop's value
        if coverage.holds:
            continue
        unseen = [opaque.shown(node) for node in stages if node.unseen]
        if unseen or coverage.unseen:
            answers.open(f"{way.text}: {', '.join(dict.fromkeys((*unseen, *coverage.unseen)))} cannot be seen and may run the smoke tests")
        else:
            answers.wrong(
                way,
                "",
                f"{called(way)} follows {stages[0].name} with nothing that looks at what runs there: {way.text}",
                "Run smoke tests against staging after its deploy (`pytest -m smoke --base-url …`), in a job that production needs.",
            )
    if not judged:
        raise NotApplicable("no staging deploy comes before production here; staging-before-production speaks of that")
    yield from answers.conclude()


def _smokes(doing: Doing, stages: tuple[Node, ...]) -> bool:
    """Whether an act smoke-tests what one of the staging jobs has deployed: tests that the deploying job runs once it is done do."""
    if doing.role not in ("smoke", "tests") or local(doing):
        return False
    for node in stages:
        if doing.role == "smoke" and doing.node is not node and node in doing.node.before:
            return True
        if doing.node is node:
            roles = [(one.act, one.role) for one in node.doings()]
            index = next(index for index, (act, _) in enumerate(roles) if act is doing.act)
            if any(role in DEPLOYS for _, role in roles[:index]):
                return True
    return False
