"""Images from outside are pinned by digest

A tag can be moved to another image, by its owner or by whoever took over the account. A digest cannot: it is the image.
Renovate and Dependabot keep tag and digest up to date together.

## Bad
```dockerfile Dockerfile:1
FROM python:3.13-slim
```

## Good
```dockerfile Dockerfile
FROM python:3.13-slim@sha256:a7e9fb3c0a1d0b4f1c0b6c4d2c1f6c0d1b0f4c7f6f8e9d0c1b2a3f4e5d6c7b8a
```

## References
- <https://docs.docker.com/build/building/best-practices/#pin-base-image-versions>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.dockerfile import Dockerfile
from pytest_deploy.checks.container._stages import outside_images
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Unverified
from pytest_deploy.repository import Repository


@check("advisory")
def base_image_digest(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Each image from outside without a digest."""
    images = outside_images(dockerfile, repository)
    if not images:
        raise NotApplicable("no stage uses an image from outside")
    unknown = ""
    found = False
    for image in images:
        if "@" in image.reference.text:
            continue
        if image.missing and image.written.startswith("$"):
            unknown = unknown or f"{image.written} ({image.place.path}:{image.place.line})"
            continue
        found = True
        yield Finding(f"{image.how} {image.shown} has no digest", image.place, "Add @sha256:… behind the tag.")
    if unknown and not found:
        raise Unverified(f"unverified: {unknown} is known only to the build; give its ARG a default to have it judged")
