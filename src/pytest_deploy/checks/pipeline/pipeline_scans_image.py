"""Every image is scanned before it goes out

An image that the pipeline builds and publishes or deploys must pass a container scanner in between: where a deploy follows, before
the deploy (push, then scan, then deploy is in order); where publishing is the end, before the push. A scan that runs beside the deploy
holds nothing back.

## Bad
```yaml .github/workflows/publish.yml:9
on: {push: {tags: ['v*']}}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make test
      - run: docker build -t registry.example.org/shop:${{ github.ref_name }} .
      - run: docker push registry.example.org/shop:${{ github.ref_name }}
```

## Good
```yaml .github/workflows/publish.yml
on: {push: {tags: ['v*']}}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -t registry.example.org/shop:${{ github.ref_name }} .
      - run: trivy image --exit-code 1 --severity CRITICAL registry.example.org/shop:${{ github.ref_name }}
      - run: docker push registry.example.org/shop:${{ github.ref_name }}
```

## References
- <https://trivy.dev/latest/docs/target/container_image/>
- <https://docs.docker.com/scout/integrations/ci/>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import called, entry_file, judge
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.coverage import Coverage, covered
from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import ReleasePaths, Way
from pytest_deploy.repository import Repository

_VARIABLE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)")


@check()
def pipeline_scans_image(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Ask of every way on which an image is built and goes out whether a scan lies between."""
    entry_file(pipeline)
    release = repository.release
    ways = list(_outlets(pipeline, release))
    if not ways:
        raise NotApplicable("no image is built and published or deployed from here")
    yield from judge(
        ways,
        lambda way: _scanned(way, release),
        lambda way, coverage: f"{called(way)} lets an image out that no scanner has passed: {way.text}; {coverage.reason}",
        "Scan the built image in a step before this one, or in a job that this one needs, with a scanner that can fail.",
        at=lambda way: way.first,
        anywhere=True,
    )


def _outlets(pipeline: Pipeline, release: ReleasePaths) -> Iterator[Way]:
    """The ways on which a built image goes out: the deploys that follow a build; where none does, the pushes."""
    pushes = [way for way in release.publishes_of(pipeline) if not way.entry.origin.event.startswith("pull_request")]
    pushes = [way for way in pushes if way.unseen or (_builds(way) and any(doing.role == "image-push" for doing in way.doings))]
    deploys = [way for way in release.of(pipeline) if way.target != "review" and way.code and not way.unseen]
    after_build = [way for way in deploys if _builds(way)]
    yield from after_build
    for push in pushes:
        if not any(way.graph is push.graph and (way.node is push.node or push.node in way.before) for way in after_build):
            yield push


def _builds(way: Way) -> list[Doing]:
    """The image builds before the way's act (or in it)."""
    found = [doing for node in way.graph.nodes if node in way.before for doing in node.doings() if _goes_out(doing, way)]
    last = next((doing for doing in way.doings if doing.role == "image-push"), way.first)
    for doing in way.node.doings():
        if _goes_out(doing, way):
            found.append(doing)
        if last and doing.act is last.act:
            break
    return found


def _goes_out(doing: Doing, way: Way) -> bool:
    """Whether an image is built that can be the way's own: what compose builds to run it goes nowhere, but as the deploy."""
    if doing.role != "image-build":
        return False
    runs_it = doing.act.details.get("tool") == "compose" and bool({"up", "run"} & set(doing.act.words))
    return not runs_it or any(one.act.text == doing.act.text for one in way.doings)


def _scanned(way: Way, release: ReleasePaths) -> Coverage:
    """Whether every image that goes out has been scanned; where it cannot be told which do, whether one of them has."""
    builds = _builds(way)
    push = next((doing for doing in way.doings if doing.role == "image-push"), None)

    def of(image: list[Doing]) -> Coverage:
        def scans(doing: Doing) -> bool:
            return doing.role == "image-scan" and (
                not image or (_speaks_of(doing, image) and any(_comes_after(doing, one) for one in image))
            )

        named = sorted(_names(image[0])) if image else []
        what = f"a scan of {named[0]}" if named else "an image scan"
        return covered(way, scans, what, release, hint="image-scan", trusting=True, until=push)

    sent = {name for node in way.graph.nodes if node in way.before for doing in node.doings() for name in _pushed(doing)}
    sent.update(name for doing in way.node.doings() for name in _pushed(doing))
    images = _by_image(builds)
    out = [image for image in images if any(one.act.details.get("push") == "true" or _names(one) & sent for one in image)]
    if not out:
        return of(builds)
    return next((coverage for coverage in map(of, out) if not coverage.holds), of(out[0]))


def _by_image(builds: list[Doing]) -> list[list[Doing]]:
    """The builds, those of one Dockerfile, context and stage together: one that is loaded to be scanned and one that is pushed later are
    the same image under two names."""
    images: dict[tuple[str, ...], list[Doing]] = {}
    for one in builds:
        details = one.act.details
        images.setdefault(tuple(details.get(name, "") for name in ("directory", "context", "file", "target")), []).append(one)
    return list(images.values())


def _speaks_of(scan: Doing, image: list[Doing]) -> bool:
    """Whether a scan is of that image; of names that variables hide it is taken to be."""
    scanned = _names(scan)
    built = [_names(one) for one in image]
    return not scanned or not all(built) or any(scanned & names for names in built)


def _pushed(doing: Doing) -> frozenset[str]:
    return _names(doing) if doing.role == "image-push" else frozenset()


def _names(doing: Doing) -> frozenset[str]:
    """The last parts of its images' names, without tag and digest; empty when one of them is hidden by a variable."""
    names = {re.split("[:@]", _VARIABLE.sub("$", image).rpartition("/")[2])[0] for image in doing.act.images}
    return frozenset() if any(not name or "$" in name for name in names) else frozenset(names)


def _comes_after(doing: Doing, build: Doing) -> bool:
    if doing.node is not build.node:
        return build.node in doing.node.before
    acts = [one.act for one in doing.node.doings()]
    return acts.index(doing.act) > acts.index(build.act)
