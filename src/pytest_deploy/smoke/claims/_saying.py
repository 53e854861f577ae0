"""How claims say what is wrong."""

from __future__ import annotations

from typing import Any

from pytest_deploy.secrets import is_secret_name, mask, mask_value
from pytest_deploy.smoke.failures import RequestFailed

LONGEST = 120

_HINTS = {
    "UnknownHost": "Look at the base URL and at the DNS record of the host.",
    "Refused": "Look whether the deployment runs, and at the port of the base URL.",
    "Unreachable": "Look at the base URL, and at the way from here to it.",
    "NoConnection": "Look at firewalls and at the load balancer: packets seem to be dropped.",
    "TlsFailed": "Renew or correct the certificate; for an authority of your own set tls.ca_file.",
    "Unsendable": "Look at the headers that settings and smoke_client_args give.",
    "NoAnswer": "Look at what the deployment waits for; if it may take longer, raise health.timeout.",
    "BodyTooSlow": "Look at what the deployment waits for; if it may take longer, raise health.timeout.",
    "BrokenOff": "Look at the logs of the deployment and of the proxy before it.",
    "NotHttp": "Look at the port and the scheme of the base URL.",
    "ProxyFailed": "Look at the proxy that the environment names; NO_PROXY leaves hosts out.",
    "TooLarge": "Ask an endpoint that answers with less.",
    "Undecodable": "Look at what compresses the answer.",
    "EndlessRedirects": "Look at where the endpoint redirects to.",
    "RedirectRefused": "Give the address that it leads to as the base URL, if that is the deployment.",
}


def hint_for(failure: RequestFailed) -> str:
    """How a failed request is mended."""
    return _HINTS.get(type(failure).__name__, "Look at the logs of the deployment.")


def value(found: Any, name: str = "") -> str:
    """A value as it may be shown; one under a secret's name is masked."""
    if isinstance(found, str) and is_secret_name(name):
        return mask_value(found)
    text = mask(repr(found) if isinstance(found, str) else _json(found))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _json(found: Any) -> str:
    import json

    return json.dumps(found, ensure_ascii=False, default=str)
