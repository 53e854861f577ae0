"""Every deploy is held back by the tests

Code that reaches production or staging (uat, qa, preprod too) must have passed the tests on that very way: in the same job before
the deploy, or in a job that the deploy needs. Tests that run beside the deploy, only on pull requests, or whose failure is let pass
hold nothing back. Environments for development and review may be untested; applying infrastructure alone owes no tests.

## Bad
```yaml .github/workflows/deploy.yml:6
on:
  push:
    branches: [main]
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: kubectl apply -f k8s/
```

### The deploy runs even when the tests failed
```yaml .github/workflows/deploy.yml:8
on: {push: {branches: [main]}}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest
  deploy:
    needs: test
    if: always()
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -f k8s/
```

## Good
```yaml .github/workflows/deploy.yml
on:
  push:
    branches: [main]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest
  deploy:
    needs: test
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: kubectl apply -f k8s/
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds>
- <https://dora.dev/capabilities/deployment-automation/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import called, deploys, judge
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.coverage import covered, wants
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.repository import Repository


@check()
def pipeline_deploys_after_tests(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way to production or staging whether the tests cover it."""
    release = repository.release
    yield from judge(
        deploys(pipeline, repository, "production", "staging", code=True),
        lambda way: covered(way, wants("tests"), "tests", release, hint="tests"),
        lambda way, coverage: f"{called(way)} deploys untested code: {way.text}; {coverage.reason}",
        "Let the deploy job need the job that runs the tests, with no condition that lets a failure through.",
    )
