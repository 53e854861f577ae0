"""What is built and published has passed the tests

An image or package that others pull is as good as deployed. The job that publishes it must be held back by the tests, or every deploy
of what it publishes must be. Builds for pull requests and review environments are free, and so is a build that publishes nothing, or a
job that only gives another name to an image that was built before.

## Bad
```yaml .github/workflows/publish.yml:5
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t registry.example.org/shop:${{ github.ref_name }} .
      - run: docker push registry.example.org/shop:${{ github.ref_name }}
```

## Good
```yaml .github/workflows/publish.yml
on:
  release:
    types: [published]
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm test
      - run: docker build -t registry.example.org/shop:${{ github.ref_name }} .
      - run: docker push registry.example.org/shop:${{ github.ref_name }}
```
```json package.json
{"scripts": {"test": "vitest run"}}
```

## References
- <https://slsa.dev/spec/v1.0/threats>
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idneeds>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.pipeline._promotion import promotes
from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import entry_file, judge
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.coverage import Coverage, covered, wants
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.repository import Repository


@check()
def pipeline_builds_after_tests(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way to publish whether the tests cover it, or every deploy after it."""
    entry_file(pipeline)
    release = repository.release
    ways = [way for way in release.publishes_of(pipeline) if not way.entry.origin.event.startswith("pull_request")]
    ways = [way for way in ways if not promotes(way)]
    if not ways:
        raise NotApplicable("nothing is built and published from here")
    yield from judge(
        ways,
        lambda way: _covered(way, release),
        lambda way, coverage: f"{way.node.name} publishes what was not tested: {way.text}; {coverage.reason}",
        "Let the publishing job need the job that runs the tests, or run them in a step before it.",
    )


def _covered(way: Way, release: ReleasePaths) -> Coverage:
    coverage = covered(way, wants("tests"), "tests", release, hint="tests")
    if coverage.holds:
        return coverage
    later = [one for one in release.of(way.pipeline) if one.graph is way.graph and (one.node is way.node or way.node in one.before)]
    after = [covered(one, wants("tests"), "tests", release, hint="tests") for one in later if one.target != "review"]
    return after[0] if after and all(one.holds for one in after) else coverage
