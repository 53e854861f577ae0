"""The health endpoints that a repository declares: probes, health checks of images and services, paths of an OpenAPI file."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_deploy.artifacts import kubernetes
from pytest_deploy.artifacts.builds import image_name
from pytest_deploy.artifacts.health import platform_checks
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.syntax import yaml
from pytest_deploy.syntax.yaml import as_scalar, at, elements, items
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class Declared:
    """A path that says how the service is, and what declares it."""

    path: str
    place: Place
    source: str


_KINDS = ("readiness", "liveness", "startup")
_PRIVATE_PORT = re.compile(r"metrics|management|admin|mgmt|monitoring|internal|probe|health", re.IGNORECASE)
"""Names of ports that nobody reaches from outside."""
_LOCAL_URL = re.compile(
    r"(?:https?://)?(?<![\w.-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|\$\{?(?:HOST|HOSTNAME|HTTP_HOST)\}?)"
    r"(?P<port>:(?:\d+|\$\{?\w+(?::-\w+)?\}?))?(?P<path>/[^\s\"'`|;&)<>\]]*)?"
)
_PLATFORM_PATH = re.compile(
    r"\s*[\"']?(?:health_?check_?path|health-check-http-endpoint|http_path|path|healthcheck)[\"']?\s*[:=]\s*[\"']?(/[^\s\"',]*)[\"']?,?\s*(?:#.*)?$",
    re.IGNORECASE,
)
_OPENAPI = r"(?:.*/)?[\w.-]*(?:openapi|swagger)[\w.-]*\.(?:json|ya?ml)"
_TRIALS = re.compile(r"(?:^|/)(?:tests?|testing|fixtures?|testdata|examples?|samples?|mocks?|node_modules|vendor|e2e)/", re.IGNORECASE)
_HEALTH = re.compile(
    r"(?:^|/)(?:health|healthz|health-?check|healthcheckz?|livez|liveness|readyz|readiness|ready|alive|ping|heartbeat|_health|up)/?$", re.I
)
_HEALTH_KEY = re.compile(r"[\"']?/[\w./-]*(?:health|live|read[iy]|alive|ping|heartbeat|/up)[\w-]*/?[\"']?\s*:", re.IGNORECASE)


def declared(repository: Repository) -> tuple[Declared, ...]:
    """All of them, each path once, the most telling declaration first."""
    found: dict[str, Declared] = {}
    tree = repository.tree
    everything = (_probes(repository), _charts(tree), _platforms(tree), _services(repository), _images(repository), _openapi(tree))
    for one in itertools.chain(*everything):
        if _is_plain(one.path):
            found.setdefault(one.path.rstrip("/") or "/", one)
    return tuple(found.values())


def _is_plain(path: str) -> bool:
    """Not a template, and nothing with a parameter."""
    return path.startswith("/") and not path.startswith("//") and not re.search(r"[{}$<>*\s]", path)


def _probes(repository: Repository) -> Iterator[Declared]:
    found = []
    for workload in kubernetes.workloads(repository.tree):
        if workload.kind in kubernetes.JOBS:
            continue
        images = repository.images
        for container in workload.containers:
            strange = container.image is not None and images.own_names and image_name(container.image) and not images.owns(container.image)
            if container.role != "main" or strange:
                continue
            for probe in container.probes:
                if probe.path and not _PRIVATE_PORT.search(probe.port):
                    found.append(
                        (probe.kind, Declared(probe.path, probe.place, f"the {probe.kind} probe of {workload.name or workload.kind}"))
                    )
    for kind in _KINDS:
        yield from (one for its, one in found if its == kind)


def _charts(tree: Tree) -> Iterator[Declared]:
    """Charts are not rendered; what a template or the values say literally counts."""
    for chart in kubernetes.charts(tree).values():
        for place in chart.probes:
            lines = (tree.text(place.path) or "").split("\n")[place.line - 1 :]
            indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
            for line in lines[1:12]:
                if line.strip() and len(line) - len(line.lstrip()) <= indent:
                    break
                if match := re.match(r"\s*path:\s*[\"']?(/[\w./-]*)[\"']?\s*$", line):
                    yield Declared(match[1], place, "a probe of the chart")
                    break


def _platforms(tree: Tree) -> Iterator[Declared]:
    """Health checks in the files of platforms (Render, Fly, Cloud Foundry, load balancers, …)."""
    for check in platform_checks(tree):
        lines = check.text.split("\n")[check.place.line - 1 :][:10]
        match = next((match for line in lines if (match := _PLATFORM_PATH.match(line))), None)
        if match is not None:
            yield Declared(match[1], check.place, f"the health check in {check.place.path}")


def _services(repository: Repository) -> Iterator[Declared]:
    for path, compose in repository.composes.items():
        if compose.named == "development" or _TRIALS.search(path):
            continue  # it builds what development needs beside the service, too
        for service in compose.services.values():
            check = service.healthcheck
            if check is None or check.disabled or not (service.build or (service.image and repository.images.owns(service.image))):
                continue
            for one in _asked(" ".join(check.test)):
                yield Declared(one, check.place, f"the health check of the service {service.name}")


def _images(repository: Repository) -> Iterator[Declared]:
    for dockerfile in repository.dockerfiles.values():
        if dockerfile.development or dockerfile.broken:
            continue
        for stage in repository.images.built_stages(dockerfile):
            step = stage.last("HEALTHCHECK")
            if step is not None:
                for one in _asked(step.instruction.value):
                    yield Declared(one, step.place, "the HEALTHCHECK of the image")


def _asked(command: str) -> Iterator[str]:
    """The paths on this machine that a command asks."""
    for match in _LOCAL_URL.finditer(command):
        if match["path"] or match["port"]:
            yield match["path"] or "/"


def _openapi(tree: Tree) -> Iterator[Declared]:
    for path in tree.matching(_OPENAPI):
        text = None if _TRIALS.search(path) else tree.text(path)
        if text is None or not _HEALTH_KEY.search(text):
            continue
        try:
            documents = yaml.parse(tree.read(path))
        except SyntaxProblem:
            continue
        for document in documents:
            yield from _paths(document.root)


def _paths(root: yaml.Node | None) -> Iterator[Declared]:
    if at(root, "openapi") is None and at(root, "swagger") is None:
        return
    below = _prefix(root)
    for name, operations in items(at(root, "paths")):
        if _HEALTH.search(str(name)) and at(operations, "get") is not None and not _needs_more(at(operations, "get")):
            yield Declared(below + str(name), name.place, "the OpenAPI file")


def _prefix(root: yaml.Node | None) -> str:
    """The path below the host under which the API is served."""
    base = str(as_scalar(at(root, "basePath")) or "")
    server = next((str(as_scalar(at(one, "url")) or "") for one in elements(at(root, "servers"))), "")
    path = base or re.sub(r"^[a-z][a-z0-9+.-]*://[^/]*", "", server)
    return path.rstrip("/") if _is_plain(path or "/") else ""


def _needs_more(operation: yaml.Node | None) -> bool:
    """Whether an operation cannot be asked just so: it requires a parameter, or credentials of its own."""
    return any(str(as_scalar(at(one, "required")) or "") == "true" for one in elements(at(operation, "parameters")))
