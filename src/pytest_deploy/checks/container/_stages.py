"""What the container checks ask about stages: which are built, what makes them, and where their files come from."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator

from pytest_deploy.artifacts.dockerfile import Copy, Dockerfile, Image, Stage, Step, Taken, within
from pytest_deploy.repository import Repository

WHOLE = frozenset({".", "/", "*"})
"""Sources, without ``./`` and a slash at the end, that are the whole build context."""

_BASE = re.compile(r"(?<![a-z])base(?![a-z])", re.IGNORECASE)


def bare_source(source: str) -> str:
    """A source of COPY in its shortest form, relative to the context: ``./src/`` -> ``src``, ``./`` -> ``.``."""
    return posixpath.normpath(source.lstrip("/") or ".")


def is_url(source: str) -> bool:
    """Whether a source of ADD is fetched from elsewhere."""
    return source.startswith(("http://", "https://", "git@", "git://", "ssh://"))


def taken(dockerfile: Dockerfile, repository: Repository) -> tuple[Taken, ...]:
    """All that makes the built stages."""
    return tuple(one for stage in repository.images.built_stages(dockerfile) for one in dockerfile.taken(stage))


def used_stages(dockerfile: Dockerfile, repository: Repository) -> tuple[Stage, ...]:
    """The built stages and all that has to be built for them, in the order of the file."""
    found: dict[int, Stage] = {}
    todo = list(repository.images.built_stages(dockerfile))
    while todo:
        stage = todo.pop()
        if stage.index not in found:
            found[stage.index] = stage
            todo += [*stage.lineage[1:], *stage.mounts, *(copy.stage for copy in stage.copies if copy.stage)]
    return tuple(found[index] for index in sorted(found))


def only_a_base(dockerfile: Dockerfile, repository: Repository) -> bool:
    """Whether the image is made to be the base of another of this repository: it is called a base, and another stands on it. What it
    is like is judged there."""
    images = repository.images
    tags = [tag for build in images.of(dockerfile.path) for tag in build.tags]
    called = [dockerfile.path.rpartition("/")[2], dockerfile.folder.rpartition("/")[2]]
    if not any(map(_BASE.search, called)) and not (tags and all(map(_BASE.search, tags))):
        return False
    return any(
        stage.base is not None and images.builder(stage.base.reference.text) == dockerfile.path
        for path, other in repository.dockerfiles.items()
        if path != dockerfile.path
        for stage in other.stages
    )


def outside_images(dockerfile: Dockerfile, repository: Repository) -> tuple[Image, ...]:
    """The images of all stages that the repository does not build itself."""
    return tuple(
        image
        for stage in dockerfile.stages
        for image in stage.images
        if not (image.reference.text and repository.images.owns(image.reference.text))
    )


def own_base(stage: Stage, repository: Repository) -> Stage | None:
    """The stage of another Dockerfile of this repository that a stage stands on, when its base is built here."""
    base = stage.root
    path = repository.images.builder(base.reference.text) if base else None
    other = repository.dockerfiles.get(path) if path else None
    built = repository.images.built_stages(other) if other is not None and other.path != stage.place.path else ()
    return built[-1] if built else None


def in_context(stage: Stage, before: Step, folder: str, names: Iterable[str], repository: Repository) -> Iterator[str]:
    """The files of the repository called one of ``names`` (by pattern) that lie in ``folder`` of the image, copied or mounted there
    before a step; a name that a COPY gives in full counts even when the file is not in the repository."""
    steps = stage.all_steps
    earlier = set(map(id, steps[: steps.index(before) + 1])) if before in steps else set(map(id, steps))
    for context in repository.images.contexts(stage.place.path):
        for one in stage.lineage:
            for copy in one.copies:
                if copy.from_context and id(copy.step) in earlier:
                    yield from _copied(copy, context, folder, tuple(names), repository)
        for mount in before.instruction.all_flags("mount"):
            options = dict(option.partition("=")[::2] for option in mount.split(","))
            if options.get("type", "bind") == "bind" and "from" not in options:
                source = bare_source(options.get("source", options.get("src", ".")))
                for name in names:
                    if fnmatch.fnmatchcase(posixpath.basename(source), name):
                        yield posixpath.normpath(posixpath.join(context, source))
                    elif repository.tree.has(path := posixpath.normpath(posixpath.join(context, source, name))):
                        yield path


def _copied(copy: Copy, context: str, folder: str, names: tuple[str, ...], repository: Repository) -> Iterator[str]:
    for source in map(bare_source, copy.sources):
        name = posixpath.basename(source)
        for wanted in names:
            if source not in WHOLE and (fnmatch.fnmatchcase(name, wanted) or fnmatch.fnmatchcase(wanted, name)):
                if copy.target in (folder, posixpath.join(folder, wanted), posixpath.join(folder, name)):
                    yield posixpath.normpath(posixpath.join(context, posixpath.dirname(source), wanted))
            elif within(folder, copy.target):
                inner = posixpath.relpath(folder, copy.target)
                start = "." if source in WHOLE else source
                path = posixpath.normpath(posixpath.join(context, start, inner, wanted))
                if repository.tree.has(path):
                    yield path
