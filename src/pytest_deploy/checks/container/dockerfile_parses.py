"""The Dockerfile reads as BuildKit reads it

A Dockerfile that the builder refuses stops the deployment at the worst time, and one that reads differently from what its author
meant (an open here-document, an instruction before FROM, a misspelt one) builds something else than was reviewed.

## Bad
```dockerfile Dockerfile:3
FROM python:3.13-slim
USER app
ENTRYPIONT ["app"]
```

### A here-document that never ends
```dockerfile Dockerfile:2
FROM python:3.13-slim
RUN <<EOF
pip install .
```

## Good
```dockerfile Dockerfile
# escape=`
FROM python:3.13-slim
RUN <<EOF
pip install .
EOF
ONBUILD RUN pip `
    check
```

## References
- <https://docs.docker.com/reference/dockerfile/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, Unverified


@check()
def dockerfile_parses(dockerfile: Dockerfile) -> Iterator[Finding]:
    """What the builder would refuse, each at its line."""
    if dockerfile.template:
        raise Unverified(f"unverified: {dockerfile.path} is the template of a Dockerfile; render it to have the result judged")
    for problem in dockerfile.problems:
        yield Finding(problem.message, problem.place, "Write it as the Dockerfile reference describes.")
