"""It takes no longer to answer than before

A release that answers everything rightly, and in twice the time, is found out by its users. So each endpoint that only reads is asked
`latency.samples` times, one request after another (after three to warm up), and its p50 and p95 are held against a baseline that
was recorded with `--deploy-record-baseline` and is committed.

It fails when p50 or p95 is longer by more than `latency.tolerance` and by at least 5 ms, *and* chance alone would show such a
difference in less than one run of a hundred (Mann-Whitney U test, one-sided): less than 5 ms is what a busy machine or network adds.
With fewer than 20 samples on a side, without a baseline, or where the answers are not the expected ones, it is unverified.
Record and compare from the same kind of place: the way to the deployment is measured, too.

It is asked for by the table `latency` of the settings, or by a baseline in its usual place. With `pytest-xdist` say `--dist loadgroup`,
which keeps what is measured in one worker.

## Settings
```toml
[tool.pytest-deploy.latency]
baseline = "deploy/latency.json"
tolerance = 0.20
samples = 50
```

## References
- <https://en.wikipedia.org/wiki/Mann%E2%80%93Whitney_U_test>
- <https://sre.google/sre-book/monitoring-distributed-systems/>
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_deploy.findings import Finding, Unverified
from pytest_deploy.settings import LatencySettings
from pytest_deploy.smoke import baseline
from pytest_deploy.smoke.claim import Subject, claim, of_endpoints
from pytest_deploy.smoke.claims._answering import complaint
from pytest_deploy.smoke.claims._saying import hint_for
from pytest_deploy.smoke.deployment import Deployment
from pytest_deploy.smoke.failures import RequestFailed
from pytest_deploy.smoke.latency import Latency, compare

if TYPE_CHECKING:
    import httpx


@claim("required", about=of_endpoints(lambda plan: plan.timed), timing=True)
def latency_baseline(deployment: Deployment, subject: Subject) -> Iterator[Finding]:
    """Measure, and compare."""
    endpoint = subject.endpoint
    assert endpoint is not None  # noqa: S101  # as `about` says
    settings = deployment.settings.latency or LatencySettings()
    before = None if deployment.recording else _before(deployment, settings, endpoint.name)

    def judge(response: httpx.Response) -> None:
        if wrong := complaint(endpoint, response):
            raise Unverified(f"{wrong}; how long such an answer takes says nothing")

    try:
        now = deployment.measure(endpoint, judge)
    except RequestFailed as failure:
        yield Finding(str(failure), subject.place, hint_for(failure))
        return
    if before is None:
        return
    compared = compare(before, now, tolerance=settings.tolerance)
    if compared.outcome == "unknown":
        raise Unverified(f"{compared.text}; set latency.samples, and record the baseline again")
    if compared.outcome == "slower":
        hint = "Look at what the release changed there; if it has to take longer, record the baseline again."
        yield Finding(f"{endpoint.name}: {compared.text}", subject.place, hint)


def _before(deployment: Deployment, settings: LatencySettings, name: str) -> Latency:
    found = baseline.load(deployment.baseline) if deployment.baseline is not None else None
    if found is None or name not in found.endpoints:
        what = f"no latency of {name}" if found is not None else "no baseline"
        raise Unverified(f"there is {what} in {settings.baseline}: record it with --deploy-record-baseline, and commit it")
    return found.endpoints[name]
