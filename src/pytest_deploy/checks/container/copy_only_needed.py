"""Only what is needed is copied into the image

`COPY . .` takes whatever lies in the folder: the history of the repository with every secret that was ever committed, `.env`
files, keys, local builds. A `.dockerignore` that keeps out `.git` and `.env` makes that safe; so does naming what is copied.

## Bad
```dockerfile Dockerfile:3
FROM python:3.13-slim
WORKDIR /app
COPY . .
```

### What was copied in an earlier stage comes along
```dockerfile Dockerfile:2
FROM node:22 AS build
COPY . /app
FROM node:22-slim
COPY --from=build /app /app
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim
COPY . /app
```
```text .dockerignore
.git
.env*
```

### Only outputs leave the stage that has everything
```dockerfile Dockerfile
FROM node:22 AS build
COPY . /app
RUN npm run build
FROM nginx:1.27
COPY --from=build /app/dist /usr/share/nginx/html
```

## References
- <https://docs.docker.com/build/concepts/context/#dockerignore-files>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Copy, Dockerfile, Taken, within
from pytest_deploy.artifacts.ignore_file import IgnoreFile, for_build
from pytest_deploy.checks.container._stages import WHOLE, bare_source, is_url, only_a_base, taken
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository


@check()
def copy_only_needed(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Each copy of the whole context that ends up in a built stage without an ignore file to hold it back."""
    if only_a_base(dockerfile, repository):
        raise NotApplicable("the image is the base of others of this repository, and is judged there")
    parts = taken(dockerfile, repository)
    if not any(copy.from_context for part in parts for copy in part.stage.copies):
        raise NotApplicable("nothing is copied from the build context")
    seen: set[int] = set()
    for part in parts:
        for copy in part.stage.copies:
            if id(copy) in seen or not copy.from_context or not _whole(copy) or not _arrives(copy, part):
                continue
            seen.add(id(copy))
            for context in repository.images.contexts(dockerfile.path):
                ignore = for_build(repository.tree, dockerfile.path, context)
                let_in = _let_in(ignore, copy, context, repository)
                if let_in:
                    yield Finding(
                        f"{part.stage.label} copies the whole build context {context or '.'}/ to {copy.target}, and {_why(ignore, let_in)}",
                        copy,
                        f"Keep {' and '.join(let_in)} out in {ignore.path if ignore else 'a .dockerignore'}, or copy only what is needed.",
                    )
                    break


def _whole(copy: Copy) -> bool:
    return any(not is_url(source) and bare_source(source) in WHOLE for source in copy.sources)


def _arrives(copy: Copy, part: Taken) -> bool:
    return part.paths is None or any(within(copy.target, path) for path in part.paths)


def _let_in(ignore: IgnoreFile | None, copy: Copy, context: str, repository: Repository) -> list[str]:
    inside = "" if context in ("", ".") else context + "/"
    # The history lies at the root of the repository; a context below it has none. An .env file that is in the repository is no secret
    # (or has a check of its own): there, the one that is not is .env.local.
    wanted = [] if inside else [".git"]
    wanted.append(".env.local" if repository.tree.has(f"{inside}.env") else ".env")
    held = (ignore or IgnoreFile("", ())).and_also(copy.step.instruction.all_flags("exclude"))
    return [name for name in wanted if not held.ignores(name)]


def _why(ignore: IgnoreFile | None, let_in: list[str]) -> str:
    if ignore is None:
        return "there is no .dockerignore for it"
    return f"{ignore.path} lets {' and '.join(let_in)} in"
