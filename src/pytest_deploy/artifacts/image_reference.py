"""References to container images: ``registry/name:tag@digest``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|<[A-Za-z_ -]+>|%[A-Za-z_]+%|@[A-Za-z_]+@|\b(?:set-?me|replace-?me|change-?me)\b|__[A-Za-z_]+__", re.IGNORECASE
)
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]")
_NUMBER = re.compile(r"\d")
_ARCHITECTURE = re.compile(
    r"(?:x86[_-]64|(?:arm|amd|x86|win|i3|aarch|armv|arm32v|arm64v|cuda(?=$))\d+|s390x|ppc64le|utf-?8)", re.IGNORECASE
)
_COMMIT = re.compile(r"(?:[a-z]+-)?[0-9a-f]{7,40}", re.IGNORECASE)

# The code name of a distribution's release is a version for its own image, and nothing but a base for any other.
_CODE_NAMES = re.compile(r"buster|bullseye|bookworm|trixie|forky|jessie|stretch|wheezy|xenial|bionic|focal|jammy|noble|resolute")
_DISTRIBUTIONS = frozenset({"debian", "ubuntu", "buildpack-deps"})


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image as it is written or as its variables make it.

    ``registry`` is empty for Docker Hub; ``name`` is the repository without it (``library/`` left out); ``tag`` and ``digest`` are empty
    when there is none.
    """

    text: str
    registry: str
    name: str
    tag: str
    digest: str

    @property
    def base_name(self) -> str:
        """The last part of the name: ``nginx-unprivileged`` of ``nginxinc/nginx-unprivileged``."""
        return self.name.rpartition("/")[2]

    @property
    def repository(self) -> str:
        """Registry and name."""
        return f"{self.registry}/{self.name}" if self.registry else self.name

    @property
    def placeholder(self) -> bool:
        """Whether a template or a variable still stands in it."""
        return bool(_PLACEHOLDER.search(self.text) or _VARIABLE.search(self.text))

    @property
    def floating(self) -> str:
        """Why it can mean another image tomorrow; empty when it names a version or a digest."""
        if self.digest:
            return ""
        if not self.tag:
            return "" if _numbered(self.base_name) else "has no tag, which means latest"
        if self.tag == "latest" or self.tag.startswith("latest-") or self.tag.endswith("-latest"):
            return "" if self.tag == "latest" and _numbered(self.base_name) else f"has the floating tag {self.tag}"
        if _numbered(self.tag) or _COMMIT.fullmatch(self.tag) or _numbered(self.base_name):
            return ""
        if self.base_name in _DISTRIBUTIONS and _CODE_NAMES.match(self.tag):
            return ""
        return f"has the floating tag {self.tag}"


def parse_reference(text: str) -> ImageReference:
    """Take a reference apart. Never raises: what is no reference gives one with odd parts."""
    bare = text.removeprefix("docker.io/").removeprefix("index.docker.io/").removeprefix("library/")
    rest, _, digest = bare.partition("@")
    first, slash, more = rest.partition("/")
    registry = ""
    if slash and ("." in first or ":" in first or first == "localhost" or first.startswith("$") or "{{" in first):
        registry, rest = first, more
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:
        name, tag = rest, ""
    return ImageReference(text, registry, name, tag, digest)


def _numbered(text: str) -> bool:
    """Whether a version stands in it: a number that is not part of an architecture's name."""
    return bool(_NUMBER.search(_ARCHITECTURE.sub("", text)))
