"""A non-root user gets a port that it may open

Ports below 1024 are for root. A process without root that is to listen on 80 fails at start, or is given capabilities that it
should not have. A port from 1024 on needs neither; whatever stands before the container maps it.

## Bad
```dockerfile Dockerfile:2
FROM python:3.13-slim
EXPOSE 80
USER app
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim
EXPOSE 8080
USER app
```

## References
- <https://docs.docker.com/reference/dockerfile/#expose>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage
from pytest_deploy.checks.container._bases import runs_as_nonroot
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository

_FIRST_FREE = 1024


@check("advisory")
def unprivileged_port(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at the EXPOSE instructions of built stages that do not run as root."""
    applies = False
    for stage in repository.images.built_stages(dockerfile):
        if _is_root(stage):
            continue
        user = stage.user.name if stage.user else "the user of its base"
        for step in stage.all_steps:
            if step.name != "EXPOSE":
                continue
            for written in step.instruction.words:
                applies = True
                port = re.match(r"\d+", step.scope.expand(written).text)
                if port and 0 < int(port[0]) < _FIRST_FREE:
                    yield Finding(
                        f"{stage.label} exposes port {written} and runs as {user}",
                        step.instruction.at(written),
                        "Let the program listen on a port from 1024 on, and expose that one.",
                    )
    if not applies:
        raise NotApplicable("no built stage exposes a port to a non-root user")


def _is_root(stage: Stage) -> bool:
    if stage.user is None:
        return stage.root is None or not runs_as_nonroot(stage.root.reference)
    return stage.user.name.lower() in ("root", "0", "") or not stage.user.word.known
