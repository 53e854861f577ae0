"""No secret is in the image or its history

Whoever can pull the image can read its environment, every layer and the history of the build: a secret in ENV, in the default of an
ARG or in a command is public to them, and so is an ARG that a RUN was given. `RUN --mount=type=secret` gives a command a secret
that leaves no trace.

## Bad
```dockerfile Dockerfile:2
FROM python:3.13-slim
ENV DB_PASSWORD=q8Zr4Tn1Lw7x
```

### A token as build argument
```dockerfile Dockerfile:2
FROM node:22-slim
ARG NPM_TOKEN
RUN npm ci
```

### A file with secrets is copied
```dockerfile Dockerfile:2
FROM python:3.13-slim
COPY .env /app/
```

## Good
```dockerfile Dockerfile
FROM node:22-slim
ENV DB_PASSWORD_FILE=/run/secrets/db
ARG NODE_ENV=production
RUN --mount=type=secret,id=npm,env=NPM_TOKEN npm ci
COPY .env.example /app/
```

## References
- <https://docs.docker.com/build/building/secrets/>
- <https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/>
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator

from pytest_deploy import secrets
from pytest_deploy.artifacts.dockerfile import Copy, Dockerfile, Stage, Step
from pytest_deploy.checks.container._commands import shell_commands
from pytest_deploy.checks.container._stages import bare_source
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, Related
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.syntax.dockerfile import Instruction

_MOUNT = "Give it to the RUN that needs it with --mount=type=secret."
_RUNTIME = "Leave it out of the image, and give it to the container when it is run."
_SECRET_FILES = (
    ".env", ".env.*", "*.env", ".npmrc", ".yarnrc", ".netrc", "_netrc", ".pypirc", ".aws", ".ssh", ".kube", "kubeconfig", "*.kubeconfig",
    ".docker", ".git-credentials", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.key", "*.pem", "*.p12", "*.pfx", "*.ppk", "*.keystore",
    "credentials.json", "service-account*.json", "service_account*.json", "application_default_credentials.json", "master.key",
)  # fmt: skip
_HARMLESS = re.compile(
    r".*\.(?:example|sample|template|dist|defaults?|tmpl|tpl|encrypted|enc|gpg|age|sops|vault)(?:\..*)?|(?:example|sample|template)\..*"
    r"|.*(?:public|cert|certs|certificate|ca|bundle|chain|crt|root)[\w.-]*\.(?:pem|key)|.*\.pub",
    re.IGNORECASE,
)
_REGISTRY_LOGIN = re.compile(r"(?:_authToken|_auth|_password|npmAuthToken|npmAuthIdent)\s*[=:]\s*(?P<value>\S+)")
_PAIR = re.compile(r"\s*(?:export\s+)?(?P<name>[\w.]+)\s*=\s*(?P<value>.*)")


@check()
def no_secrets_in_image(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Look at every instruction of every stage: caches and histories keep those of build stages too."""
    context = secrets.Context.DEVELOPMENT if dockerfile.development else secrets.Context.PLAIN
    first = dockerfile.stages[0].source if dockerfile.stages else None
    for one in dockerfile.instructions:
        if one is first:
            break
        yield from _literals(one, "before the first stage", context)
    for stage in dockerfile.stages:
        for step in stage.steps:
            if step.name in ("ENV", "ARG", "LABEL"):
                yield from _literals(step.instruction, f"in {stage.label}", context)
            elif step.name == "RUN":
                yield from _in_commands(step, stage, context)
        yield from _arguments(stage)
        for copy in stage.copies:
            if copy.from_context:
                yield from _files(copy, stage, dockerfile, repository, context)


def _literals(one: Instruction, where: str, context: secrets.Context) -> Iterator[Finding]:
    for name, value in one.pairs:
        bare = (value or "").strip().strip("\"'")
        reason = secrets.judge(name.strip("\"'") if one.name != "LABEL" else None, bare, context=context) if bare else None
        if reason:
            yield Finding(f"{one.name} {name} {where} holds {reason}", one.at(name), _RUNTIME, advisory=_insist(bare))


