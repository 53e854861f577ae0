"""Application files belong to the user that needs them

COPY makes files of root, whatever USER says. A process without root that has to write to the folder it works in fails at run time;
teams then give the root user back. `--chown` says who owns the files; `--chmod` says that they are meant to be read only, and so does
copying a folder of its own below the one where the process works.

## Bad
```dockerfile Dockerfile:3
FROM python:3.13-slim
WORKDIR /app
COPY src/ /app/
USER app
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim
WORKDIR /app
COPY --chown=app:app src/ /app/
COPY static/ /srv/static/
COPY entrypoint.sh /usr/local/bin/
USER app
```

### They are given away later
```dockerfile Dockerfile
FROM python:3.13-slim
WORKDIR /app
COPY src/ .
RUN chown -R app /app
USER app
```

## References
- <https://docs.docker.com/reference/dockerfile/#copy---chown---chmod>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Copy, Dockerfile, Stage, absolute, within
from pytest_deploy.checks.container._commands import commands
from pytest_deploy.checks.container._stages import WHOLE, bare_source
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository

_CHANGERS = frozenset({"chown", "chmod", "chgrp", "install", "fix-permissions", "setfacl"})


@check("advisory")
def copied_files_owned(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at what is copied to the folder where a process without root works."""
    applies = False
    for stage in repository.images.built_stages(dockerfile):
        user = stage.user
        if user is None or user.name.lower() in ("root", "0", "") or not user.word.known:
            continue
        given = _given_away(stage)
        for copy in (copy for one in stage.lineage for copy in one.copies if copy.from_context):
            if copy.target == "/" or not within(stage.end.folder, copy.target) or not _is_folder(copy, dockerfile, repository):
                continue
            applies = True
            flags = copy.step.instruction
            if flags.flag("chown") or flags.flag("chmod"):
                continue
            if not any(within(copy.target, path) or within(path, copy.target) for path in given):
                yield Finding(
                    f"{stage.label} runs as {user.name}, and what is copied to {copy.target} belongs to root",
                    copy,
                    f"Add --chown={user.word.text}, or --chmod=a=rX where it is only to be read.",
                )
    if not applies:
        raise NotApplicable("no folder of an application is copied for a non-root user")


def _is_folder(copy: Copy, dockerfile: Dockerfile, repository: Repository) -> bool:
    return any(
        source in WHOLE
        or any(repository.tree.has_folder(f"{context}/{source}".lstrip("/")) for context in repository.images.contexts(dockerfile.path))
        or written.endswith("/")
        for written, source in ((written, bare_source(written)) for written in copy.sources)
    )


def _given_away(stage: Stage) -> list[str]:
    """Paths whose owner or rights a RUN changes."""
    found: list[str] = []
    for step in stage.all_steps:
        if step.name == "RUN":
            for ran in commands(step):
                if ran.words[0].rpartition("/")[2] in _CHANGERS:
                    found += [absolute(word, ran.folder) for word in ran.words[1:] if not word.startswith(("-", "$"))]
    return found
