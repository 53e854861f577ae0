"""Credentials: from which environment variables they come, and to whom they may go."""

from __future__ import annotations

import base64
import os
from collections.abc import Generator, Mapping

import httpx

from pytest_deploy.settings import AuthSettings
from pytest_deploy.smoke.address import Address, Origin
from pytest_deploy.smoke.exchange import Exchange
from pytest_deploy.smoke.failures import SettingsProblem

_FOR_EVERYBODY = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "host", "user-agent"),
        *("content-encoding", "content-language", "content-length", "content-type", "transfer-encoding", "pragma", "range", "te"),
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
    }
)
"""Headers that say nothing about who asks. All others (``Authorization``, ``Cookie``, ``X-Api-Key``, one of the house) are for the
base URL's origin alone."""


def from_settings(address: Address, settings: AuthSettings) -> Mapping[str, str]:
    """The headers that settings and the base URL ask for.

    Raises ``SettingsProblem`` that names the setting and the variable where one is not set, and where two would be sent as
    ``Authorization``.
    """
    found: dict[str, str] = {}
    if settings.bearer_env:
        found["Authorization"] = f"Bearer {variable(settings.bearer_env, 'auth.bearer_env')}"
    if settings.basic_env:
        pair = variable(settings.basic_env, "auth.basic_env")
        if ":" not in pair:
            raise SettingsProblem(
                f"the environment variable {settings.basic_env}, which auth.basic_env names, is not of the form user:password"
            )
        found["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    for header, name in settings.header_env.items():
        found[header] = variable(name, f"auth.header_env.{header}")
    if address.authorization:
        if any(name.lower() == "authorization" for name in found):
            raise SettingsProblem(
                f"the base URL {address} came with a user, and the settings under auth have an Authorization too: keep one"
            )
        found["Authorization"] = address.authorization
    return found


def variable(name: str, setting: str) -> str:
    """The value of an environment variable that a setting names.

    Raises ``SettingsProblem`` that names both when it is not set, is empty or cannot be sent in a header.
    """
    value = os.environ.get(name)
    if value is None or not value.strip():
        state = "not set" if value is None else "empty"
        raise SettingsProblem(f"the environment variable {name}, which the setting {setting} names, is {state}")
    value = value.strip()
    if not value.isprintable():
        raise SettingsProblem(
            f"the environment variable {name}, which the setting {setting} names, holds a character that a header cannot have"
        )
    return value


def origin_of(url: httpx.URL) -> Origin:
    """The origin of a URL."""
    return (url.scheme, url.host.rstrip(".").lower(), url.port or {"http": 80, "https": 443}.get(url.scheme, 0))


def without_credentials(headers: httpx.Headers, *, but: httpx.Headers | None = None) -> httpx.Headers:
    """Headers as any host may have them. Those in ``but`` stay."""
    kept = httpx.Headers(but)
    return httpx.Headers([(name, value) for name, value in headers.multi_items() if name.lower() in _FOR_EVERYBODY or name in kept])


class SettingsAuth(httpx.Auth):
    """Asks for the credentials of the settings. It holds none: the transport has them, and puts them only on what it sends, so that no
    request, answer or exception that a test may print ever has one."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Mark a request."""
        exchange = request.extensions.get("exchange")
        if isinstance(exchange, Exchange):
            exchange.credentials = True
        yield request
