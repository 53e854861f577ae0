"""The endpoints to ask: those of the settings, else what the repository declares, else ``/health``."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.settings import EndpointSettings, LatencySettings, Settings
from pytest_deploy.smoke.address import shown

NODE = "smoke"
"""The node of what no file asks for."""
DEFAULT = "the default"
"""The source of an endpoint that nobody has named."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something to ask. ``place`` is what asks for it: an entry of the settings, a declaration in the repository, or the node itself;
    ``source`` is that in words. ``expected`` is what settings say of it (``None``: it must be healthy). ``number`` tells apart those of one
    method and path."""

    method: str
    path: str
    place: Place
    source: str
    expected: EndpointSettings | None = field(default=None, compare=False)
    number: int = field(default=1)

    @property
    def name(self) -> str:
        """``GET /health``; without anything secret."""
        path = self.path if self.path.startswith("/") else f"/{self.path}"
        return f"{self.method} {shown(path)}" + (f" #{self.number}" if self.number > 1 else "")

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to ask. ``endpoints`` are those that settings describe, ``health`` those that must be healthy, the one to wait for
    first. Nothing here needs the deployment."""

    settings: Settings
    endpoints: tuple[Endpoint, ...]
    health: tuple[Endpoint, ...]
    places: dict[str, Place] = field(default_factory=dict)
    timed: tuple[Endpoint, ...] = ()
    """Those whose latency is held against a baseline."""

    @property
    def repeatable(self) -> tuple[Endpoint, ...]:
        """Those that may be asked again and again, since that changes nothing: each once, those of the settings before the others."""
        found = {one.name: one for one in (*self.health, *self.endpoints) if one.method in ("GET", "HEAD")}
        return tuple(found.values())

    def place(self, table: str) -> Place:
        """Where a table of the settings stands; the node where there is none."""
        return self.places.get(table, Place(NODE))

    @property
    def waiting_path(self) -> str:
        """The path that is asked while the deployment is waited for."""
        if self.health:
            return self.health[0].path
        asked = [one for one in self.endpoints if one.method == "GET" and one.expected and 200 in one.expected.statuses]
        return asked[0].path if asked else "/"


def plan(repository: Repository, path: str = "", text: str = "", *, recording: bool = False) -> Plan:
    """What there is to ask of a repository's deployment. ``path`` and ``text`` are those of its settings file; ``recording``: a baseline of
    latencies is to be made."""
    settings = repository.settings
    tables = ("health", "version", "auth", "tls", "latency")
    places = {name: Place(path, line) for name in tables for line in _lines(path, text, name)[:1]}
    asked = Plan(settings, _configured(settings, path, text), _health(repository, settings, places), places)
    baseline = repository.root / (settings.latency or LatencySettings()).baseline
    # The file alone will do: whoever has committed a baseline wants to hear of it.
    if recording or settings.latency is not None or baseline.is_file():
        return replace(asked, timed=asked.repeatable)
    return asked


def _configured(settings: Settings, path: str, text: str) -> tuple[Endpoint, ...]:
    lines = _lines(path, text, "smoke")
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for number, entry in enumerate(settings.smoke):
        line = lines[min(number, len(lines) - 1)] if lines else 0
        method = entry.method.upper()
        key = (method, entry.path)
        seen[key] += 1
        place = Place(path, line) if path and line else Place(NODE)
        found.append(Endpoint(method, entry.path, place, "the settings", entry, seen[key]))
    return tuple(found)


def _health(repository: Repository, settings: Settings, places: dict[str, Place]) -> tuple[Endpoint, ...]:
    if settings.health.path:
        return (Endpoint("GET", settings.health.path, places.get("health", Place(NODE)), "the settings"),)
    from pytest_deploy.smoke.declared import declared  # all the models of files

    found = tuple(Endpoint("GET", one.path, one.place, one.source) for one in declared(repository))
    # Whoever lists endpoints and no health has said what there is; a guess would only be a false alarm.
    return found or (() if settings.smoke else (Endpoint("GET", "/health", Place(NODE), DEFAULT),))


def _lines(path: str, text: str, name: str) -> list[int]:
    """The lines at which a table of the settings begins, or each of an array of tables; where there is none, of the key that holds it."""
    own = "tool.pytest-deploy" if path.endswith("pyproject.toml") else ""
    table = ""
    heads, keys = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if head := _HEAD.match(line):
            table = re.sub(r"[\s\"']", "", head[1])
            if table == f"{own}.{name}".lstrip("."):
                heads.append(number)
        elif table == own and re.match(rf"\s*{name}\s*[.=]", line):
            keys.append(number)
    return heads or keys[:1]


_HEAD = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
