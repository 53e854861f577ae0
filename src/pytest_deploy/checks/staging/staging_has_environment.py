"""Staging deploys name their environment

With `environment:` the forge keeps the secrets of staging apart from those of production, and shows what runs where and since when.

## Bad
```yaml .github/workflows/deploy.yml:3
on: {push: {branches: [main]}}
jobs:
  deploy-staging:
    runs-on: ubuntu-latest
    steps:
      - run: kubectl apply -k k8s/overlays/staging
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
```

## References
- <https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments>
- <https://docs.gitlab.com/ci/environments/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.repository import Repository


@check("advisory")
def staging_has_environment(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Look at the environment of every staging deploy."""
    ways = [way for way in deploys(pipeline, repository, "staging", others=False) if way.target == "staging"]
    if not ways:
        raise NotApplicable("no staging deploy starts here")
    answers = Answers()
    for way in ways:
        jobs = [way.node]
        while jobs[-1].caller:
            jobs.append(jobs[-1].caller)
        if any(node.job.environment is not None for node in jobs):
            continue
        if way.unseen:
            answers.open(f"{called(way)}: its environment is set out of sight")
            continue
        answers.wrong(way, "", f"{called(way)} deploys to staging and names no environment", "Give the job `environment: staging`.")
    yield from answers.conclude()
