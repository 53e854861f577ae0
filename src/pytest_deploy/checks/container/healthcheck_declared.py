"""Somebody asks whether the container is healthy

A process that hangs still runs. Only a health check, in the Dockerfile, in the compose service or as a Kubernetes probe, tells
whoever runs the container to start it anew or to keep traffic away, and a deployment that the new version never came up.

## Bad
```dockerfile Dockerfile:1
FROM python:3.13-slim
CMD ["app"]
```

### The check of the base is switched off
```dockerfile Dockerfile:2
FROM nginx:1.27
HEALTHCHECK NONE
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim
HEALTHCHECK CMD ["app", "--check"]
CMD ["app"]
```

### The service that builds it has one
```dockerfile Dockerfile
FROM python:3.13-slim
CMD ["app"]
```
```yaml compose.yml
services:
  web:
    build: .
    healthcheck:
      test: ["CMD", "app", "--check"]
```

## References
- <https://docs.docker.com/reference/dockerfile/#healthcheck>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage
from pytest_deploy.checks.container._bases import is_function
from pytest_deploy.checks.container._stages import only_a_base, own_base
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository

_HINT = "Add a HEALTHCHECK here, or a health check where the container is run."


@check("advisory")
def healthcheck_declared(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look for a health check in each built stage, then where it is run."""
    images = repository.images
    if images.only_tests(dockerfile.path):
        raise NotApplicable("the image only runs tests, and is neither published nor deployed")
    if only_a_base(dockerfile, repository):
        raise NotApplicable("the image is the base of others of this repository, and is judged there")
    if images.runs_once(dockerfile.path):
        raise NotApplicable("the image is that of a job, which does its work and ends")
    stages = [stage for stage in images.built_stages(dockerfile) if not stage.only_files]
    if not stages:
        raise NotApplicable("the image holds files only, and nothing that runs")
    based = all(stage.root is not None and is_function(stage.root.reference) for stage in stages)
    if based or images.is_function(dockerfile.path):
        raise NotApplicable("the image is that of a function, whose platform looks after it")
    if images.healthcheck(dockerfile.path) is not None:
        return
    for stage in stages:
        step = stage.last("HEALTHCHECK")
        if step is None:
            other = own_base(stage, repository)
            if other is None or not _checked(other):
                yield Finding(f"{stage.label} has no HEALTHCHECK, and nothing that runs it has a health check", stage, _HINT)
        elif not _checked(stage):
            yield Finding(f"{stage.label} switches its health check off, and nothing that runs it has one", step, _HINT)


def _checked(stage: Stage) -> bool:
    step = stage.last("HEALTHCHECK")
    return step is not None and step.instruction.words[:1] != () and step.instruction.words[0].upper() != "NONE"
