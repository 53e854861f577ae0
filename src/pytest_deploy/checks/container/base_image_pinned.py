"""Images from outside have a version

`FROM node` or `FROM node:lts` is another image next week. A build that worked may fail, or ship what nobody tested. A version
in the tag, a version in the name, or a digest says which image is meant. Images that this repository builds itself are exempt.

## Bad
```dockerfile Dockerfile:1,4
FROM node:lts AS build
RUN npm ci
FROM nginx:1.27
COPY --from=busybox /bin/busybox /bin/
```

### An ARG whose default floats
```dockerfile Dockerfile:2
ARG TAG=latest
FROM python:${TAG}
```

## Good
```dockerfile Dockerfile
ARG NODE=22.11
FROM node:${NODE}-alpine AS build
RUN --mount=from=ghcr.io/astral-sh/uv:0.5.2,target=/uv npm ci
FROM gcr.io/distroless/nodejs24-debian12
COPY --from=build /app /app
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


@check()
def base_image_pinned(dockerfile: Dockerfile, repository: Repository) -> Iterator[Finding]:
    """Each image from outside that can be another one tomorrow."""
    if not any(stage.images for stage in dockerfile.stages):
        raise NotApplicable("no stage uses an image from outside")
    unknown = ""
    found = False
    for image in outside_images(dockerfile, repository):
        if image.missing or image.reference.placeholder:
            unknown = unknown or f"{image.written} ({image.place.path}:{image.place.line})"
        elif image.reference.floating:
            found = True
            yield Finding(
                f"{image.how} {image.shown} {image.reference.floating}",
                image.place,
                "Name a version in the tag, or add the digest.",
            )
    if unknown and not found:
        raise Unverified(f"unverified: {unknown} is known only to the build; give its ARG a default to have it judged")
