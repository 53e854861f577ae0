"""Kubernetes manifests and Helm charts, as far as containers, their images and their probes go.

Manifests are read as YAML. The templates of a chart are no YAML until they are rendered: of a chart only what it says literally counts.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax import yaml
from pytest_deploy.syntax.yaml import as_scalar, at, elements
from pytest_deploy.tree import Tree

ProbeKind = Literal["readiness", "liveness", "startup"]
_PROBES: Mapping[str, ProbeKind] = {"readinessProbe": "readiness", "livenessProbe": "liveness", "startupProbe": "startup"}

# Where each kind keeps its pod. Jobs end by themselves, the others serve.
_PODS: Mapping[str, tuple[str, ...]] = {
    "Pod": ("spec",),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    **dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"),
        ("spec", "template", "spec"),
    ),
}
JOBS = frozenset({"Job", "CronJob"})
"""Kinds of workload that run to their end."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe of a container. ``path`` is that of its HTTP request (empty: it is none); ``port`` a number or a name, as written."""

    kind: ProbeKind
    place: Place
    path: str = ""
    port: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod. ``role`` tells ``main`` containers from ``init`` and ``ephemeral`` ones. ``command`` and ``arguments``
    replace the image's ENTRYPOINT and CMD."""

    name: str
    place: Place
    image: Text | None = None
    role: Literal["main", "init", "ephemeral"] = "main"
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that runs pods."""

    kind: str
    name: str
    place: Place
    containers: tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart, unrendered. ``images`` are the names of images that its values and templates spell out (without tag); ``probes``
    are the places where a template or the values declare a probe."""

    folder: str
    images: tuple[Text, ...] = ()
    probes: tuple[Place, ...] = ()


_MANIFEST = re.compile(r"^kind:[ \t]*[\"']?(?:" + "|".join(_PODS) + r"|List)\b", re.MULTILINE)
_API = re.compile(r"^apiVersion:", re.MULTILINE)


def charts(tree: Tree) -> Mapping[str, Chart]:
    """The Helm charts of a repository by their folder."""
    return {folder: _chart(tree, folder) for folder in _folders(tree)}


def _folders(tree: Tree) -> tuple[str, ...]:
    return tuple(posixpath.dirname(path) for path in tree.matching(r"(?:.*/)?Chart\.ya?ml"))


def workloads(tree: Tree) -> tuple[Workload, ...]:
    """The workloads of all plain manifests, in the order of the paths; files that are templates or cannot be read are left out."""
    templates = tuple(posixpath.join(folder, "templates/") for folder in _folders(tree))
    found: list[Workload] = []
    for path in tree.matching(r".*\.ya?ml"):
        text = None if path.startswith(templates) else tree.text(path)
        if text is None or not _API.search(text) or not _MANIFEST.search(text):
            continue
        try:
            documents = yaml.parse(tree.read(path))
        except SyntaxProblem:
            continue  # a finding of that file
        for document in documents:
            found.extend(_workloads(document.root))
    return tuple(found)


def _workloads(node: yaml.Node | None) -> Iterator[Workload]:
    kind = str(as_scalar(at(node, "kind")) or "")
    if kind == "List":
        for one in elements(at(node, "items")):
            yield from _workloads(one)
    elif kind in _PODS and isinstance(node, yaml.Mapping):
        pod = at(node, *_PODS[kind])
        name = str(as_scalar(at(node, "metadata", "name")) or as_scalar(at(node, "metadata", "generateName")) or "")
        yield Workload(kind, name, node.place, tuple(_containers(pod)))


def _containers(pod: yaml.Node | None) -> Iterator[Container]:
    roles: tuple[tuple[str, Literal["main", "init", "ephemeral"]], ...] = (
        ("initContainers", "init"),
        ("containers", "main"),
        ("ephemeralContainers", "ephemeral"),
    )
    for key, role in roles:
        for node in elements(at(pod, key)):
            if isinstance(node, yaml.Mapping):
                yield Container(
                    name=str(as_scalar(node.get("name")) or ""),
                    place=node.place,
                    image=as_scalar(node.get("image")),
                    role=role,
                    command=tuple(str(word) for word in yaml.strings(node.get("command"))),
                    arguments=tuple(str(word) for word in yaml.strings(node.get("args"))),
                    probes=tuple(_probes(node)),
                )


def _probes(node: yaml.Mapping) -> Iterator[Probe]:
    for key, kind in _PROBES.items():
        probe = node.get(key)
        if isinstance(probe, yaml.Mapping) and probe:
            get = at(probe, "httpGet")
            port = as_scalar(at(get, "port")) or as_scalar(at(probe, "tcpSocket", "port")) or as_scalar(at(probe, "grpc", "port"))
            yield Probe(kind, probe.place, str(as_scalar(at(get, "path")) or ("/" if get is not None else "")), str(port or ""))


_PROBE_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?(?:livenessProbe|readinessProbe|startupProbe|liveness_probe|readiness_probe):[ \t]*(.*)$")
_IMAGE_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?(?:repository|image):[ \t]*[\"']?([A-Za-z0-9][\w./:@-]*)")


def _chart(tree: Tree, folder: str) -> Chart:
    images: list[Text] = []
    probes: list[Place] = []
    prefix = folder + "/" if folder else ""
    for path in tree.files:
        if not path.startswith(prefix) or not re.fullmatch(
            r"(?:values[^/]*|(?:.*/)?values/.*|templates/.*)\.(?:ya?ml|tpl)", path[len(prefix) :]
        ):
            continue
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1):
            if (match := _PROBE_LINE.match(line)) and match[1].strip() not in ("{}", "null", "~", "false"):
                probes.append(Place(path, number, line.index(match[0].strip()) + 1))
            elif match := _IMAGE_LINE.match(line):
                name = match[1].partition("@")[0]
                name = name[: name.rindex(":")] if ":" in name.rpartition("/")[2] else name
                images.append(Text(name, path, number, match.start(1) + 1))
    return Chart(folder, tuple(images), tuple(probes))
