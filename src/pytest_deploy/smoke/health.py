"""What healthy means: a 2xx, and in a JSON answer a ``status`` that is one of the known words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_deploy.secrets import mask
from pytest_deploy.smoke.address import shown
from pytest_deploy.smoke.failures import AnswerUnreadable
from pytest_deploy.smoke.reading import json_of, name_of, says_json

if TYPE_CHECKING:
    import httpx

HEALTHY = frozenset(
    {
        *("ok", "okay", "pass", "passed", "passing", "healthy", "up", "alive", "live", "ready", "running", "available", "success"),
        *("operational", "online", "serving", "good", "green", "fine", "normal", "active", "warn", "true", "200"),
    }
)
"""Values of ``status`` that mean healthy, in any case: Spring's UP, health+json's pass and warn, gRPC's SERVING, …"""

_NAMES = ("status", "Status", "health", "state")


def ask(client: httpx.Client, path: str, *, timeout: float, fresh: bool = True) -> httpx.Response:
    """Ask a health endpoint. Redirects are not followed (a page to log in at is not healthy), but for one that only adds a slash.

    ``fresh``: on a connection of its own, since one that is kept open leads to the same old instance again and again. Raises
    ``RequestFailed``.
    """
    headers = {"Connection": "close"} if fresh else {}
    response = client.get(path, headers=headers, timeout=timeout, follow_redirects=False)
    if response.next_request is not None and response.next_request.url == response.request.url.copy_with(
        path=response.request.url.path + "/"
    ):
        response = client.get(response.next_request.url, headers=headers, timeout=timeout, follow_redirects=False)
    return response


def complaint(response: httpx.Response) -> str:
    """Why an answer is not healthy, as a clause without the URL; empty: it is."""
    if response.next_request is not None:
        return f"it answered {response.status_code}, a redirect to {shown(str(response.next_request.url))}"
    if not response.is_success:
        return f"it answered {response.status_code}{detail(response)}"
    if not says_json(response):
        return ""
    try:
        value = json_of(response) if response.content.strip() else None
    except AnswerUnreadable as problem:
        return f"it answered {response.status_code}, but {str(problem).removeprefix(name_of(response) + ': ')}"
    status = status_in(value)
    if status is None or status.lower() in HEALTHY:
        return ""
    return f"it answered {response.status_code}, but says of itself: {_short(status)}"


def status_in(value: Any) -> str | None:
    """The status that a JSON answer gives; ``None``: it gives none."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    for name in _NAMES:
        found = value.get(name)
        if isinstance(found, bool | int | str):
            return str(found)
    return None


def detail(response: httpx.Response) -> str:
    """What an error says of itself, where it is JSON with a status or a message."""
    if not says_json(response):
        return ""
    try:
        value = json_of(response)
    except AnswerUnreadable:
        return ""
    if isinstance(value, dict):
        for name in (*_NAMES, "detail", "message", "error"):
            if isinstance(value.get(name), str) and value[name].strip():
                return f" ({name}: {_short(value[name])})"
    return ""


def _short(text: str) -> str:
    text = mask(" ".join(text.split()))
    return text if len(text) <= 80 else text[:79] + "…"
