"""Production comes only after staging

Every way to production leads through a deploy to an environment before it (staging, uat, qa, preprod; test and dev stand in where
there is no other), and stops when that deploy fails. A staging deploy that runs beside the production one, or in a pipeline of its
own, is no precondition. A start by hand that can choose production straight away jumps over staging.

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
  deploy-production:
    needs: deploy-staging
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -k k8s/overlays/production
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds>
- <https://12factor.net/dev-prod-parity>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import called, deploys, judge
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.stages import staged
from pytest_deploy.repository import Repository


@check()
def staging_before_production(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way to production whether a staging deploy covers it."""
    yield from judge(
        deploys(pipeline, repository, "production"),
        lambda way: staged(way, repository.release),
        lambda way, coverage: f"{called(way)} is reached without staging: {way.text}; {coverage.reason}",
        "Deploy to staging first, and let the production job need that job.",
    )
