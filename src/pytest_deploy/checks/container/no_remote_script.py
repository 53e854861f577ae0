"""No script is fetched and run unseen

`curl … | sh` runs whatever the server sends on the day of the build, and `ADD https://…` puts it into the image. A checksum, or a
package from a repository with signatures, makes sure that it is what was reviewed.

## Bad
```dockerfile Dockerfile:2,3
FROM debian:12-slim
RUN curl -fsSL https://example.org/install.sh | sh
ADD https://example.org/tool.tar.gz /opt/
```

## Good
```dockerfile Dockerfile
FROM debian:12-slim
RUN curl -fsSLo install.sh https://example.org/install.sh \\
    && echo "0f5d…  install.sh" | sha256sum -c \\
    && sh install.sh
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.org/tool.tar.gz /opt/
```

## References
- <https://docs.docker.com/reference/dockerfile/#add---checksum>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile, Step
from pytest_deploy.checks.container._commands import shell_commands
from pytest_deploy.checks.container._stages import is_url, used_stages
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.syntax.shell import Command

_FETCHERS = frozenset({"curl", "wget"})
_INTERPRETERS = re.compile(r"(?:ba|da|a|z|k|)sh|python[\d.]*|perl|ruby|node|php\d*")
_SUBSTITUTED = re.compile(r"[<$]\(\s*(?:curl|wget)\s")
_COMMIT = re.compile(r"#[0-9a-f]{40}(?::|$)")


@check("advisory")
def no_remote_script(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at the RUN and ADD instructions of every stage that is built or taken from."""
    steps = [step for stage in used_stages(dockerfile, repository) for step in stage.steps if step.name in ("RUN", "ADD")]
    if not steps:
        raise NotApplicable("nothing is run or added in the build")
    for step in steps:
        if step.name == "RUN":
            for place, text in _piped(step):
                yield Finding(f"{text} is run unseen", place, "Fetch it to a file and check its checksum before it is run.")
        elif step.instruction.flag("checksum") is None:
            for source in step.instruction.words[:-1]:
                if is_url(source) and not _COMMIT.search(source):
                    yield Finding(f"ADD {source} has no checksum", step.instruction.at(source), "Add --checksum=sha256:… to the ADD.")


def _piped(step: Step) -> Iterator[tuple[Place, str]]:
    """What is fetched and run: (place, what)."""
    script = step.instruction.script.split("\n")
    before: Command | None = None
    for command in shell_commands(step.instruction):
        if not command.words:
            continue
        name = command.words[0].rpartition("/")[2]
        if _INTERPRETERS.fullmatch(name) or name in ("eval", "source", "."):
            if before is not None and _reads_input(command) and _joined_by_a_pipe(script, step, before, command):
                yield before.place, f"what {_shown(before)} fetches"
            elif any(_SUBSTITUTED.match(word) for word in command.words[1:]):
                yield command.place, f"what {next(word for word in command.words[1:] if _SUBSTITUTED.match(word))[:60]} fetches"
        elif _SUBSTITUTED.match(command.words[0]):
            yield command.place, f"what {command.words[0][:60]} fetches"
        before = command if name in _FETCHERS or (before is not None and name in ("sed", "tr", "cat", "gunzip", "tee")) else None


def _reads_input(command: Command) -> bool:
    """Whether an interpreter is given its program on the standard input."""
    words = command.words[1:]
    if words and any(word in ("-s", "-") or word.startswith(("-s", "/dev/stdin")) for word in words):
        return True
    bare = [word for word in words if not word.startswith("-")]
    return (not bare and not any(word in ("-c", "-e", "-m", "-r") for word in words)) or words[:1] == ("--",)


def _joined_by_a_pipe(script: list[str], step: Step, first: Command, second: Command) -> bool:
    start = step.instruction.script.place
    at = _offset(script, start, first.place), _offset(script, start, second.place)
    between = "\n".join(script)[at[0] : at[1]]
    operators = re.findall(r"\|\||&&|\|&?|;", between)
    return bool(operators) and operators[-1].startswith("|") and operators[-1] != "||"


def _offset(script: list[str], start: Place, place: Place) -> int:
    row = place.line - start.line
    column = place.column - (start.column if row == 0 else 1)
    return sum(len(line) + 1 for line in script[:row]) + column


def _shown(command: Command) -> str:
    url = next((word for word in command.words if "://" in word), "")
    return f"{command.words[0]} {url}".strip()
