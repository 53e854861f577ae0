"""Actions of others are pinned to a commit

A tag or branch of somebody else's action can be moved to other code at any time, and that code then runs with this pipeline's secrets. A
full commit hash cannot be moved. Actions of the repository's own owner and of the forge itself may use a tag; an orb has to name an exact
version, which cannot be published twice; an image that runs as a step is pinned by digest.

## Bad
```yaml .github/workflows/ci.yml:6
on: [push]
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
```

### A reusable workflow of others
```yaml .github/workflows/ci.yml:4
on: [push]
jobs:
  scan:
    uses: other/shared/.github/workflows/scan.yml@main
```

### In a composite action of this repository, and an image as a step
```yaml .github/actions/setup/action.yml:5,6
name: Set up
runs:
  using: composite
  steps:
    - uses: pnpm/action-setup@v4
    - uses: docker://alpine:3.20
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@9780b0c442fbb1117ed29e0efdff1e18412f7567 # v3.3.0
      - uses: docker://alpine@sha256:0a4eaa0eecf5f8c050e5bba433f58c052be7587ee8af3e8b3910ef9ab5fbe9f5
```

## References
- <https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions>
- <https://docs.zizmor.sh/audits/#unpinned-uses>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.model import Pipeline, Uses, steps_of
from pytest_deploy.repository import Repository

_OF_THE_FORGE = frozenset({"actions", "github"})
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_EXACT = re.compile(r"\d+\.\d+\.\d+(?:[-+][\w.+-]+)?")
_HINTS = {
    "orb": "Name the exact version of the orb: three numbers.",
    "image": "Pin the image by its digest: image@sha256:….",
}
_HINT = "Pin it to the full commit hash of a release, with the release as a comment: {}@<commit> # v1.2.3."


@check("advisory")
def pipeline_actions_pinned(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Every action, reusable workflow, orb and step image of others."""
    used = [uses for uses in _used(pipeline) if _is_of_others(uses, repository.owner)]
    if not used:
        raise NotApplicable("it uses no action of others")
    for uses in used:
        if not _is_pinned(uses):
            at = f"at {uses.version!r}" if uses.version else "without a version"
            whose = "an image that can be replaced" if uses.kind == "image" else "which its owner can move"
            hint = _HINTS.get(uses.kind) or _HINT.format(uses.name)
            yield Finding(f"{uses.name} is used {at}, {whose}", uses.text.place, hint)


def _used(pipeline: Pipeline) -> Iterator[Uses]:
    """What the file itself names; what a local composite action uses belongs to the action's own file."""
    seen = set()
    written = [uses for job in pipeline.jobs.values() for uses in (job.opaque, *(step.uses for chain in steps_of(job) for step in chain))]
    for uses in (*written, *pipeline.unseen):
        if uses is not None and uses.text.path == pipeline.path and uses.text.place not in seen:
            seen.add(uses.text.place)
            yield uses


def _is_of_others(uses: Uses, owner: str) -> bool:
    if uses.local is not None or uses.name.startswith((".", "/")) or uses.kind in ("task", "template"):
        return False  # a task is the CI system's own; a template's project is named where it is included
    if uses.kind in ("orb", "image"):
        return True
    return uses.name.partition("/")[0].lower() not in {*_OF_THE_FORGE, owner.lower()}


def _is_pinned(uses: Uses) -> bool:
    if uses.kind == "orb":
        return _EXACT.fullmatch(uses.version) is not None
    if uses.kind == "image":
        return "@sha256:" in uses.text
    return _COMMIT.fullmatch(uses.version) is not None
