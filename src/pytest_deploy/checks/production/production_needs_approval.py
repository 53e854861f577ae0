"""A person approves production

A change reaches production only when a person says so: the deploy job waits in a protected environment or at an approval, or a person
starts the pipeline, publishes the release or pushes the version tag. A tag or release that a pipeline makes by itself is nobody's
word, and an environment on a job *after* the deploy comes too late. Whether the environment really has reviewers is for
`production-reviewers-set`.

## Bad
```yaml .github/workflows/deploy.yml:6
on:
  push:
    branches: [main]
permissions: {}
jobs:
  deploy-production:
    runs-on: ubuntu-latest
    steps:
      - run: kubectl apply -k k8s/overlays/production
```

## Good
```yaml .github/workflows/deploy.yml
on:
  push:
    branches: [main]
jobs:
  deploy-production:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -k k8s/overlays/production
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#required-reviewers>
- <https://docs.gitlab.com/ci/environments/deployment_approvals/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.stages import approved
from pytest_deploy.repository import Repository


@check()
def production_needs_approval(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way to production who approves it."""
    answers = Answers()
    for way in deploys(pipeline, repository, "production"):
        if approved(way, repository.release):
            continue
        if way.unseen:
            answers.open(f"{way.text}: {opaque.shown(way.node)} cannot be seen and may wait for a person")
        elif way.target == "unknown":
            answers.open(f"{way.text}: nothing in the file says to which environment it goes")
        else:
            answers.wrong(
                way,
                "",
                f"{called(way)} goes to production without asking anybody: {way.text}",
                "Give the job `environment: production` with required reviewers, or let a person start it.",
            )
    yield from answers.conclude()
