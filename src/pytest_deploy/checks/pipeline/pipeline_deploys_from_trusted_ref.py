"""Deploys run from trusted refs only

A deploy job that runs for a pull request, or for a push to any branch, deploys what nobody has merged. Default and release branches,
branches named after an environment, tags, releases, the merge queue and a start by hand are trusted. Review and preview environments
are made for untrusted refs and are left alone.

## Bad
```yaml .github/workflows/deploy.yml:6
on:
  pull_request:
  push:
    branches: [main]
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: kubectl apply -f k8s/
```

## Good
```yaml .github/workflows/deploy.yml
on:
  pull_request:
  push:
    branches: [main]
jobs:
  deploy:
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    environment: staging
    steps:
      - run: kubectl apply -f k8s/
```

## References
- <https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments>
- <https://owasp.org/www-project-top-10-ci-cd-security-risks/CICD-SEC-01-Insufficient-Flow-Control-Mechanisms>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import Answers, called, deploys
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.entries import Entry
from pytest_deploy.pipelines.environments import Environments
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Way
from pytest_deploy.repository import Repository

# Lines of development and release that are merged to, never a single person's work.
_LINES = re.compile(
    r"\^?(?:origin/)?(?:main|master|trunk|default|develop(?:ment)?|next|stable|mainline|release\b.*|releases?[/-].*|rel[/-].*|hotfix\b.*|"
    r"v?[\d\[*].*|lts.*|deploy(?:ment)?(?:[/-].*)?)"
)


@check()
def pipeline_deploys_from_trusted_ref(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every deploy on which ref it starts."""
    environments = repository.release.environments
    answers = Answers()
    for way in deploys(pipeline, repository):
        complaint = _untrusted(way, environments, repository.release.default_branch)
        if complaint and way.target == "unknown":
            answers.open(f"{way.text}: nothing in the file says to which environment it goes")
        elif complaint:
            answers.wrong(
                way,
                "",
                f"{called(way)} can run {complaint}: {way.text}",
                "Let it run for the default or a release branch, a tag or a release only, by the trigger or by the job's condition.",
            )
    yield from answers.conclude()


def _untrusted(way: Way, environments: Environments, default_branch: str) -> str:
    entry = way.entry.origin
    if entry.event in ("pull_request", "pull_request_target"):
        return "" if _only_merged(way, entry) else "for a pull request"
    if entry.branch is None:
        return ""
    if entry.branch == "":
        return "for a push to any branch"
    if entry.branch == default_branch or _LINES.fullmatch(entry.branch) or environments.kind(entry.branch) not in (None, "review"):
        return ""
    return f"for a push to {entry.branch}, which is no release branch"


def _only_merged(way: Way, entry: Entry) -> bool:
    """Whether it runs for closed pull requests and asks that they were merged: then it is a push to the branch they went into."""
    if tuple(entry.trigger.activities) != ("closed",):
        return False
    jobs = (way.node, *way.before)
    texts = [node.job.condition.text for node in jobs if node.job.condition]
    texts += [condition.text for doing in way.doings for condition in doing.leaf.conditions]
    return any("merged" in text for text in texts)
