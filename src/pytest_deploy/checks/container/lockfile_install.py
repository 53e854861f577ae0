"""Dependencies are installed from the lock file

Without the lock, every build resolves versions anew: what was tested is not what is shipped, and a hijacked release gets in on the
day it is published. A tool that is installed globally has no lock, so its version belongs in the command.

## Bad
```dockerfile Dockerfile:3,4
FROM node:22-slim
COPY package.json package-lock.json ./
RUN npm install
RUN npm install -g pm2
```

### The lock file stays behind
```dockerfile Dockerfile:4
FROM php:8.4-fpm
WORKDIR /app
COPY composer.json ./
RUN composer install --no-dev
```

## Good
```dockerfile Dockerfile
FROM node:22-slim
COPY package.json package-lock.json ./
RUN npm ci && npm install -g pm2@5.4.3
RUN pip install --upgrade pip
```

### Composer holds to a lock that is there
```dockerfile Dockerfile
FROM php:8.4-fpm
WORKDIR /app
COPY composer.json composer.lock ./
RUN composer install --no-dev
```

## References
- <https://docs.npmjs.com/cli/commands/npm-ci>
- <https://docs.astral.sh/uv/concepts/projects/sync/>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage
from pytest_deploy.checks.container._install import Install
from pytest_deploy.checks.container._installs import installs
from pytest_deploy.checks.container._manifests import lacks_lock
from pytest_deploy.checks.container._stages import used_stages
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository

_HINTS = {
    "npm": "Install with npm ci.",
    "yarn": "Add --immutable (Yarn 1: --frozen-lockfile).",
    "pnpm": "Add --frozen-lockfile.",
    "bun": "Add --frozen-lockfile, or use bun ci.",
    "uv": "Add --locked or --frozen.",
    "pdm": "Install with pdm sync, or add --frozen-lockfile.",
    "pipenv": "Install with pipenv sync, or add --deploy.",
    "composer": "Use composer install, and copy composer.lock.",
}
_EXACT = {
    "pip": r".*===?.*|.* @ .*|.*\$.*",
    "pipx": r".*==.*|.*\$.*",
    "uv": r".*==.*|.+@[\d$].*|.*\$.*",
    "go": r".*@(?:v\d.*|[0-9a-f]{7,}|.*\$.*)",
    "gem": r".+:\d.*|.*\$.*",
    "composer": r".+[:=]v?\d.*|.*\$.*",
}
"""Package manager -> how a package with a version of its own looks."""
_EXACT_ELSE = r".+@v?\d.*|.*\$.*|.*://.*|git@.*"


@check("advisory")
def lockfile_install(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at the installations of every stage that is built or taken from."""
    applies = False
    for stage in used_stages(dockerfile, repository):
        for install in installs(stage):
            if install.kind == "prune" or (install.manager == "pip" and install.kind == "project"):
                continue
            applies = True
            message, hint = _judge(install, stage, repository)
            if message:
                yield Finding(f"{stage.label}: {install.text} {message}", install, hint)
    if not applies:
        raise NotApplicable("nothing is installed with a package manager that has a lock file")


def _judge(install: Install, stage: Stage, repository: Repository) -> tuple[str, str]:
    if install.kind in ("tool", "packages"):
        exact = re.compile(_EXACT.get(install.manager, _EXACT_ELSE))
        free = [name for name in install.packages if not exact.fullmatch(name)]
        return (f"takes any version of {', '.join(free)}", "Name the version.") if free else ("", "")
    if install.locked is False:
        return "does not hold to the lock file", _HINTS[install.manager]
    if install.lockfiles and lacks_lock(install, stage, repository):
        name = install.lockfiles[0]
        return f"has no lock file: {name} was not copied", f"Copy {name} before it."
    return "", ""
