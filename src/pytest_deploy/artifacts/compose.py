"""Compose files: their services, in the short and the long forms of the specification, ``extends`` followed.

https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.artifacts.purpose import DEVELOPMENT, Purpose, purpose
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax import yaml
from pytest_deploy.syntax.yaml import as_scalar
from pytest_deploy.tree import Tree

NAMES = r"(?:.*/)?(?:docker-)?compose(?![a-z])[^/]*\.ya?ml"
"""Paths of compose files, without regard to case."""

_MOST_EXTENDS = 10


@dataclass(frozen=True, slots=True)
class Build:
    """How a service's image is built.

    ``folder`` is the context relative to the repository's root (empty: the root itself), ``dockerfile`` the path of its Dockerfile;
    both ``None`` where they cannot be told: a remote context, a variable without a default, a Dockerfile written in the compose file.
    """

    place: Place
    context: str
    folder: str | None
    dockerfile: str | None
    target: str = ""
    arguments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """A health check of a service. ``test`` are its words, the kind (``CMD``, ``CMD-SHELL``) left out. ``disabled``: it is switched
    off, the image's own too."""

    place: Place
    test: tuple[str, ...] = ()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """What is mounted into a service. ``path`` is the file or folder of the repository, when it is one (a bind mount of it)."""

    place: Place
    kind: Literal["bind", "volume", "tmpfs", "other"]
    source: str
    target: str
    read_only: bool = False
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    ``command`` and ``entrypoint`` are words (``None``: the image's own). ``environment`` has ``None`` for what is taken from the
    caller's environment. ``depends_on`` maps services to their condition. ``node`` is all of it, as written, with what it extends.
    """

    name: Text
    place: Place
    node: yaml.Mapping
    image: Text | None = None
    build: Build | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, Text | None] = field(default_factory=dict)
    env_files: tuple[Text, ...] = ()
    ports: tuple[Text, ...] = ()
    volumes: tuple[Volume, ...] = ()
    healthcheck: Healthcheck | None = None
    depends_on: Mapping[str, str] = field(default_factory=dict)
    restart: str = ""
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ComposeFile:
    """One compose file. ``named`` is what its name says (``development``, ``production`` or nothing); what becomes of it is for
    :class:`pytest_deploy.images.Images` to tell. ``problems`` is what is wrong with the file itself; when it could not be read,
    ``broken`` is true and there are no services."""

    path: str
    place: Place
    services: Mapping[str, Service] = field(default_factory=dict)
    problems: tuple[SyntaxProblem, ...] = ()
    broken: bool = False
    root: yaml.Mapping | None = None

    @property
    def named(self) -> Purpose:
        """What its name or folder says."""
        return purpose(self.path, development=_DEVELOPMENT)


_DEVELOPMENT = DEVELOPMENT | {"build", "override"}


def read_all(tree: Tree) -> Mapping[str, ComposeFile]:
    """All compose files of a repository, by path."""
    return {path: read(tree, path) for path in tree.matching(NAMES)}


def read(tree: Tree, path: str) -> ComposeFile:
    """One compose file. Never raises: what is wrong is in its ``problems``."""
    place = Place(path)
    try:
        documents = yaml.parse(tree.read(path))
    except SyntaxProblem as problem:
        return ComposeFile(path, place, problems=(problem,), broken=True)
    problems = [problem for document in documents for problem in document.problems]
    root = next((document.root for document in documents if document.root is not None), None)
    if root is not None and not isinstance(root, yaml.Mapping):
        problems.append(SyntaxProblem("a compose file is a mapping with services", root.place))
        return ComposeFile(path, place, problems=tuple(problems), broken=True)
    reader = _Reader(tree, path)
    services = {}
    # Files of version 1 have their services at the top.
    listed = yaml.at(root, "services") if root and ("services" in root or "version" in root or "include" in root) else root
    for name, node in yaml.items(listed):
        if isinstance(node, yaml.Mapping):
            services[str(name)] = reader.service(name, node)
    return ComposeFile(path, place, services, tuple(problems), root=root)


_VARIABLE = re.compile(r"\$(?:\$|(?P<bare>\w+)|\{(?P<name>\w+)(?:(?P<sign>:?[-+?])(?P<rest>(?:[^{}]|\{[^{}]*\})*))?\})")


def interpolate(text: str) -> str:
    """A value with the defaults of its variables put in (``${TAG:-latest}``); those without one stay as written."""

    def put(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match["sign"] in ("-", ":-"):
            return interpolate(match["rest"])
        return match[0]

    return _VARIABLE.sub(put, text)


class _Reader:
    def __init__(self, tree: Tree, path: str) -> None:
        self.tree = tree
        self.path = path
        self.folder = posixpath.dirname(path)

    def service(self, name: yaml.Scalar, written: yaml.Mapping) -> Service:
        node = self.extended(written, self.path, ())
        return Service(
            name=name,
            place=Place(self.path, name.line, name.column, written.end_line),
            node=node,
            image=as_scalar(node.get("image")),
            build=self.build(node.get("build")),
            command=_words(node.get("command")),
            entrypoint=_words(node.get("entrypoint")),
            environment=dict(_pairs(node.get("environment"))),
            env_files=tuple(self.env_files(node.get("env_file"))),
            ports=tuple(_ports(node.get("ports"))),
            volumes=tuple(self.volumes(node.get("volumes"))),
            healthcheck=_healthcheck(node.get("healthcheck")),
            depends_on=dict(_depends_on(node.get("depends_on"))),
            restart=str(as_scalar(node.get("restart")) or ""),
            profiles=tuple(str(one) for one in yaml.strings(node.get("profiles"))),
        )

    def extended(self, node: yaml.Mapping, path: str, above: tuple[tuple[str, str], ...]) -> yaml.Mapping:
        """A service with what it extends below its own settings."""
        extends = node.get("extends")
        name = as_scalar(extends if isinstance(extends, yaml.Scalar) else yaml.at(extends, "service"))
        if name is None or len(above) > _MOST_EXTENDS:
            return node
        file = as_scalar(yaml.at(extends, "file"))
        other = _join(posixpath.dirname(path), interpolate(file)) if file else path
        if other is None or (other, str(name)) in above or not self.tree.has(other):
            return node
        try:
            root = yaml.load(self.tree.read(other))
        except SyntaxProblem:
            return node  # a finding of that file
        base = yaml.at(root, "services", str(name))
        if not isinstance(base, yaml.Mapping):
            return node
        return _overlay(self.extended(base, other, (*above, (other, str(name)))), node)

    def build(self, node: yaml.Node | None) -> Build | None:
        if node is None or (isinstance(node, yaml.Scalar) and node.value is None):
            return None
        # What a service extends is relative to the file that says it.
        base = posixpath.dirname(node.path)
        context = interpolate(str(as_scalar(node if isinstance(node, yaml.Scalar) else yaml.at(node, "context")) or "."))
        folder = None if "://" in context or context.startswith("git@") else _join(base, context)
        dockerfile = interpolate(str(as_scalar(yaml.at(node, "dockerfile")) or "Dockerfile"))
        inline = yaml.at(node, "dockerfile_inline") is not None
        return Build(
            place=node.place,
            context=context,
            folder=folder,
            dockerfile=None if folder is None or inline else self.dockerfile(folder, dockerfile),
            target=interpolate(str(as_scalar(yaml.at(node, "target")) or "")),
            arguments={name: None if value is None else interpolate(value) for name, value in _pairs(yaml.at(node, "args"))},
        )

    def dockerfile(self, folder: str, name: str) -> str | None:
        path = _join(folder, name)
        if path is not None and name == "Dockerfile" and not self.tree.has(path):
            # Podman's name for it, and file systems without regard to case.
            return next(iter(self.tree.matching(re.escape(path)) or self.tree.matching(_containerfile(path))), path)
        return path

    def env_files(self, node: yaml.Node | None) -> Iterator[Text]:
        for one in [node] if isinstance(node, yaml.Scalar) else yaml.elements(node):
            text = as_scalar(one if isinstance(one, yaml.Scalar) else yaml.at(one, "path"))
            if text is not None:
                yield text

    def volumes(self, node: yaml.Node | None) -> Iterator[Volume]:
        for one in yaml.elements(node):
            if isinstance(one, yaml.Scalar):
                source, target, options = ([*_split_volume(interpolate(one)), "", ""])[:3]
                if not target:
                    yield Volume(one.place, "volume", "", source)
                    continue
                bind = source.startswith((".", "/", "~")) or "$" in source
                path = _join(posixpath.dirname(one.path), source) if bind else None
                yield Volume(one.place, "bind" if bind else "volume", source, target, "ro" in options.split(","), path)
            elif isinstance(one, yaml.Mapping):
                kind = str(as_scalar(one.get("type")) or "volume")
                source = interpolate(str(as_scalar(one.get("source")) or as_scalar(one.get("src")) or ""))
                target = str(as_scalar(one.get("target")) or as_scalar(one.get("dst")) or as_scalar(one.get("destination")) or "")
                read_only = one.get("read_only")
                yield Volume(
                    one.place,
                    kind if kind in ("bind", "volume", "tmpfs") else "other",  # type: ignore[arg-type]  # one of the three, by the test
                    source,
                    target,
                    isinstance(read_only, yaml.Scalar) and read_only.value is True,
                    _join(posixpath.dirname(one.path), source) if kind == "bind" else None,
                )


def _containerfile(path: str) -> str:
    return re.escape(posixpath.join(posixpath.dirname(path), "Containerfile"))


def _join(folder: str, name: str) -> str | None:
    """A path below the repository's root; ``None`` when it cannot be told or leads out of it."""
    if "$" in name or name.startswith(("/", "~")):
        return None
    path = posixpath.normpath(posixpath.join(folder, name))
    if path == ".":
        return ""
    return None if path == ".." or path.startswith("../") else path


def _words(node: yaml.Node | None) -> tuple[str, ...] | None:
    if node is None or (isinstance(node, yaml.Scalar) and node.value is None):
        return None
    if isinstance(node, yaml.Scalar):
        text = interpolate(node)
        try:
            return tuple(shlex.split(text))
        except ValueError:  # a quote that is not closed
            return tuple(text.split())
    return tuple(interpolate(one) for one in yaml.strings(node))


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, Text | None]]:
    """``environment`` and ``args``: a mapping, or a list of ``NAME=value``."""
    for name, value in yaml.items(node):
        yield str(name), as_scalar(value)
    for one in yaml.elements(node):
        if isinstance(one, yaml.Scalar):
            key, equals, _ = one.partition("=")
            if not equals:
                yield key, None
                continue
            place = one.locate(1, len(key) + 2)
            yield key, Text(one[len(key) + 1 :], place.path, place.line, place.column)


