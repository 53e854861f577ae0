"""The built stages do not run as root

Whoever breaks into a process that is root in its container is one kernel bug, one mounted socket or one writable host path
away from the machine. Most services need no root: a USER instruction at the end of the stage that is built gives it up. The
base image may have done so already (`:nonroot`, Chainguard, nginx-unprivileged …).

## Bad
```dockerfile Dockerfile:1
FROM python:3.13-slim
CMD ["app"]
```

### The user goes back to root
```dockerfile Dockerfile:4
FROM python:3.13-slim AS base
USER app
FROM base
USER 0:0
CMD ["app"]
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim AS base
ARG UID=1000
USER ${UID}
FROM base
CMD ["app"]
```

### The base runs as another user
```dockerfile Dockerfile
FROM gcr.io/distroless/static-debian12:nonroot
COPY app /app
ENTRYPOINT ["/app"]
```

## References
- <https://docs.docker.com/build/building/best-practices/#user>
- <https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage
from pytest_deploy.checks.container._bases import is_function, is_public, runs_as_nonroot
from pytest_deploy.checks.container._stages import only_a_base, own_base
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.repository import Repository

_HINT = "Make a user and end the stage with USER and its name or number."
_DEEPEST = 10


@check()
def nonroot_user(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at the user in force at the end of each built stage."""
    if repository.images.only_tests(dockerfile.path):
        raise NotApplicable("the image only runs tests, and is neither published nor deployed")
    if only_a_base(dockerfile, repository):
        raise NotApplicable("the image is the base of others of this repository, and is judged there")
    unknown = ""
    found = False
    stages = [stage for stage in repository.images.built_stages(dockerfile) if not stage.only_files]
    if not stages:
        raise NotApplicable("the image holds files only, and nothing that runs")
    if all(stage.root is not None and is_function(stage.root.reference) for stage in stages):
        raise NotApplicable("the image is that of a function, whose platform chooses the user")
    for stage in stages:
        message, reason = _judge(stage, repository)
        unknown = unknown or reason
        if message:
            found = True
            yield Finding(f"{stage.label} {message}", stage.user or stage, _HINT)
    if unknown and not found:
        raise Unverified(f"unverified: {unknown}")


def _judge(stage: Stage, repository: Repository, depth: int = 0) -> tuple[str, str]:
    """What is wrong with a stage's user, and what could not be told."""
    user = stage.user
    if user is not None:
        name = user.name.strip()
        if not user.word.known and (not name or user.word.missing):
            names = ", ".join(sorted(user.word.missing)) or user.instruction.value
            return "", f"the USER of {stage.label} depends on {names}, which only the build knows; give its ARG a default"
        root = name.lower() in ("root", "containeradministrator") or (name.isdecimal() and int(name) == 0)
        return (f"runs as root: USER {user.instruction.value}" if root else ""), ""
    base = stage.root
    if base is None:
        return "runs as root: it is built from scratch and has no USER", ""
    other = own_base(stage, repository) if depth < _DEEPEST else None
    if other is not None:
        message, reason = _judge(other, repository, depth + 1)
        return (f"runs as root: its base is {other.label} of {other.place.path}, which does" if message else ""), reason
    if runs_as_nonroot(base.reference):
        return "", ""
    if base.missing and base.written.startswith("$"):
        return "", f"{stage.label} has no USER, and its base {base.written} is known only to the build; give its ARG a default"
    if not is_public(base.reference):
        return "", f"{stage.label} has no USER, and which user its base {base.shown} runs as cannot be seen; end the stage with USER"
    return f"runs as root: it has no USER, and neither has its base {base.shown}", ""
