"""Deployed images carry a version, commit or digest

What `latest` or a branch name points to changes, so nobody can say what runs, and a rollback has nothing to roll back to. Deploy an image
by the commit, the version or its digest.

## Bad
```yaml .github/workflows/deploy.yml:8
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: kubectl set image deployment/shop shop=registry.example.org/shop:latest
```

## Good
```yaml .github/workflows/deploy.yml
on: {push: {branches: [main]}}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    steps:
      - uses: actions/checkout@v4
      - run: kubectl set image deployment/shop shop=registry.example.org/shop:${{ github.sha }}
```

## References
- <https://kubernetes.io/docs/concepts/containers/images/#image-names>
- <https://docs.docker.com/build/building/best-practices/#pin-base-image-versions>
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.checks.ways import deploys
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.paths import Way
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_FLOATING = re.compile(r"latest|stable|edge|nightly|main|master|develop|dev|prod|production|staging|release|current|\$\{\{ ref_name \}\}")


@check("advisory")
def pipeline_image_tag_immutable(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Look at the images that deploys name, and where they name none at those that were pushed before them."""
    told: set[Place] = set()
    judged = False
    for way in deploys(pipeline, repository, others=False):
        for place, images in _images(way):
            judged = judged or bool(images)
            if images and place not in told and all(_FLOATING.fullmatch(_tag(image)) for image in images):
                told.add(place)
                yield Finding(
                    f"{way.node.name} deploys {images[0]}, a tag that moves",
                    place,
                    "Tag the image with the commit or the version, and deploy that tag or the digest.",
                )
    if not judged:
        raise NotApplicable("no image is named where something is deployed from here")


def _images(way: Way) -> Iterator[tuple[Place, tuple[str, ...]]]:
    named = False
    for doing in way.doings:
        if doing.act.images:
            named = True
            yield doing.act.place, doing.act.images
    rendered = [doing for doing in way.node.doings() if doing.act.details.get("manifests") == "yes" and doing.act.images]
    if not named and rendered:
        yield from ((doing.act.place, doing.act.images) for doing in rendered)
    elif not named:
        pushed = [doing for node in (*way.before, way.node) for doing in node.doings() if doing.role == "image-push"]
        lasting = {_name(image) for doing in pushed for image in doing.act.images if not _FLOATING.fullmatch(_tag(image))}
        for doing in pushed:
            # What goes out by a lasting name, too, is deployed by that.
            if doing.act.place.path == way.pipeline.path and not any(_name(image) in lasting for image in doing.act.images):
                yield doing.act.place, doing.act.images


def _name(image: str) -> str:
    """The image without tag and digest."""
    folder, slash, last = image.partition("@")[0].rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _tag(image: str) -> str:
    """The tag of an image as written; ``latest`` when it has neither tag nor digest."""
    if "@" in image:
        return "digest"
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return tag if colon else ("latest" if "$" not in image else "unknown")
