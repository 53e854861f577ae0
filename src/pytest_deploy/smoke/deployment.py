"""A running deployment as the claims see it: its address, how it is asked, and whether it was waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pytest_deploy.settings import LatencySettings, Settings
from pytest_deploy.smoke import health, rollout
from pytest_deploy.smoke.address import Address
from pytest_deploy.smoke.asking import Asking
from pytest_deploy.smoke.endpoints import Endpoint, Plan
from pytest_deploy.smoke.failures import NotHealthy, RequestFailed
from pytest_deploy.smoke.latency import Latency, measure
from pytest_deploy.smoke.rollout import Rollout
from pytest_deploy.smoke.version import Wanted

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking an endpoint: a ``response``, or the ``failure`` to get one; ``seconds`` is how long it took in all."""

    seconds: float
    response: httpx.Response | None = None
    failure: RequestFailed | None = None


class Deployment:
    """``wait`` is how many seconds it may take to become healthy (0: it is asked once); ``wanted`` the version that must run (``None``: not
    known). ``ahead`` are the endpoints that will be asked, in this order: those of GET are asked together. ``tell`` gets a line whenever
    something changes while it is waited for. ``baseline`` is the file with the latencies of before; ``recording``: they are taken anew, and
    compared with nothing. ``measured`` are the latencies that were taken, by endpoint.

    The client belongs to the caller, who closes it after this.
    """

    def __init__(
        self,
        plan: Plan,
        address: Address,
        client: httpx.Client,
        *,
        wait: float = 0.0,
        wanted: Wanted | None = None,
        ahead: Sequence[Endpoint] = (),
        tell: Callable[[str], None] | None = None,
        baseline: Path | None = None,
        recording: bool = False,
    ) -> None:
        self.plan = plan
        self.address = address
        self.client = client
        self.wait = wait
        self.wanted = wanted
        self.baseline = baseline
        self.recording = recording
        self.measured: dict[str, Latency] = {}
        self._tell = tell
        self._told = False
        self._waited: Rollout | NotHealthy | None = None
        self._asking = Asking(self._ask, [one for one in ahead if _may_go_ahead(one)])

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.plan.settings

    def ready(self) -> Rollout | NotHealthy:
        """What became of waiting; it is done once. With no time to wait, health alone is asked, and not the version."""
        if self._waited is None:
            if not self.wait:
                self._asking.begin()  # nothing depends on what health says
            version = self.settings.version if self.wait else None
            try:
                self._waited = rollout.wait_until_healthy(
                    self.client,
                    self.settings.health,
                    path=self.plan.waiting_path,
                    wait=self.wait,
                    version=version,
                    wanted=self.wanted if version else None,
                    tell=self._tell if self.wait else None,
                )
            except NotHealthy as failure:
                self._waited = failure
        return self._waited

    def unready(self) -> str:
        """Why it may not be asked: it was waited for, and did not become healthy. Empty: it may. All that it did instead is told once, to
        the first that wants to ask; the others get one sentence."""
        if not self.wait:
            return ""
        waited = self.ready()
        if not isinstance(waited, NotHealthy):
            return ""
        told, self._told = self._told, True
        return waited.reason if told else str(waited)

    def ask(self, endpoint: Endpoint) -> Answer:
        """Ask an endpoint as its settings say; where nothing but health is expected, as health is asked."""
        if endpoint.expected is not None and endpoint.expected.max_seconds is not None:
            self._asking.quiet()
            return self._ask(endpoint)
        return self._asking.answer(endpoint)

    def ask_bare(self, endpoint: Endpoint) -> Answer:
        """Ask an endpoint of the settings without the credentials of the settings."""
        return self._ask(endpoint, auth=None)

    def measure(self, endpoint: Endpoint, judge: Callable[[httpx.Response], None]) -> Latency:
        """How long an endpoint takes, asked as its settings say while nothing else is asked from here. ``judge`` looks at each answer.

        Raises ``RequestFailed``.
        """
        self._asking.quiet()
        samples = (self.settings.latency or LatencySettings()).samples
        taken = measure(self.client, endpoint.path, samples=samples, method=endpoint.method, judge=judge, **arguments(endpoint))
        self.measured[endpoint.name] = taken
        return taken

    def ask_anew(self, endpoint: Endpoint) -> Answer:
        """Ask an endpoint over a connection of its own."""
        return self._ask(endpoint, fresh=True)

    def _ask(self, endpoint: Endpoint, *, fresh: bool = False, **more: Any) -> Answer:
        started = time.perf_counter()
        try:
            if endpoint.expected is None:
                response = health.ask(self.client, endpoint.path, timeout=self.settings.health.timeout, fresh=fresh)
            else:
                asked = arguments(endpoint) | more
                if fresh:
                    asked["headers"] = {**asked["headers"], "Connection": "close"}
                response = self.client.request(endpoint.method, endpoint.path, **asked)
        except RequestFailed as failure:
            return Answer(time.perf_counter() - started, failure=failure)
        return Answer(time.perf_counter() - started, response=response)

    def close(self) -> None:
        """Wait for what is on its way."""
        self._asking.close()


def _may_go_ahead(endpoint: Endpoint) -> bool:
    return endpoint.method in ("GET", "HEAD") and (endpoint.expected is None or endpoint.expected.max_seconds is None)


def arguments(endpoint: Endpoint) -> dict[str, Any]:
    """How an endpoint is asked, in the words of httpx."""
    expected = endpoint.expected
    if expected is None:
        return {"follow_redirects": False}
    found: dict[str, Any] = {"headers": expected.headers, "follow_redirects": expected.follow}
    if expected.json is not msgspec.UNSET:
        found["json"] = expected.json
    elif isinstance(expected.data, str):
        found["content"] = expected.data
    elif expected.data is not None:
        found["data"] = expected.data
    return found
