"""Wrong credentials are rejected

A login that lets everybody in answers 200, like one that works. So the settings give the login endpoint and credentials that must not
do: it has to answer 401, or 400, 403 or 422 where `status` says so. Anything else fails: a 200 or a redirect lets in or hides what
happened, a 404 means that the endpoint is somewhere else, and a 5xx that the deployment cannot tell.

It is an entry of `[[tool.pytest-deploy.smoke]]` with a POST to a path that logs in (`login`, `signin`, `token`, `session`, …) and one
of these statuses. The credentials of `auth` are left out, so that it is the login that answers.

## Settings
```toml
[[tool.pytest-deploy.smoke]]
path = "/auth/login"
method = "POST"
json = { email = "test@example.org", password = "wrong" }
status = 401
```

## References
- <https://www.rfc-editor.org/rfc/rfc9110#name-401-unauthorized>
- <https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/04-Authentication_Testing/>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.findings import Finding
from pytest_deploy.smoke.claim import Subject, claim, of_endpoints
from pytest_deploy.smoke.claims._saying import hint_for
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.endpoints import Endpoint, Plan
from pytest_deploy.smoke.health import detail
from pytest_deploy.smoke.reading import name_of

REJECTIONS = frozenset({400, 401, 403, 422})
_LOGIN = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|auth|authenticate|authentication|authorize|token|tokens|access-token|session|sessions|jwt)/?(?:\?.*)?$",
    re.IGNORECASE,
)


def logins(plan: Plan) -> list[Endpoint]:
    """The entries of the settings that try wrong credentials."""
    return [
        one
        for one in plan.endpoints
        if one.expected and one.method == "POST" and _LOGIN.search(one.path) and set(one.expected.statuses) <= REJECTIONS
    ]


@claim("required", about=of_endpoints(logins))
def smoke_auth_rejects(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Ask the login without other credentials."""
    endpoint = subject.endpoint
    assert endpoint is not None  # noqa: S101  # as `about` says
    assert endpoint.expected is not None  # noqa: S101  # as `logins` says
    answer = deployment.ask_bare(endpoint)
    if answer.failure is not None:
        yield Finding(str(answer.failure), subject.place, hint_for(answer.failure))
        return
    response = answer.response
    assert response is not None  # noqa: S101  # one of both is there
    status, allowed = response.status_code, endpoint.expected.statuses
    if status in allowed:
        return
    wanted = " or ".join(str(one) for one in allowed)
    if response.is_success:
        what, hint = f"it let wrong credentials in (it answered {status}; {wanted} is expected)", "Reject credentials that are wrong."
    elif status >= 500:
        what = f"it failed over wrong credentials (it answered {status}{detail(response)}; {wanted} is expected)"
        hint = "Look at the logs of the deployment: the login itself fails."
    else:
        what = f"it answered wrong credentials with {status}{detail(response)}; {wanted} is expected"
        hint = "Look at the path of the login, or set the status that it answers with."
    yield Finding(f"{name_of(response)}: {what}", subject.place, hint)
