"""The image holds production dependencies only

Test runners, linters and build tools make the image larger and give an intruder more to work with; each of them has its own
vulnerabilities. Every package manager can leave them out, and a build stage may have them as long as only its outputs are copied.

## Bad
```dockerfile Dockerfile:4
FROM node:22-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
```
```json package.json
{"devDependencies": {"jest": "29.7.0"}}
```

### The whole folder of the build stage is taken
```dockerfile Dockerfile:3
FROM node:22 AS build
WORKDIR /app
RUN yarn install --immutable
FROM node:22-slim
COPY --from=build /app /app
```

### Requirements for development
```dockerfile Dockerfile:2
FROM python:3.13-slim
RUN pip install -r requirements-dev.txt
```

## Good
```dockerfile Dockerfile
FROM node:22-slim
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
```

### Only outputs are taken
```dockerfile Dockerfile
FROM node:22 AS build
WORKDIR /app
RUN npm ci && npm run build
FROM nginx:1.27
COPY --from=build /app/dist /usr/share/nginx/html
RUN pip install -r requirements.txt
```

### They are removed after the build
```dockerfile Dockerfile
FROM node:22 AS build
WORKDIR /app
RUN npm ci && npm run build && npm prune --omit=dev
FROM node:22-slim
COPY --from=build /app /app
```

## References
- <https://docs.npmjs.com/cli/commands/npm-ci#omit>
- <https://docs.astral.sh/uv/guides/integration/docker/>
- <https://getcomposer.org/doc/03-cli.md#install-i>
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Stage, absolute, within
from pytest_deploy.checks.container._bases import is_public
from pytest_deploy.checks.container._commands import commands
from pytest_deploy.checks.container._install import Install
from pytest_deploy.checks.container._installs import installs
from pytest_deploy.checks.container._manifests import has_development_dependencies
from pytest_deploy.checks.container._stages import only_a_base, own_base, taken
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.repository import Repository

_HINTS = {
    "npm": "Install with npm ci --omit=dev, or prune before the folder is taken.",
    "yarn": "Install with --production (from Yarn 2 on: yarn workspaces focus --production).",
    "pnpm": "Install with --prod.",
    "bun": "Install with --production.",
    "pip": "Install the production requirements only.",
    "uv": "Add --no-dev.",
    "poetry": "Add --only main.",
    "pdm": "Add --prod.",
    "pipenv": "Leave out --dev.",
    "composer": "Add --no-dev.",
    "bundle": "Set BUNDLE_WITHOUT to development:test.",
}
_SWITCHES = {
    "npm": "NODE_ENV",
    "yarn": "NODE_ENV",
    "pnpm": "NODE_ENV",
    "uv": "UV_NO_DEV",
    "poetry": "POETRY_WITHOUT",
    "composer": "COMPOSER_NO_DEV",
    "bundle": "BUNDLE_WITHOUT",
}
"""Package manager -> the variable by which an image can tell it to leave them out."""
_FAMILY = {"npm": "node", "yarn": "node", "pnpm": "node", "bun": "node"}
_DEVELOPMENT_FILE = re.compile(r"(?<![a-z])(?:dev|devel|develop|development|tests?|testing|local|ci)(?![a-z])", re.IGNORECASE)


@check()
def no_dev_dependencies(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Follow what is installed for development until it is in a built stage, or removed."""
    if only_a_base(dockerfile, repository):
        raise NotApplicable("the image is the base of others of this repository, and is judged there")
    parts = taken(dockerfile, repository)
    arrived: dict[int, list[tuple[Stage, Install]]] = {}
    for part in parts:
        for install in installs(part.stage):
            if part.paths is None or _reaches(install, part.paths):
                arrived.setdefault(part.stage.index, []).append((part.stage, install))
    order = [pair for index in sorted(arrived) for pair in arrived[index]]
    projects = [install for _, install in order if install.kind in ("project", "packages")]
    if not projects:
        raise NotApplicable("no dependencies of a project are installed in what ends up in the image")
    seen: set[int] = set()
    unknown = ""
    for position, (stage, install) in enumerate(order):
        if id(install.ran.step) in seen or not _with_development(install, stage, repository):
            continue
        if any(_clears(later, install) for _, later in order[position + 1 :]) or _removed(stage, install):
            continue
        switch = _SWITCHES.get(install.manager, "")
        if switch and _may_be_set(switch, stage, repository):
            unknown = unknown or f"{stage.label}: {install.text} depends on {switch}, which its base may set; set it in the Dockerfile"
            continue
        seen.add(id(install.ran.step))
        yield Finding(f"{stage.label}: {install.text} installs development dependencies too", install, _HINTS[install.manager])
    if unknown and not seen:
        raise Unverified(f"unverified: {unknown}")


def _may_be_set(switch: str, stage: Stage, repository: Repository) -> bool:
    """Whether the image that a stage stands on may set a variable: one built here does when it says so, a public one does not."""
    own = own_base(stage, repository)
    if own is not None:
        return own.end.scope.get(switch) is not None
    return stage.root is not None and not is_public(stage.root.reference) and stage.end.scope.get(switch) is None


def _reaches(install: Install, paths: tuple[str, ...]) -> bool:
    return any(within(target, path) for target in install.targets for path in map(_without_version, paths))


def _without_version(path: str) -> str:
    return re.sub(r"/python3[\d.]*(?=/|$)", "/python3", path)


def _with_development(install: Install, stage: Stage, repository: Repository) -> bool:
    if install.kind not in ("project", "packages") or install.ran.uncertain:
        return False
    if install.manager == "pip":
        return not install.production or any(_for_development(one, install, stage) for one in install.requirements)
    if install.production:
        return False
    known = has_development_dependencies(install, stage, repository)
    return known is True or (known is None and install.kind == "project")


def _for_development(requirements: str, install: Install, stage: Stage) -> bool:
    """Whether a requirements file is for development, by its name in the repository (a COPY may have renamed it)."""
    place = absolute(requirements, install.folder)
    for one in stage.lineage:
        for copy in one.copies:
            if copy.from_context and copy.target == place and len(copy.sources) == 1:
                requirements = copy.sources[0]
    return bool(_DEVELOPMENT_FILE.search(posixpath.basename(requirements)))


def _clears(later: Install, install: Install) -> bool:
    """Whether a later step leaves nothing of what an installation brought for development."""
    if later.ran.uncertain or _FAMILY.get(later.manager, later.manager) != _FAMILY.get(install.manager, install.manager):
        return False
    if later.kind == "prune":
        return True
    return later.kind == "project" and later.production and install.manager != "pip" and later.targets == install.targets


def _removed(stage: Stage, install: Install) -> bool:
    """Whether the same stage deletes what was installed."""
    steps = stage.steps[stage.steps.index(install.ran.step) :]
    return any(
        ran.words[0] == "rm" and absolute(word, ran.folder) in install.targets
        for step in steps
        if step.name == "RUN"
        for ran in commands(step)
        for word in ran.words[1:]
    )
