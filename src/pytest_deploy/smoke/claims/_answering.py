"""What is wrong with the answer of an endpoint, as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_deploy.smoke import health
from pytest_deploy.smoke.claims.smoke_endpoint import complaints
from pytest_deploy.smoke.endpoints import Endpoint
from pytest_deploy.smoke.reading import name_of

if TYPE_CHECKING:
    import httpx


def complaint(endpoint: Endpoint, response: httpx.Response) -> str:
    """The first thing that is wrong: the answer is not what the settings say, or not healthy where they say nothing. Empty: nothing is."""
    if endpoint.expected is not None:
        return next(complaints(response, endpoint.expected), "")
    wrong = health.complaint(response)
    return f"{name_of(response)}: {wrong}" if wrong else ""
