"""A failed production deploy rolls back

When a deploy, or the look at it afterwards, fails, somebody must take it back, at three in the morning too. The pipeline does: a step or
job on failure that rolls back, `helm --atomic`, a deployment circuit breaker, or a controller that analyses the rollout (Argo Rollouts,
Flagger).

## Bad
```yaml .github/workflows/deploy.yml:9
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
      - if: failure()
        run: kubectl rollout undo deployment/shop
```

## References
- <https://helm.sh/docs/helm/helm_upgrade/>
- <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
- <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-back-a-deployment>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.progressive import Watched, controllers
from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Way
from pytest_deploy.pipelines.stages import rolls_back, unseen_after
from pytest_deploy.repository import Repository


@check()
def post_deploy_rolls_back(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every production deploy what takes it back when it fails."""
    answers = Answers()
    ways = deploys(pipeline, repository, "production", code=True)
    watched = controllers(repository.tree)
    for way in ways:
        if rolls_back(way) or _is_watched(way, watched):
            continue
        unseen = unseen_after(way)
        if unseen:
            answers.open(f"{way.text}: {', '.join(unseen)} cannot be seen and may roll back")
        elif way.target == "unknown":
            answers.open(f"{way.text}: nothing in the file says to which environment it goes")
        else:
            answers.wrong(
                way,
                "",
                f"nothing takes back a failed deploy by {called(way)}: {way.text}",
                "Add a step on failure that rolls back, or deploy with a tool that does (`helm upgrade --atomic`, a circuit breaker).",
                at=way.doings[-1] if way.doings else None,
            )
    yield from answers.conclude()


_PLATFORMS: dict[str, Watched] = {
    **dict.fromkeys(("kubernetes", "helm", "argocd", "argo-rollouts", "openshift"), "kubernetes"),
    **dict.fromkeys(("ecs", "codedeploy", "cdk", "sam", "lambda", "elasticbeanstalk", "serverless"), "aws"),
}
_ELSEWHERE = frozenset(
    {"cloud-run", "app-service", "vercel", "netlify", "fly", "heroku", "render", "railway", "cloud-foundry", "host", "swarm"}
)


def _is_watched(way: Way, watched: frozenset[Watched]) -> bool:
    """Whether a controller of the repository watches what is deployed; of a script's platform nothing is known, and any will do."""
    platforms = {doing.act.details.get("platform", "") for doing in way.doings if doing.role == "deploy"}
    return bool(watched) and all(_PLATFORMS[one] in watched if one in _PLATFORMS else one not in _ELSEWHERE for one in platforms)
