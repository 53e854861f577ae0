"""Installations of dependencies: what a RUN installs with which package manager, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.artifacts.dockerfile import Stage, Step, absolute
from pytest_deploy.checks.container._commands import Ran, commands
from pytest_deploy.places import Place

Kind = Literal["project", "packages", "tool", "prune"]


@dataclass(frozen=True, slots=True)
class Install:
    """One installation.

    ``kind``: what the project's manifest asks for (``project``), packages added to the project by name (``packages``), tools of their own
    (``tool``: globally installed, or outside of a project), or the removal of development dependencies (``prune``). ``packages`` are the
    names as written. ``production``: without development dependencies. ``locked``: held to the lock file (``None``: there is none to
    hold it to). ``folder`` is the project's; ``targets`` are where things go (absolute, in the image). ``lockfiles`` are the names that a
    lock may have, where it only needs to be there.
    """

    manager: str
    kind: Kind
    ran: Ran
    folder: str
    targets: tuple[str, ...]
    packages: tuple[str, ...] = ()
    production: bool = False
    locked: bool | None = None
    lockfiles: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.ran.place

    @property
    def text(self) -> str:
        """The command, short."""
        shown = " ".join(self.ran.words)
        return shown if len(shown) <= 60 else shown[:57] + "…"


@dataclass(frozen=True, slots=True)
class _Line:
    """A command line taken apart: the words that are no options, and the options with their values."""

    words: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]

    def has(self, *names: str) -> bool:
        return any(name in self.options and self.options[name] != ("false",) for name in names)

    def values(self, *names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in self.options.get(name, ()))


def _line(words: tuple[str, ...], valued: frozenset[str]) -> _Line:
    bare: list[str] = []
    options: dict[str, tuple[str, ...]] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            bare.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and name in valued:
            value = next(rest, "")
        options[name] = (*options.get(name, ()), value)
    return _Line(tuple(bare), options)


def _true(value: str | None) -> bool:
    return value is not None and value.lower() in ("1", "true", "yes", "on")


# --- node ----------------------------------------------------------------------------------------------------------

_NODE_VALUED = frozenset(
    {"--prefix", "-C", "--cwd", "--dir", "--omit", "--include", "--only", "--filter", "-F", "--registry", "--cache", "--workspace", "-w"}
    | {
        "--cache-folder",
        "--modules-folder",
        "--network-timeout",
        "--mutex",
        "--loglevel",
        "--location",
        "--store-dir",
        "--network-concurrency",
    }
)
_NODE_VERBS = {
    "npm": {"install", "i", "in", "ins", "add", "ci", "clean-install", "ic", "install-clean", "prune", "update", "install-ci-test"},
    "yarn": {"", "install", "add", "global", "workspaces", "up"},
    "pnpm": {"install", "i", "add", "prune", "deploy", "fetch", "update", "up"},
    "bun": {"install", "i", "add", "ci", "a"},
}
_NPM_CI = {"ci", "clean-install", "ic", "install-clean", "install-ci-test"}


def _node(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    manager = words[0]
    line = _line(words[1:], _NODE_VALUED)
    verb, names = (line.words[0], line.words[1:]) if line.words else ("", ())
    if verb not in _NODE_VERBS[manager] or (line.has("--help", "--version", "-v") and not line.words):
        return
    folder = next((absolute(one, ran.folder) for one in line.values("--prefix", "-C", "--cwd", "--dir") if one), ran.folder)
    targets = (f"{folder.rstrip('/')}/node_modules",)
    everywhere = line.has("-g", "--global") or "global" in line.values("--location") or verb == "global"
    if verb == "global":
        if names[:1] != ("add",):
            return
        names = names[1:]
    if verb == "workspaces":
        if names[:1] != ("focus",):
            return
        yield Install(manager, "project", ran, folder, targets, (), line.has("--production"), True)
        return
    production = _node_production(manager, verb, line, ran.environment)
    if verb == "prune":
        if production or (manager == "pnpm" and line.has("--prod")):
            yield Install(manager, "prune", ran, folder, targets, (), True)
        return
    if verb == "deploy":
        targets = (f"{absolute(names[-1], folder).rstrip('/')}/node_modules",) if names else targets
        yield Install(manager, "project", ran, folder, targets, (), production, True)
        return
    local = tuple(name for name in names if not name.startswith((".", "/", "file:")) and not name.endswith((".tgz", ".tar.gz")))
    if everywhere:
        if local:
            yield Install(manager, "tool", ran, folder, (), local)
        return
    if (names and manager != "yarn") or verb == "add":
        if local:
            yield Install(manager, "packages", ran, folder, targets, local, production)
        return
    yield Install(manager, "project", ran, folder, targets, (), production, _node_locked(manager, verb, line, ran.environment, production))


def _node_production(manager: str, verb: str, line: _Line, environment: Mapping[str, str]) -> bool:
    if any(value == "dev" for value in line.values("--include")) or line.options.get("--production") == ("false",):
        return False
    if line.has("--production", "--prod", "--prod-only") or (manager == "pnpm" and line.has("-P")) or (manager == "bun" and line.has("-p")):
        return True
    if "dev" in line.values("--omit") or {"prod", "production"} & set(line.values("--only")):
        return True
    told = {name.lower(): value for name, value in environment.items() if name.lower().startswith("npm_config_")}
    if _true(told.get("npm_config_production")) or told.get("npm_config_omit") == "dev" or told.get("npm_config_only", "")[:4] == "prod":
        return True
    # Bun and newer Yarns pass NODE_ENV by.
    return environment.get("NODE_ENV") == "production" and manager != "bun"


def _node_locked(manager: str, verb: str, line: _Line, environment: Mapping[str, str], production: bool) -> bool:
    told = {name.lower(): value for name, value in environment.items()}
    if line.options.get("--frozen-lockfile") == ("false",) or line.has("--no-frozen-lockfile", "--no-immutable", "--no-lockfile"):
        return False
    if manager == "npm":
        return verb in _NPM_CI
    if manager == "bun":
        return verb == "ci" or production or line.has("--frozen-lockfile")
    frozen = line.has("--frozen-lockfile", "--immutable", "--immutable-cache", "--pure-lockfile") or verb == "fetch"
    # Without a terminal, pnpm freezes the lock where it knows of being in CI; so does Yarn from version 2 on.
    return (
        frozen
        or _true(told.get("ci"))
        or _true(told.get("yarn_enable_immutable_installs"))
        or _true(told.get("npm_config_frozen_lockfile"))
    )


# --- python --------------------------------------------------------------------------------------------------------

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


def _pip(ran: Ran, words: tuple[str, ...], program: str) -> Iterator[Install]:
    line = _line(words, _PIP_VALUED)
    if line.words[:1] not in (("install",), ("sync",), ("wheel",)):
        return
    names = line.words[1:]
    local = line.values("-e", "--editable") + tuple(name for name in names if _local_python(name))
    packages = tuple(name for name in names if not _local_python(name))
    requirements = line.values("-r", "--requirement", "--requirements") + (names if line.words[0] == "sync" else ())
    targets = _python_targets(ran, line, program)
    if requirements or local:
        extras = tuple(found[1] for name in local if (found := re.search(r"\[([^\]]*)\]", name)))
        dev = any(_DEV_WORD.search(extra) for extra in (*extras, *line.values("--group")))
        yield Install("pip", "project", ran, ran.folder, targets, (), not dev, None, (), requirements)
    elif line.words[0] != "sync":
        wanted = tuple(name for name in packages if re.split(r"[\[<>=!~@ ;]", name)[0].lower() not in _INSTALLERS)
        constrained = bool(line.values("-c", "--constraint", "--constraints"))
        if wanted and not constrained:
            yield Install("pip", "tool", ran, ran.folder, targets, wanted)


_DEV_WORD = re.compile(r"(?<![a-z])(?:dev|devel|develop|development|test|tests|testing|lint|docs?|ci)(?![a-z])", re.IGNORECASE)


def _local_python(name: str) -> bool:
    return (
        name.startswith((".", "/", "file:", "$"))
        or name.split("[")[0].endswith((".whl", ".tar.gz", ".zip"))
        or "://" in name
        or "*" in name
    )


def _python_targets(ran: Ran, line: _Line, program: str) -> tuple[str, ...]:
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


def _uv(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], _UV_VALUED)
    if line.words[:1] == ("pip",):
        index = words.index("pip")
        yield from _pip(ran, words[index + 1 :], words[0])
    elif line.words[:2] == ("tool", "install"):
        yield Install("uv", "tool", ran, ran.folder, (), line.words[2:])
    elif line.words[:1] == ("sync",):
        folder = next((absolute(one, ran.folder) for one in line.values("--project", "--directory")), ran.folder)
        told = ran.environment
        production = line.has("--no-dev", "--no-default-groups", "--only-group") or "dev" in line.values("--no-group")
        production = (
            production or _true(told.get("UV_NO_DEV")) or _true(told.get("UV_NO_DEFAULT_GROUPS")) or "dev" in told.get("UV_NO_GROUP", "")
        )
        extra = any(_DEV_WORD.search(one) for one in line.values("--group", "--extra", "--only-group"))
        extra = extra or line.has("--all-groups", "--only-dev", "--dev")
        locked = line.has("--frozen", "--locked") or _true(told.get("UV_FROZEN")) or _true(told.get("UV_LOCKED"))
        where = told.get("UV_PROJECT_ENVIRONMENT")
        target = absolute(where, folder) if where and "$" not in where else f"{folder.rstrip('/')}/.venv"
        yield Install("uv", "project", ran, folder, (target,), (), production and not extra, locked)


_POETRY_VALUED = frozenset({"--only", "--without", "--with", "-E", "--extras", "-C", "--directory", "-P", "--project"})


def _poetry(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], _POETRY_VALUED)
    if line.words[:1] not in (("install",), ("sync",)):
        return
    folder = next((absolute(one, ran.folder) for one in line.values("-C", "--directory")), ran.folder)
    without = ",".join(line.values("--without")) + "," + ran.environment.get("POETRY_WITHOUT", "")
    only = ",".join(line.values("--only"))
    production = line.has("--no-dev", "--only-root") or bool(only and not _DEV_WORD.search(only)) or bool(_DEV_WORD.search(without))
    production = production and not _DEV_WORD.search(",".join(line.values("--with")))
    targets = (f"{folder.rstrip('/')}/.venv", *_python_targets(ran, line, ""))
    yield Install("poetry", "project", ran, folder, targets, (), production, None, ("poetry.lock",))


def _pdm(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], frozenset({"-G", "--group", "-p", "--project"}))
    if line.words[:1] not in (("install",), ("sync",)):
        return
    production = line.has("--prod", "--production", "--no-dev") and not any(map(_DEV_WORD.search, line.values("-G", "--group")))
    locked = line.words[0] == "sync" or line.has("--frozen-lockfile", "--check", "--no-lock")
    yield Install("pdm", "project", ran, ran.folder, (f"{ran.folder.rstrip('/')}/.venv",), (), production, locked)


def _pipenv(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], frozenset({"--python", "--categories", "-r"}))
    if line.words[:1] not in (("install",), ("sync",)) or len(line.words) > 1:
        return
    locked = line.words[0] == "sync" or line.has("--deploy", "--ignore-pipfile")
    production = not line.has("--dev", "-d")
    yield Install("pipenv", "project", ran, ran.folder, (f"{ran.folder.rstrip('/')}/.venv", *_SITE_PACKAGES), (), production, locked)


# --- php, ruby and others -----------------------------------------------------------------------------------------


def _composer(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], frozenset({"-d", "--working-dir"}))
    folder = next((absolute(one, ran.folder) for one in line.values("-d", "--working-dir")), ran.folder)
    targets = (f"{folder.rstrip('/')}/vendor",)
    production = line.has("--no-dev") or _true(ran.environment.get("COMPOSER_NO_DEV"))
    if line.words[:2] == ("global", "require"):
        yield Install("composer", "tool", ran, folder, (), line.words[2:])
    elif line.words[:1] in (("install",), ("i",)):
        yield Install("composer", "project", ran, folder, targets, (), production, None, ("composer.lock",))
    elif line.words[:1] in (("update",), ("u",)) and len(line.words) == 1:
        yield Install("composer", "project", ran, folder, targets, (), production, False)


def _bundle(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], frozenset({"--without", "--with", "--path", "--gemfile", "-j", "--jobs", "--retry"}))
    if line.words[:1] not in (("install",), ("i",), ()):
        return
    told = ran.environment
    without = " ".join(
        (*line.values("--without"), told.get("BUNDLE_WITHOUT", ""), told.get("BUNDLE_ONLY", ""), told.get("_bundle_without", ""))
    )
    where = next(iter(line.values("--path")), told.get("BUNDLE_PATH") or told.get("_bundle_path") or "")
    targets = (absolute(where, ran.folder),) if where else ("/usr/local/bundle", f"{ran.folder.rstrip('/')}/vendor/bundle")
    production = bool(_DEV_WORD.search(without)) or bool(told.get("BUNDLE_ONLY"))
    yield Install("bundle", "project", ran, ran.folder, targets, (), production, None, ("Gemfile.lock", "gems.locked"))


def _gem(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(words[1:], frozenset({"-v", "--version", "-i", "--install-dir", "-n", "--bindir"}))
    if line.words[:1] in (("install",), ("i",)) and not line.values("-v", "--version"):
        names = tuple(name for name in line.words[1:] if not name.endswith(".gem"))
        if names:
            yield Install("gem", "tool", ran, ran.folder, (), names)


def _go(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] == ("install",):
        names = tuple(word for word in words[2:] if "@" in word)
        if names:
            yield Install("go", "tool", ran, ran.folder, (), names)


def _cargo(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = _line(
        words[1:],
        frozenset({"--version", "--vers", "--path", "--root", "--target", "--git", "--rev", "--tag", "--branch", "--features", "-F"}),
    )
    if line.words[:1] == ("install",) and not line.values("--version", "--vers", "--path", "--git"):
        yield Install("cargo", "tool", ran, ran.folder, (), line.words[1:])


def _corepack(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] in (("prepare",), ("use",), ("install",)):
        names = tuple(word for word in words[2:] if not word.startswith("-"))
        if names:
            yield Install("corepack", "tool", ran, ran.folder, (), names)


def _pipx(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] == ("install",):
        yield Install("pipx", "tool", ran, ran.folder, (), tuple(word for word in words[2:] if not word.startswith("-")))


_READERS: dict[str, Callable[[Ran, tuple[str, ...]], Iterator[Install]]] = {
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _node),
    "uv": _uv,
    "poetry": _poetry,
    "pdm": _pdm,
    "pipenv": _pipenv,
    "composer": _composer,
    "bundle": _bundle,
    "bundler": _bundle,
    "gem": _gem,
    "go": _go,
    "cargo": _cargo,
    "corepack": _corepack,
    "pipx": _pipx,
}
"""Program -> what reads its command lines: the one place where package managers are known."""


def installs(stage: Stage) -> Iterator[Install]:
    """The installations of a stage's own RUNs, in order."""
    told: dict[str, str] = {}
    for step in stage.steps:
        if step.name == "RUN":
            yield from _of_step(step, told)


