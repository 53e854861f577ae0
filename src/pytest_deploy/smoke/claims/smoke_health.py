"""The deployment answers healthy

A process that runs may still not serve: its database is away, its migration failed, its configuration is missing. A health endpoint
says so, and an answer that comes through the same address that users have proves the way to it, too.

Healthy is a 2xx; in a JSON answer with a `status` (or `health`, `state`) that is one of the known words, such as ok, pass, healthy, up,
ready, warn, in any case. A redirect is not healthy: it leads to a page to log in at. The endpoint that is waited for
(`--deploy-wait`) has to answer so `health.answers` times in a row, each time over a new connection, and with `--deploy-wait` as the
wanted version.

A path that nobody has named is only a guess: where a page for people answers there, as it does at every path of a single-page
application, health is unverified.

Which endpoints: `health.path`, else those that the repository declares (readiness, liveness and startup probes, health checks of compose
services and Dockerfiles, OpenAPI paths), else `/health`.

## Settings
```toml
[tool.pytest-deploy.health]
path = "/health"
answers = 3
timeout = 10.0
```

## References
- <https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06>
- <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.smoke import health
from pytest_deploy.smoke.claim import Subject, claim, of_endpoints
from pytest_deploy.smoke.claims._saying import hint_for
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.endpoints import DEFAULT, Endpoint
from pytest_deploy.smoke.failures import NotHealthy
from pytest_deploy.smoke.reading import name_of
from pytest_deploy.smoke.rollout import Rollout

_HINT = "Look at the logs of the deployment; if the path is wrong, set health.path."
_ROLLOUT = "See whether the rollout went through, and took the old instances out; if another version is right, give --deploy-version."


@claim("required", about=of_endpoints(lambda plan: plan.health), waits=False)
def smoke_health(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Wait for the first endpoint; ask the others once."""
    endpoint = subject.endpoint
    if why := deployment.unready():
        yield Finding(why, subject.place, _hint(deployment.ready()))
        return
    waited = deployment.ready() if endpoint == deployment.plan.health[0] else None
    if isinstance(waited, NotHealthy):
        yield Finding(str(waited), subject.place, _hint(waited))
    elif endpoint is not None and endpoint.source == DEFAULT:
        _refuse_pages(deployment, endpoint)
    elif endpoint is not None and endpoint != deployment.plan.health[0]:
        answer = deployment.ask(endpoint)
        if answer.failure is not None:
            yield Finding(str(answer.failure), subject.place, hint_for(answer.failure))
        elif answer.response is not None and (wrong := health.complaint(answer.response)):
            declared = "" if endpoint.source == "the settings" else f" ({endpoint.source} asks for it)"
            yield Finding(f"{name_of(answer.response)}: {wrong}{declared}", subject.place, _HINT)


def _hint(waited: Rollout | NotHealthy) -> str:
    return _ROLLOUT if isinstance(waited, NotHealthy) and waited.timeline.last.startswith("healthy, but") else _HINT


def _refuse_pages(deployment: Deployment, endpoint: Endpoint) -> None:
    response = deployment.ask(endpoint).response
    if response is not None and "html" in response.headers.get("content-type", "").lower():
        raise Unverified(f"{name_of(response)}: a page answers there, which may be that of any path; set health.path to what tells health")
