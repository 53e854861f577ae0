"""A production deploy is verified

A deploy command that returns says that the platform took the order, not that the service is up. After each production deploy something
looks: a smoke or health check that can fail, or a wait until the new instances are ready (`kubectl rollout status`, `helm --wait`,
`aws ecs wait services-stable`).

## Bad
```yaml .github/workflows/deploy.yml:8
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: kubectl apply -f k8s/
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
      - run: |
          kubectl apply -f k8s/
          kubectl rollout status deployment/shop --timeout=5m
```

## References
- <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status>
- <https://sre.google/workbook/canarying-releases/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys, local
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Way
from pytest_deploy.pipelines.stages import after, unseen_after
from pytest_deploy.repository import Repository


@check()
def post_deploy_verified(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every production deploy what looks at it afterwards."""
    answers = Answers()
    for way in deploys(pipeline, repository, "production", code=True):
        looks = [doing for doing in (*way.doings, *after(way), *_within(way)) if _looks(doing, way)]
        left = _left(way, looks)
        if looks and left is None:
            continue
        unseen = unseen_after(way)
        if unseen:
            answers.open(f"{way.text}: {', '.join(unseen)} cannot be seen and may verify the deploy")
        elif way.target == "unknown":
            answers.open(f"{way.text}: nothing in the file says to which environment it goes")
        else:
            answers.wrong(
                way,
                "",
                f"nothing looks at what {'this step of ' if left else ''}{called(way)} has deployed: {way.text}",
                "Wait for the rollout, or run smoke tests against production after the deploy, in a step or job that can fail.",
                at=left or (way.doings[-1] if way.doings else None),
            )
    yield from answers.conclude()


def _left(way: Way, looks: list[Doing]) -> Doing | None:
    """The deploy that nobody waits for where all that looks are others of its kind, each waiting for itself alone."""
    waiting = [doing for doing in way.doings if any(_same_command(doing, look) for look in looks)]
    if any(not any(_same_command(doing, look) for doing in waiting) for look in looks):
        return None
    kinds = {_kind(doing) for doing in waiting if not doing.act.conditional}
    return next((doing for doing in way.doings if doing not in waiting and not doing.act.conditional and _kind(doing) in kinds), None)


def _same_command(deploy: Doing, look: Doing) -> bool:
    """Whether it is the deploying command that looks."""
    itself = look.act is deploy.act or look.act.details.get("same-command") == "yes"
    return itself and look.leaf is deploy.leaf and look.act.text == deploy.act.text


def _kind(doing: Doing) -> tuple[str, str]:
    """What a deploy is done with: the platform and the program or packaged step."""
    return doing.act.details.get("platform", ""), doing.act.text.partition(" ")[0].partition("@")[0]


def _looks(doing: Doing, way: Way) -> bool:
    if doing.act.details.get("wait") == "yes" or doing.act.details.get("atomic") == "yes":
        return True
    looking = doing.role in ("smoke", "readiness") or (doing.role == "tests" and doing.node is way.node)
    if not looking or doing.act.swallowed or doing.leaf.continues_on_error:
        return False
    return doing.act.details.get("can-fail") != "no" and not local(doing) and way.world.runs(doing) is not False


def _within(way: Way) -> Iterator[Doing]:
    """Waits that the deploying step itself does, though they stand before another deploy of the job."""
    first = way.first
    seen = False
    for doing in way.node.doings():
        seen = seen or (first is not None and doing.act is first.act)
        if seen and doing.role == "readiness":
            yield doing