def _of_step(step: Step, told: dict[str, str]) -> Iterator[Install]:
    for ran in commands(step):
        words = ran.words
        if words[0].endswith("corepack") and len(words) > 1 and words[1] in ("pnpm", "yarn", "npm"):
            words = words[1:]
        program = words[0].rpartition("/")[2]
        if program in ("bundle", "bundler") and words[1:2] == ("config",):
            _configure(words[2:], told)
            continue
        if re.fullmatch(r"pip(?:3(?:\.\d+)?)?", program):
            yield from _pip(ran, words[1:], words[0])
        elif re.fullmatch(r"(?:python|pypy)[\d.]*", program) and words[1:3] == ("-m", "pip"):
            yield from _pip(ran, words[3:], words[0])
        elif re.fullmatch(r"(?:python|pypy)[\d.]*|php\d*", program) and len(words) > 1:
            inner = ("poetry", *words[3:]) if words[1:3] == ("-m", "poetry") else ()
            if words[1].rpartition("/")[2] in ("composer", "composer.phar"):
                inner = ("composer", *words[2:])
            if inner:
                yield from _READERS[inner[0]](ran, inner)
        elif program == "composer.phar":
            yield from _composer(ran, words)
        elif program in _READERS:
            extended = Ran(words, ran.place, ran.folder, {**told, **ran.environment}, ran.uncertain, ran.step)
            yield from _READERS[program](extended, (program, *words[1:]))


def _configure(words: tuple[str, ...], told: dict[str, str]) -> None:
    """``bundle config [set] [--global] without development:test``."""
    rest = [word for word in words if not word.startswith("-") and word != "set"]
    if len(rest) > 1 and rest[0] in ("without", "path"):
        told[f"_bundle_{rest[0]}"] = " ".join(rest[1:])
    elif len(rest) > 1 and rest[0] == "deployment" and _true(rest[1]):
        told.setdefault("_bundle_path", "vendor/bundle")
