"""Two deploys cannot run side by side

Two pushes in a row start two deploys, and the older one may finish last. A concurrency group (a `resource_group`, a lock) lets one
through at a time; it must not cancel one that is in progress, which would leave a deploy half done.

## Bad
```yaml .github/workflows/deploy.yml:4
on: {push: {branches: [main]}}
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -f k8s/
```

### One in progress is cancelled
```yaml .github/workflows/deploy.yml:6
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    concurrency:
      group: production
      cancel-in-progress: true
    environment: production
    steps:
      - run: kubectl apply -f k8s/
```

## Good
```yaml .github/workflows/deploy.yml
on: {push: {branches: [main]}}
concurrency: production
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - run: kubectl apply -f k8s/
```

## References
- <https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency>
- <https://docs.gitlab.com/ci/resource_groups/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.graph import Node
from pytest_deploy.pipelines.model import Concurrency, Pipeline
from pytest_deploy.repository import Repository


@check("advisory")
def pipeline_deploys_serialised(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Look at the lock of every deploy job that stands in the file, or of the jobs that call it."""
    nodes: dict[str, list[Node]] = {}
    for way in repository.release.held_by(pipeline):
        if way.target != "review":
            nodes.setdefault(str(way.node.job.id), []).append(way.node)
    if not nodes:
        raise NotApplicable("no deploy job stands in this file")
    for name, ones in nodes.items():
        locks = [_lock(node) for node in ones]
        cancelling = next((lock for lock in locks if lock and lock.cancels), None)
        if None in locks:
            yield Finding(
                f"{name} deploys without a concurrency group: two runs can deploy side by side",
                ones[locks.index(None)].place,
                "Give the job a concurrency group of its environment's name, and do not cancel one in progress.",
            )
        elif cancelling:
            yield Finding(
                f"{name} cancels a deploy that is in progress when the next one starts",
                cancelling.place,
                "Set `cancel-in-progress: false` for deploys: one that has begun must end.",
            )


def _lock(node: Node | None) -> Concurrency | None:
    while node is not None:
        lock = node.job.concurrency or node.pipeline.concurrency
        if lock:
            return lock
        node = node.caller
    return None
