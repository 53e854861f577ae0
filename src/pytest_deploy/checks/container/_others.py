"""What the package managers of PHP, Ruby and others install."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import absolute
from pytest_deploy.checks.container._commands import Ran
from pytest_deploy.checks.container._install import Install, command_line, is_true
from pytest_deploy.checks.container._python import DEVELOPMENT_WORD


def composer(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], frozenset({"-d", "--working-dir"}))
    folder = next((absolute(one, ran.folder) for one in line.values("-d", "--working-dir")), ran.folder)
    targets = (f"{folder.rstrip('/')}/vendor",)
    production = line.has("--no-dev") or is_true(ran.environment.get("COMPOSER_NO_DEV"))
    if line.words[:2] == ("global", "require"):
        yield Install("composer", "tool", ran, folder, (), line.words[2:])
    elif line.words[:1] in (("install",), ("i",)):
        yield Install("composer", "project", ran, folder, targets, (), production, None, ("composer.lock",))
    elif line.words[:1] in (("update",), ("u",)) and len(line.words) == 1:
        yield Install("composer", "project", ran, folder, targets, (), production, False)


def bundle(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], frozenset({"--without", "--with", "--path", "--gemfile", "-j", "--jobs", "--retry"}))
    if line.words[:1] not in (("install",), ("i",), ()):
        return
    told = ran.environment
    without = " ".join(
        (*line.values("--without"), told.get("BUNDLE_WITHOUT", ""), told.get("BUNDLE_ONLY", ""), told.get("_bundle_without", ""))
    )
    where = next(iter(line.values("--path")), told.get("BUNDLE_PATH") or told.get("_bundle_path") or "")
    targets = (absolute(where, ran.folder),) if where else ("/usr/local/bundle", f"{ran.folder.rstrip('/')}/vendor/bundle")
    production = bool(DEVELOPMENT_WORD.search(without)) or bool(told.get("BUNDLE_ONLY"))
    yield Install("bundle", "project", ran, ran.folder, targets, (), production, None, ("Gemfile.lock", "gems.locked"))


def gem(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(words[1:], frozenset({"-v", "--version", "-i", "--install-dir", "-n", "--bindir"}))
    if line.words[:1] in (("install",), ("i",)) and not line.values("-v", "--version"):
        names = tuple(name for name in line.words[1:] if not name.endswith(".gem"))
        if names:
            yield Install("gem", "tool", ran, ran.folder, (), names)


def go(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] == ("install",):
        names = tuple(word for word in words[2:] if "@" in word)
        if names:
            yield Install("go", "tool", ran, ran.folder, (), names)


def cargo(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    line = command_line(
        words[1:],
        frozenset({"--version", "--vers", "--path", "--root", "--target", "--git", "--rev", "--tag", "--branch", "--features", "-F"}),
    )
    if line.words[:1] == ("install",) and not line.values("--version", "--vers", "--path", "--git"):
        yield Install("cargo", "tool", ran, ran.folder, (), line.words[1:])


def corepack(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] in (("prepare",), ("use",), ("install",)):
        names = tuple(word for word in words[2:] if not word.startswith("-"))
        if names:
            yield Install("corepack", "tool", ran, ran.folder, (), names)


def pipx(ran: Ran, words: tuple[str, ...]) -> Iterator[Install]:
    if words[1:2] == ("install",):
        yield Install("pipx", "tool", ran, ran.folder, (), tuple(word for word in words[2:] if not word.startswith("-")))
