"""The pipeline's token may do no more than it says

Without `permissions`, a job's token may do whatever the repository's settings allow, often writing to everything: any action or package
that runs in the job then may, too. Each job needs to be covered, by its own `permissions` or by the workflow's; an empty mapping is the
best of all.

## Bad
```yaml .github/workflows/ci.yml:1
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

### One job is left out
```yaml .github/workflows/ci.yml:8
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {contents: read}
    steps:
      - run: make test
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: make lint
```

### Everything is allowed
```yaml .github/workflows/ci.yml:2
on: [push]
permissions: write-all
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
  release:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - run: make release
```

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#use-least-privilege-for-github_token>
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.model import Permissions, Pipeline

_HINT = "Add `permissions: {}` (or `contents: read`) at the top of the workflow, and to each job what it needs beyond that."


@check("advisory")
def pipeline_least_privilege(pipeline: Pipeline) -> Iterator[Finding]:
    """Every job is covered, and nothing may do everything."""
    if pipeline.action:
        raise NotApplicable("a composite action runs with the token of the job that uses it")
    if not pipeline.narrows_token:
        raise NotApplicable("the files of this CI system do not say what a job's token may do")
    if not pipeline.jobs:
        raise NotApplicable("it has no jobs")
    uncovered = [job for job in pipeline.jobs.values() if job.permissions is None and pipeline.permissions is None]
    if len(uncovered) == len(pipeline.jobs):
        yield Finding("no permissions are set: every job's token may do whatever the repository's settings allow", pipeline.place, _HINT)
    else:
        for job in uncovered:
            yield Finding(
                f"the job {job.id} has no permissions, nor has the workflow: its token may do whatever the settings allow", job, _HINT
            )
    for whose, permissions in [
        ("the workflow", pipeline.permissions),
        *((f"the job {job.id}", job.permissions) for job in pipeline.jobs.values()),
    ]:
        if permissions is not None and _is_everything(permissions):
            yield Finding(f"the token of {whose} may write to everything", permissions.place, _HINT)


def _is_everything(permissions: Permissions) -> bool:
    return permissions.everything == "write"
