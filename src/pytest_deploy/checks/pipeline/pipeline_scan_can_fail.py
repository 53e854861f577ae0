"""The image scanner can fail the job

Trivy and docker scout report what they find and exit 0 unless they are told otherwise, so a scan step alone stops nothing. Where a job
scans twice (once for a report, once as the gate), the gate counts.

## Bad
```yaml .github/workflows/ci.yml:8
on: {push: {branches: [main]}}
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t shop:${{ github.sha }} .
      - run: trivy image shop:${{ github.sha }}
```

## Good
```yaml .github/workflows/ci.yml
on: {push: {branches: [main]}}
jobs:
  scan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t shop:${{ github.sha }} .
      - run: trivy image --exit-code 1 --severity CRITICAL shop:${{ github.sha }}
```

## References
- <https://trivy.dev/latest/docs/configuration/others/#exit-code>
- <https://docs.docker.com/reference/cli/docker/scout/cves/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.repository import Repository


@check()
def pipeline_scan_can_fail(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Look at every scanner that the file itself invokes."""
    scans = [doing for doing in repository.release.doings_of(pipeline.path) if doing.role == "image-scan"]
    unseen = [node for node in repository.release.alone[pipeline.path] if node.unseen and "image-scan" in opaque.hints(node.job)]
    if not scans and not unseen:
        raise NotApplicable("no image scanner is invoked here")
    gates = {doing.job.id for doing in scans if doing.act.details.get("can-fail") == "yes"}
    open_ = [doing for doing in scans if doing.job.id not in gates]
    found = False
    for doing in open_:
        if doing.act.details.get("can-fail") == "no":
            found = True
            yield Finding(
                f"the scanner in {doing.job.id} reports and exits 0 whatever it finds: {doing.act.text}",
                doing.act.place,
                "Give it the option that fails the job (`--exit-code 1`, `exit-code: 1`, `--fail-on critical`).",
            )
    unknown = [doing for doing in open_ if doing.act.details.get("can-fail") != "no"]
    if not found and unseen:
        raise Unverified(f"{opaque.shown(unseen[0])} scans out of sight; whether it can fail cannot be told here")
    if not found and unknown:
        raise Unverified(f"whether `{unknown[0].act.text}` can fail depends on values that only the run knows")