def _ports(node: yaml.Node | None) -> Iterator[Text]:
    """The published and own ports in the short form (``8080:80``)."""
    for one in yaml.elements(node):
        if isinstance(one, yaml.Scalar):
            yield one
            continue
        parts = [as_scalar(yaml.at(one, key)) for key in ("host_ip", "published", "target")]
        yield Text(":".join(str(part) for part in parts if part is not None), one.path, one.line)


def _depends_on(node: yaml.Node | None) -> Iterator[tuple[str, str]]:
    for name, value in yaml.items(node):
        yield str(name), str(as_scalar(yaml.at(value, "condition")) or "service_started")
    if isinstance(node, yaml.Sequence):
        for one in yaml.strings(node):
            yield str(one), "service_started"


def _healthcheck(node: yaml.Node | None) -> Healthcheck | None:
    if not isinstance(node, yaml.Mapping):
        return None
    test = node.get("test")
    disable = node.get("disable")
    parts = tuple(interpolate(one) for one in yaml.strings(test))
    off = (isinstance(disable, yaml.Scalar) and disable.value is True) or parts[:1] == ("NONE",)
    if isinstance(test, yaml.Sequence):
        parts = parts[1:]
    return Healthcheck(node.place, parts, off)


def _split_volume(text: str) -> list[str]:
    """``source:target:options``; a colon within ``${X:?why}`` or behind a drive letter separates nothing."""
    return [part for part in re.split(r":(?![^{]*\})(?!\\)", text) if part]


def _overlay(base: yaml.Mapping, own: yaml.Mapping) -> yaml.Mapping:
    merged = yaml.Mapping(base)
    merged.file, merged.start, merged.end, merged.tag = own.file, own.start, own.end, own.tag
    for key, value in own.items():
        below = merged.pop(key, None)
        merged[key] = _overlay(below, value) if isinstance(below, yaml.Mapping) and isinstance(value, yaml.Mapping) else value
    return merged
