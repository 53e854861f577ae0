"""What pip, uv, Poetry, PDM and Pipenv install."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import absolute
from pytest_deploy.checks.container._commands import Ran
from pytest_deploy.checks.container._install import Install, Line, command_line, is_true

_PIP_VALUED = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target", "--prefix", "--root", "-i", "--index-url", "--src"}
    | {"--extra-index-url", "--find-links", "-f", "--trusted-host", "--cache-dir", "--python", "--python-version", "-w", "--wheel-dir"}
    | {
        "--platform",
        "--only-binary",
        "--no-binary",
        "--timeout",
        "--retries",
        "--default-timeout",
        "-b",
        "--build",
        "--progress-bar",
        "--log",
    }
    | {"--root-user-action", "--upgrade-strategy", "-p", "--group", "--extra", "--index", "--default-index", "--torch-backend"}
    | {"--requirements", "--constraints", "--index-strategy", "--python-preference", "--prerelease", "--resolution", "--link-mode"}
    | {"--keyring-provider", "--config-file", "--exclude-newer", "--refresh-package", "--reinstall-package", "--config-settings", "-C"}
)
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "pip-tools", "distribute"})
_SITE_PACKAGES = ("/usr/local/lib/python3/site-packages", "/usr/lib/python3/dist-packages")


def pip(ran: Ran, words: tuple[str, ...], program: str) -> Iterator[Install]:
    line = command_line(words, _PIP_VALUED)
    if line.words[:1] not in (("install",), ("sync",), ("wheel",)):
        return
    names = line.words[1:]
    local = line.values("-e", "--editable") + tuple(name for name in names if _local_python(name))
    packages = tuple(name for name in names if not _local_python(name))
    requirements = line.values("-r", "--requirement", "--requirements") + (names if line.words[0] == "sync" else ())
    targets = _python_targets(ran, line, program)
    if requirements or local:
        extras = tuple(found[1] for name in local if (found := re.search(r"\[([^\]]*)\]", name)))
        dev = any(DEVELOPMENT_WORD.search(extra) for extra in (*extras, *line.values("--group")))
        yield Install("pip", "project", ran, ran.folder, targets, (), not dev, None, (), requirements)
    elif line.words[0] != "sync":
        wanted = tuple(name for name in packages if re.split(r"[\[<>=!~@ ;]", name)[0].lower() not in _INSTALLERS)
        constrained = bool(line.values("-c", "--constraint", "--constraints"))
        if wanted and not constrained:
            yield Install("pip", "tool", ran, ran.folder, targets, wanted)


DEVELOPMENT_WORD = re.compile(r"(?<![a-z])(?:dev|devel|develop|development|test|tests|testing|lint|docs?|ci)(?![a-z])", re.IGNORECASE)


def _local_python(name: str) -> bool:
    return (
        name.startswith((".", "/", "file:", "$"))
        or name.split("[")[0].endswith((".whl", ".tar.gz", ".zip"))
        or "://" in name
        or "*" in name
    )


def _python_targets(ran: Ran, line: Line, program: str) -> tuple[str, ...]:
    given = line.values("-t", "--target", "--prefix", "--root", "-w", "--wheel-dir")
    if given:
        return tuple(absolute(one, ran.folder) for one in given)
    if program.startswith("/") and "/bin/" in program and not program.startswith(("/usr/", "/bin/")):
        return (program.partition("/bin/")[0],)
    environment = ran.environment.get("VIRTUAL_ENV") or ran.environment.get("UV_PROJECT_ENVIRONMENT")
    if environment and "$" not in environment:
        return (absolute(environment, ran.folder),)
    if line.has("--user"):
        return ("/root/.local",)
    return _SITE_PACKAGES


_UV_VALUED = _PIP_VALUED | {"--no-group", "--only-group", "--package", "--project", "--directory", "--link-mode", "--no-extra"}


def uv(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], _UV_VALUED)
    if line.words[:1] == ("pip",):
        index = words.index("pip")
        yield from pip(ran, words[index + 1 :], words[0])
    elif line.words[:2] == ("tool", "install"):
        yield Install("uv", "tool", ran, ran.folder, (), line.words[2:])
    elif line.words[:1] == ("sync",):
        folder = next((absolute(one, ran.folder) for one in line.values("--project", "--directory")), ran.folder)
        told = ran.environment
        production = line.has("--no-dev", "--no-default-groups", "--only-group") or "dev" in line.values("--no-group")
        production = (
            production
            or is_true(told.get("UV_NO_DEV"))
            or is_true(told.get("UV_NO_DEFAULT_GROUPS"))
            or "dev" in told.get("UV_NO_GROUP", "")
        )
        extra = any(DEVELOPMENT_WORD.search(one) for one in line.values("--group", "--extra", "--only-group"))
        extra = extra or line.has("--all-groups", "--only-dev", "--dev")
        locked = line.has("--frozen", "--locked") or is_true(told.get("UV_FROZEN")) or is_true(told.get("UV_LOCKED"))
        where = told.get("UV_PROJECT_ENVIRONMENT")
        target = absolute(where, folder) if where and "$" not in where else f"{folder.rstrip('/')}/.venv"
        yield Install("uv", "project", ran, folder, (target,), (), production and not extra, locked)


_POETRY_VALUED = frozenset({"--only", "--without", "--with", "-E", "--extras", "-C", "--directory", "-P", "--project"})


def poetry(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], _POETRY_VALUED)
    if line.words[:1] not in (("install",), ("sync",)):
        return
    folder = next((absolute(one, ran.folder) for one in line.values("-C", "--directory")), ran.folder)
    without = ",".join(line.values("--without")) + "," + ran.environment.get("POETRY_WITHOUT", "")
    only = ",".join(line.values("--only"))
    production = (
        line.has("--no-dev", "--only-root") or bool(only and not DEVELOPMENT_WORD.search(only)) or bool(DEVELOPMENT_WORD.search(without))
    )
    production = production and not DEVELOPMENT_WORD.search(",".join(line.values("--with")))
    targets = (f"{folder.rstrip('/')}/.venv", *_python_targets(ran, line, ""))
    yield Install("poetry", "project", ran, folder, targets, (), production, None, ("poetry.lock",))


def pdm(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], frozenset({"-G", "--group", "-p", "--project"}))
    if line.words[:1] not in (("install",), ("sync",)):
        return
    production = line.has("--prod", "--production", "--no-dev") and not any(map(DEVELOPMENT_WORD.search, line.values("-G", "--group")))
    locked = line.words[0] == "sync" or line.has("--frozen-lockfile", "--check", "--no-lock")
    yield Install("pdm", "project", ran, ran.folder, (f"{ran.folder.rstrip('/')}/.venv",), (), production, locked)


def pipenv(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], frozenset({"--python", "--categories", "-r"}))
    if line.words[:1] not in (("install",), ("sync",)) or len(line.words) > 1:
        return
    locked = line.words[0] == "sync" or line.has("--deploy", "--ignore-pipfile")
    production = not line.has("--dev", "-d")
    yield Install("pipenv", "project", ran, ran.folder, (f"{ran.folder.rstrip('/')}/.venv", *_SITE_PACKAGES), (), production, locked)
