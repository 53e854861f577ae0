"""Answers carry the headers that protect browsers

Three headers cost nothing and close whole classes of attack: `Strict-Transport-Security` keeps browsers from plain http,
`X-Content-Type-Options: nosniff` keeps them from taking an upload for a script, and `Content-Security-Policy: frame-ancestors` (or
`X-Frame-Options`) keeps other pages from putting this one into a frame.

The page at the base URL is looked at, or the first endpoint where there is none. HSTS is asked for by https only, and frames of HTML pages
only.

## References
- <https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html>
- <https://www.rfc-editor.org/rfc/rfc6797>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_deploy.findings import Finding
from pytest_deploy.smoke.claim import Subject, claim, of_whole
from pytest_deploy.smoke.claims._saying import hint_for, value
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import RequestFailed
from pytest_deploy.smoke.reading import name_of

if TYPE_CHECKING:
    import httpx


@claim("advisory", about=of_whole())
def smoke_security_headers(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Look at one answer."""
    try:
        response = _page(deployment)
    except RequestFailed as failure:
        yield Finding(str(failure), subject.place, hint_for(failure))
        return
    name, headers = name_of(response), response.headers
    if response.request.url.scheme == "https" and not _lasts(headers.get("strict-transport-security", "")):
        had = f" ({value(headers['strict-transport-security'])})" if "strict-transport-security" in headers else ""
        yield Finding(
            f"{name}: no Strict-Transport-Security that lasts{had}",
            subject.place,
            "Send Strict-Transport-Security: max-age=31536000; includeSubDomains.",
        )
    if headers.get("x-content-type-options", "").strip().lower() != "nosniff":
        yield Finding(f"{name}: no X-Content-Type-Options: nosniff", subject.place, "Send X-Content-Type-Options: nosniff.")
    if "html" in headers.get("content-type", "").lower() and not _keeps_frames_out(headers):
        yield Finding(
            f"{name}: any page may put this one into a frame",
            subject.place,
            "Send Content-Security-Policy: frame-ancestors 'none' (or 'self'), or X-Frame-Options: DENY.",
        )


def _page(deployment: Deployment) -> httpx.Response:
    response = deployment.client.get("", follow_redirects=True)
    if response.status_code >= 400 and deployment.plan.waiting_path != "/":
        return deployment.client.get(deployment.plan.waiting_path, follow_redirects=True)
    return response


def _lasts(hsts: str) -> bool:
    match = re.search(r"max-age\s*=\s*\"?(\d+)", hsts, re.IGNORECASE)
    return match is not None and int(match[1]) > 0


def _keeps_frames_out(headers: httpx.Headers) -> bool:
    if re.search(r"(?:^|;)\s*frame-ancestors\s", headers.get("content-security-policy", ""), re.IGNORECASE):
        return True
    return headers.get("x-frame-options", "").strip().lower() in ("deny", "sameorigin")
