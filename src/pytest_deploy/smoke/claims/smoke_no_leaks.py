"""Nothing is served that is nobody's business

What ends up beside the application is served with it: `/.env`, `/.git/HEAD`, a debug page that was left on, a status page of the
server. Scanners ask for these within minutes of a deployment. They are asked for here, by GET and with no credentials; a page that
answers everything with 200 is told from the thing itself by what it holds. An error page must not show a stack trace.

Asked for are the usual files (`/.env`, `/.git/HEAD`, `/.aws/credentials`, …), Spring's actuator (`/actuator/env`, `/actuator/heapdump`),
debug pages (`/debug`, `/debug/pprof/`, `/console`, …) and status pages (`/server-status`, `/phpinfo.php`).

## References
- <https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/>
- <https://cwe.mitre.org/data/definitions/538.html>
- <https://cwe.mitre.org/data/definitions/209.html>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.smoke.address import shown
from pytest_deploy.smoke.asking import together
from pytest_deploy.smoke.claim import Subject, claim, of_whole
from pytest_deploy.smoke.claims._leaks import LEAKS, trace_in
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import RequestFailed

if TYPE_CHECKING:
    import httpx

_ENOUGH = 65_536
"""So many bytes of an answer are looked at."""

_ERRORS = ("/pytest-deploy-asks-for-no-such-page", "/pytest-deploy-asks-for-no-such-page?id=%27%22%3C%00")
"""What gives error pages."""


@dataclass(frozen=True, slots=True)
class _Page:
    path: str
    status: int = 0
    url: str = ""
    start: bytes = b""
    failure: RequestFailed | None = None


@claim("required", about=of_whole())
def smoke_no_leaks(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Ask for everything, a few at a time."""
    paths = [*(one.path for one in LEAKS), *_ERRORS]
    pages = together(lambda path: _look(deployment.client, path), paths, at_once=6)
    if all(page.failure is not None for page in pages):
        raise Unverified(f"nothing could be asked: {pages[0].failure}")
    for leak, page in zip(LEAKS, pages, strict=False):
        if 200 <= page.status < 300 and leak.pattern.search(page.start) and not _is_html(page.start, leak.pattern.pattern):
            yield Finding(f"GET {page.url}: it is served, and gives away {leak.what}", subject.place, leak.hint)
    told: set[str] = set()
    for page in pages:
        what = trace_in(page.start) if page.status >= 400 else ""
        if what and what not in told:
            told.add(what)
            yield Finding(
                f"GET {page.url}: the error page ({page.status}) shows {what}",
                subject.place,
                "Switch debug mode off in what is deployed, and show errors without their trace.",
            )


def _look(client: httpx.Client, path: str) -> _Page:
    """The beginning of an answer; what cannot be read is not served."""
    try:
        with client.stream("GET", path, auth=None, follow_redirects=False) as response:
            start = b""
            for chunk in response.iter_bytes():
                start += chunk
                if len(start) >= _ENOUGH:
                    break
            return _Page(path, response.status_code, shown(str(response.request.url)), start[:_ENOUGH])
    except RequestFailed as failure:
        return _Page(path, failure=failure)


def _is_html(page: bytes, pattern: bytes) -> bool:
    """Whether it is a page for people where a file was asked for."""
    return page.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")) and pattern.startswith((b"\\A", b"^"))
