"""Ask with the client for threads and with the one for tasks: both have to behave alike."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from pytest_deploy.settings import HealthSettings, Settings
from pytest_deploy.smoke.client import new_async_client, new_client
from pytest_deploy.smoke.failures import RequestFailed

DEADLINE = 0.2
"""For what lasts until the deadline."""
AMPLE = 5.0
"""For what does not: whether it is in time is no question then, on the busiest machine."""
SETTINGS = Settings(health=HealthSettings(timeout=AMPLE))

SYNC_AND_ASYNC = pytest.mark.parametrize("kind", ["threads", "tasks"])


def ask(
    kind: str,
    url: str,
    path: str = "/",
    *,
    method: str = "GET",
    settings: Settings = SETTINGS,
    client: dict[str, Any] | None = None,
    **request: Any,
) -> httpx.Response:
    """One request with a client of its own."""
    if kind == "threads":
        with new_client(url, settings, **(client or {})) as one:
            return one.request(method, path, **request)

    async def main() -> httpx.Response:
        async with new_async_client(url, settings, **(client or {})) as one:
            return await one.request(method, path, **request)

    return asyncio.run(main())


def failure(kind: str, url: str, path: str = "/", *, within: float = AMPLE, **rest: Any) -> RequestFailed:
    """How a request fails that has so many seconds; it has to do so in its time, with some slack for a busy machine."""
    started = time.monotonic()
    with pytest.raises(RequestFailed) as caught:
        ask(kind, url, path, timeout=within, **rest)
    assert time.monotonic() - started < within + 0.8
    return caught.value
