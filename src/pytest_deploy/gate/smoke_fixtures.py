"""What the fixtures for smoke tests give; :mod:`pytest_deploy.plugin` only names them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pytest_deploy.gate.engine import gate_of
from pytest_deploy.gate.smoke import run_of
from pytest_deploy.smoke import endpoints, version
from pytest_deploy.smoke.address import Address
from pytest_deploy.smoke.failures import SmokeFailure

if TYPE_CHECKING:
    import httpx

    from pytest_deploy.smoke.latency import Latency
    from pytest_deploy.smoke.rollout import Rollout


def address(request: pytest.FixtureRequest) -> Address:
    """The base URL, by pytest-base-url's fixture, which a project may override. Without one the test fails: it must not be skipped."""
    url = request.getfixturevalue("base_url")
    if not url:
        pytest.fail("there is no base URL: give --base-url URL, set PYTEST_BASE_URL or the ini key base_url", pytrace=False)
    try:
        return Address.parse(str(url))
    except SmokeFailure as wrong:
        pytest.fail(f"base URL: {wrong}", pytrace=False)


def factory(request: pytest.FixtureRequest, arguments: dict[str, Any]) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients on the base URL, and closes them at the end of the test."""
    from pytest_deploy.smoke.client import new_client

    gate = gate_of(request.config)
    where = address(request)
    _wait(request, where)
    with ExitStack() as opened:

        def make(**more: Any) -> httpx.Client:
            try:
                return opened.enter_context(new_client(where, gate.settings, root=gate.root, **{**arguments, **more}))
            except SmokeFailure as wrong:
                pytest.fail(str(wrong), pytrace=False)

        yield make


async def async_client(request: pytest.FixtureRequest, arguments: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """The client for tasks."""
    from pytest_deploy.smoke.client import new_async_client

    gate = gate_of(request.config)
    where = address(request)
    _wait(request, where)
    try:
        made = new_async_client(where, gate.settings, root=gate.root, **arguments)
    except SmokeFailure as wrong:
        pytest.fail(str(wrong), pytrace=False)
    async with made as client:
        yield client


def _wait(request: pytest.FixtureRequest, where: Address) -> None:
    run = run_of(request.config)
    if run is not None:
        run.wait(where)


def plan(config: pytest.Config) -> endpoints.Plan:
    """What there is to ask of the deployment."""
    gate = gate_of(config)
    return endpoints.plan(gate.repository, gate.configuration.path, gate.configuration.text)


def waiter(request: pytest.FixtureRequest, client: httpx.Client) -> Callable[..., Rollout]:
    """Waits until the deployment answers healthy."""
    from pytest_deploy.smoke.rollout import wait_until_healthy

    gate = gate_of(request.config)

    def wait(seconds: float = 60.0, *, wanted: str = "") -> Rollout:
        __tracebackhide__ = True
        try:
            return wait_until_healthy(
                client,
                gate.settings.health,
                path=plan(request.config).waiting_path,
                wait=seconds,
                version=gate.settings.version if wanted else None,
                wanted=version.given(wanted, gate.root) if wanted else None,
            )
        except SmokeFailure as failure:
            pytest.fail(str(failure), pytrace=False)

    return wait


def answer_of_health(request: pytest.FixtureRequest, client: httpx.Client) -> httpx.Response:
    """What the deployment answers when it is asked for its health, whatever that is."""
    try:
        return client.get(plan(request.config).waiting_path)
    except SmokeFailure as failure:
        pytest.fail(str(failure), pytrace=False)


def running_version(request: pytest.FixtureRequest, client: httpx.Client) -> str:
    """The version that answers, as the settings say where it stands."""
    settings = gate_of(request.config).settings.version
    if settings is None:
        pytest.fail("settings say not where the deployment tells its version: give [tool.pytest-deploy.version]", pytrace=False)
    try:
        return version.running(client.get(settings.path), settings)
    except SmokeFailure as failure:
        pytest.fail(str(failure), pytrace=False)


def stopwatch(client: httpx.Client) -> Callable[..., Latency]:
    """Measures how long an endpoint takes."""
    from pytest_deploy.smoke.deployment import arguments
    from pytest_deploy.smoke.latency import measure

    def latency(endpoint: endpoints.Endpoint | str, samples: int = 50) -> Latency:
        __tracebackhide__ = True
        try:
            if isinstance(endpoint, str):
                return measure(client, endpoint, samples=samples)
            return measure(client, endpoint.path, samples=samples, method=endpoint.method, **arguments(endpoint))
        except SmokeFailure as failure:
            pytest.fail(str(failure), pytrace=False)

    return latency
