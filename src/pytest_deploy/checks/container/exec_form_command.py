"""CMD and ENTRYPOINT are in exec form

In shell form the process is a child of `/bin/sh -c`, which passes no signals on: the container does not stop when it is told to,
and is killed after ten seconds in the middle of its work. The exec form, a JSON array, starts the program itself.

## Bad
```dockerfile Dockerfile:2
FROM node:22-slim
CMD node server.js
```

### Single quotes are no JSON
```dockerfile Dockerfile:2
FROM node:22-slim
ENTRYPOINT ['node', 'server.js']
```

## Good
```dockerfile Dockerfile
FROM node:22-slim
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node", "server.js"]
```

## References
- <https://docs.docker.com/reference/build-checks/json-args-recommended/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository


@check("advisory")
def exec_form_command(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at the CMD and ENTRYPOINT in force in each built stage."""
    steps = [
        (stage, step)
        for stage in repository.images.built_stages(dockerfile)
        for step in (stage.last("ENTRYPOINT"), stage.last("CMD"))
        if step is not None and step.instruction.value
    ]
    if not steps:
        raise NotApplicable("no built stage has a CMD or ENTRYPOINT of its own")
    seen: set[int] = set()
    for stage, step in steps:
        if not step.instruction.json and id(step) not in seen:
            seen.add(id(step))
            wrong = "looks like JSON but is none, so that a shell runs it" if step.instruction.value.startswith("[") else "is in shell form"
            yield Finding(f"{stage.label}: {step.name} {wrong}", step, f'Write {step.name} ["program", "argument"] with double quotes.')
