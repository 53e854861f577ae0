"""An endpoint answers as the settings say

That a deployment is up says little about whether it does its job. The few requests that matter most, with what they must answer, are
the shortest test of that.

One test for each entry. `expect_json` is a subset: other keys may be there, and of a list each expected element must be among the
elements. Redirects are not followed unless `follow = true`. Nothing is asked a second time when the answer is wrong.

## Settings
```toml
[[tool.pytest-deploy.smoke]]
path = "/api/orders"
status = 200                                # or several: [200, 204]
headers = { Accept = "application/json" }
expect_json = { items = [{ state = "open" }] }
expect_text = "open|closed"                 # a regular expression, found somewhere
expect_headers = { Content-Type = "application/json", ETag = "*" }
max_seconds = 0.5
```

## References
- <https://www.rfc-editor.org/rfc/rfc9110>
- <https://www.rfc-editor.org/rfc/rfc6901>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from pytest_deploy.findings import Finding
from pytest_deploy.settings import EndpointSettings
from pytest_deploy.smoke.claim import Subject, claim, of_endpoints
from pytest_deploy.smoke.claims._comparing import differences
from pytest_deploy.smoke.claims._saying import hint_for, value
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import AnswerUnreadable, duration
from pytest_deploy.smoke.health import detail
from pytest_deploy.smoke.reading import json_of, name_of

if TYPE_CHECKING:
    import httpx

_HINT = "Mend the endpoint, or what the settings expect of it."


@claim("required", about=of_endpoints(lambda plan: plan.endpoints))
def smoke_endpoint(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Ask once, and compare everything."""
    endpoint = subject.endpoint
    assert endpoint is not None  # noqa: S101  # as `about` says
    assert endpoint.expected is not None  # noqa: S101  # these are the entries of the settings
    answer = deployment.ask(endpoint)
    if answer.failure is not None:
        yield Finding(str(answer.failure), subject.place, hint_for(answer.failure))
    elif answer.response is not None:
        for wrong in complaints(answer.response, endpoint.expected):
            yield Finding(wrong, subject.place, _HINT)
        longest = endpoint.expected.max_seconds
        if longest is not None and answer.seconds > longest:
            name = name_of(answer.response)
            yield Finding(f"{name}: it took {duration(answer.seconds)}; {duration(longest)} is the most", subject.place, _HINT)


def complaints(response: httpx.Response, expected: EndpointSettings) -> Iterator[str]:
    """What is wrong with an answer. Where its status is, nothing else is looked at."""
    name = name_of(response)
    if response.status_code not in expected.statuses:
        wanted = " or ".join(str(one) for one in expected.statuses)
        yield f"{name}: it answered {response.status_code}{detail(response)}; {wanted} is expected"
        return
    for header, wanted in expected.expect_headers.items():
        found = response.headers.get(header)
        if found is None:
            yield f"{name}: the answer has no header {header}"
        elif wanted != "*" and not _is_header(header, found, wanted):
            yield f"{name}: the header {header} is {value(found, header)}; {value(wanted, header)} is expected"
    if expected.expect_text and not re.search(expected.expect_text, response.text):
        yield f"{name}: nothing in the answer matches {expected.expect_text!r}"
    if expected.expect_json is not msgspec.UNSET:
        try:
            found_json = json_of(response)
        except AnswerUnreadable as problem:
            yield str(problem)
        else:
            yield from (f"{name}: {one}" for one in differences(expected.expect_json, found_json))


def _is_header(name: str, found: str, wanted: str) -> bool:
    if name.lower() == "content-type":
        found, wanted = found.lower().replace(" ", ""), wanted.lower().replace(" ", "")
        if ";" not in wanted:
            found = found.partition(";")[0]
    return found.strip() == wanted.strip()
