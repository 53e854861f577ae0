"""The certificate is valid, for this host, and lasts

An expired certificate takes the whole service down at once, on a day that was known for months. So it must be valid, be for the host of
the base URL, come from an authority that is trusted (or from `tls.ca_file`), and last another `tls.days_left` days. What is asked
by plain http must lead to https, or not be answered at all.

A base URL with http fails, but on this machine, where it is not applicable.

## Settings
```toml
[tool.pytest-deploy.tls]
days_left = 14
ca_file = "deploy/ca.pem"        # instead of the system's trust store
certificate = "client.pem"       # who we are, where the server wants to know; key = "client.key"
```

## References
- <https://www.rfc-editor.org/rfc/rfc6125>
- <https://letsencrypt.org/docs/integration-guide/>
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.smoke.address import shown
from pytest_deploy.smoke.claim import Subject, claim, of_whole
from pytest_deploy.smoke.claims._saying import hint_for
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import RequestFailed

if TYPE_CHECKING:
    import httpx


@claim("required", about=of_whole("tls"), waits=False)
def smoke_tls(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Look at the certificate, and at what plain http does."""
    address = deployment.address
    if address.scheme == "http":
        if address.is_loopback:
            raise NotApplicable(f"{address} is this machine, without TLS")
        yield Finding(f"{address}: it is asked by plain http", subject.place, "Serve it by https, and give that as the base URL.")
        return
    try:
        ends = expiry(deployment.client)
    except RequestFailed as failure:
        yield Finding(str(failure), subject.place, hint_for(failure))
        return
    if ends is None:
        raise Unverified(f"{address}: the certificate was not to be seen; ask without a proxy and with certificates verified")
    left = ends - dt.datetime.now(dt.UTC)
    least = deployment.settings.tls.days_left
    if left < dt.timedelta(days=least):
        yield Finding(
            f"{address}: the certificate expires on {ends:%Y-%m-%d}, in {max(left.days, 0)} days; {least} must be left",
            subject.place,
            "Renew it, and look why that does not happen by itself.",
        )
    if address.port == 443:
        yield from _plain(deployment, subject)


def expiry(client: httpx.Client) -> dt.datetime | None:
    """When the certificate of the deployment ends; ``None``: it was not looked at. Raises ``RequestFailed``."""
    with client.stream("GET", "", headers={"Connection": "close"}, follow_redirects=False) as response:
        connection = response.extensions.get("network_stream")
        tls = connection.get_extra_info("ssl_object") if connection is not None else None
        seen = tls.getpeercert() if tls is not None else None
        if not seen or "notAfter" not in seen:
            return None
        return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(seen["notAfter"]), dt.UTC)


def _plain(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """What plain http answers: nobody there is right, and so is a redirect to https."""
    url = f"http://{deployment.address.url.partition('://')[2]}/"
    try:
        with deployment.client.stream("GET", url, auth=None, follow_redirects=False) as response:
            status = response.status_code
            target = response.next_request.url if response.next_request is not None else None
    except RequestFailed:
        return
    if target is None and status < 400:
        yield Finding(f"GET {shown(url)}: plain http is answered ({status})", subject.place, "Redirect http to https.")
    elif target is not None and target.scheme != "https":
        yield Finding(f"GET {shown(url)}: plain http redirects to {shown(str(target))}", subject.place, "Redirect http to https.")