def _insist(value: str) -> bool | None:
    """A live credential is one in a file for development, too."""
    return False if secrets.live_token(value) else None


def _in_commands(step: Step, stage: Stage, context: secrets.Context) -> Iterator[Finding]:
    seen: set[tuple[int, str]] = set()
    for command in shell_commands(step.instruction):
        pairs: list[tuple[str | None, str]] = list(command.assignments)
        for word in command.words[1:]:
            name, equals, value = word.partition("=")
            if equals and command.words[0] in ("export", "declare", "readonly") and name.isidentifier():
                pairs.append((name, value))
            else:
                pairs.append((None, word))
        if command.heredoc:
            pairs.append((None, command.heredoc))
        for known, value in pairs:
            reason = secrets.judge(known, value, context=context)
            if reason and (command.place.line, reason) not in seen:
                seen.add((command.place.line, reason))
                yield Finding(f"RUN in {stage.label} holds {reason}", command.place, _MOUNT, advisory=_insist(value))


def _arguments(stage: Stage) -> Iterator[Finding]:
    """Secret-named ARGs that a later RUN is given, or that an ENV keeps."""
    for position, step in enumerate(stage.steps):
        if step.name != "ARG":
            continue
        for name, default in step.instruction.pairs:
            if not secrets.is_secret_name(name) or (default or "").strip("\"'"):
                continue  # one with a default is judged by its literal
            later = stage.steps[position + 1 :]
            user = next((one for one in later if one.name == "ENV" and _speaks_of(one, name)), None)
            user = user or next((one for one in later if one.name == "RUN" and _speaks_of(one, name)), None)
            user = user or next((one for one in later if one.name == "RUN"), None)
            if user is not None:
                related = (Related(f"this {user.name} is given it", _place_of(user, name)),)
                how = "an ENV keeps it in the image" if user.name == "ENV" else "a RUN is given it, and the build's history keeps it"
                yield Finding(f"ARG {name} in {stage.label} is a secret by its name, and {how}", step.instruction.at(name), _MOUNT, related)


def _speaks_of(step: Step, name: str) -> bool:
    one = step.instruction
    texts = [one.joined, *(heredoc.content for heredoc in one.heredocs)]
    return any(re.search(rf"\$\{{?{re.escape(name)}\b", text) for text in texts)


def _place_of(step: Step, name: str) -> Place:
    return step.instruction.at(f"${name}") if f"${name}" in step.instruction.joined else step.instruction.at(f"${{{name}")


def _files(copy: Copy, stage: Stage, dockerfile: Dockerfile, repository: Repository, context: secrets.Context) -> Iterator[Finding]:
    for source in copy.sources:
        path = bare_source(source)
        name = next((part for part in path.split("/") if _is_secret_file(part)), None)
        if name is None:
            continue
        contexts = repository.images.contexts(dockerfile.path)
        texts = [repository.tree.text(posixpath.normpath(posixpath.join(folder, path))) for folder in contexts]
        known = [text for text in texts if text is not None]
        if known and not any(_holds_secrets(name, text, context) for text in known):
            continue
        yield Finding(
            f"{copy.step.name} in {stage.label} takes {path} into the image, which holds secrets",
            copy.step.instruction.at(source),
            "Keep the file out of the image, and give what it holds to the build or the container as a secret.",
        )


def _is_secret_file(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in _SECRET_FILES) and not _HARMLESS.fullmatch(name)


def _holds_secrets(name: str, text: str, context: secrets.Context) -> bool:
    """Whether a file of the repository with the name of a secret one does hold any."""
    if "PRIVATE KEY-----" in text:
        return True
    if name in (".npmrc", ".yarnrc"):
        # A reference to a variable is filled in by the build, and no secret by itself.
        return any(not found["value"].strip("\"'").startswith("$") for found in _REGISTRY_LOGIN.finditer(text))
    if name.endswith((".pem", ".key")):
        return False
    pairs = (_PAIR.match(line) for line in text.splitlines())
    return any(pair and secrets.judge(pair["name"], pair["value"].strip().strip("\"'"), context=context) for pair in pairs)
