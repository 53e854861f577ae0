"""What the acts of pipelines say about images: what is built from which Dockerfile, pushed and deployed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_deploy.artifacts.builds import Arguments, ImageBuild, bare_name, build_arguments, image_name, locate, within
from pytest_deploy.pipelines.acts import Act
from pytest_deploy.tree import Tree

if TYPE_CHECKING:
    from pytest_deploy.pipelines.graph import Node
    from pytest_deploy.pipelines.paths import ReleasePaths


@dataclass(frozen=True, slots=True)
class Evidence:
    """An act of a pipeline. ``job`` tells the jobs apart: what one job builds and pushes belongs together."""

    act: Act
    job: str = ""

    @property
    def images(self) -> tuple[str, ...]:
        """The images that it names: those of the act, or of its words."""
        if self.act.images:
            return self.act.images
        words = self.act.words
        if self.act.role == "image-push" and "push" in words:
            return tuple(word for word in words[words.index("push") + 1 :] if not word.startswith("-"))
        return ()

    @property
    def names(self) -> frozenset[str]:
        """The names of these images without tags: as written, and without the registry where no variable hides it."""
        return frozenset({*map(bare_name, self.images), *map(image_name, self.images)} - {""})


_SAYS_IMAGE = re.compile(r"(?<![a-z])(?:docker|image|images|container|ecr|ghcr|kaniko|buildx)(?![a-z])", re.IGNORECASE)
_SAYS_BUILD = re.compile(r"build|publish|push|release", re.IGNORECASE)
_SAYS_OTHER = re.compile(r"(?<![a-z])(?:scan\w*|sast|trivy|grype|snyk|\w*lint\w*|clean\w*|delete\w*|prune|promote)(?![a-z])", re.IGNORECASE)
_BETWEEN_IMAGES = re.compile(r"(?:\s|,)+(?![^{]*\}\})")
_INPUTS: Mapping[str, str] = {
    "context": r"(?:docker[_-]?|build[_-]?)*context(?:[_-]?path)?",
    "file": r"(?:docker[_-]?)?file(?:[_-]?(?:path|name))?|dockerfile(?:[_-]?(?:path|name|location))?",
    "target": r"(?:docker[_-]?|build[_-]?|image[_-]?)*(?:target|stage)",
    "images": r"(?:docker[_-]?|container[_-]?)?(?:images?|tags?|repository)(?:[_-]?(?:names?|tags?))?",
}


def of_release(release: ReleasePaths) -> Iterator[Evidence]:
    """The acts of all runs that have to do with images, and what is handed to jobs that cannot be seen."""
    for doing in release.doings:
        if doing.role in ("image-build", "image-push", "deploy"):
            yield Evidence(doing.act, f"{doing.pipeline.path}:{doing.job.id}")
    seen: set[str] = set()
    for node in (*(node for graph in release.graphs for node in graph.own), *(node for nodes in release.alone.values() for node in nodes)):
        if node.job.opaque is None:
            continue
        act = unseen_build(node)
        if act is not None and repr((node.job.place, act.details, act.images)) not in seen:
            seen.add(repr((node.job.place, act.details, act.images)))
            yield Evidence(act, f"{node.pipeline.path}:{node.job.id}")


def unseen_build(node: Node) -> Act | None:
    """The build that a job out of sight (a remote workflow, an orb's job) does, as its inputs and its name tell; it is taken to publish
    what it builds."""
    uses = node.job.opaque
    if uses is None:
        return None
    details: dict[str, str] = {}
    images: tuple[str, ...] = ()
    for name, template in node.job.inputs.items():
        value = node.scope.render(template).strip()
        for key, pattern in _INPUTS.items():
            if value and re.fullmatch(pattern, name, re.IGNORECASE):
                if key == "images":
                    images += tuple(one for one in _BETWEEN_IMAGES.split(value) if one)
                else:
                    details.setdefault(key, value)
    name = f"{uses.name} {node.job.id}"
    named = bool(_SAYS_IMAGE.search(name) and _SAYS_BUILD.search(name))
    if _SAYS_OTHER.search(name) and not _SAYS_BUILD.search(name):
        return None
    if not named and not ("context" in details and "file" in details) and "docker" not in details.get("file", "").lower():
        return None
    file, context = details.get("file", ""), details.get("context", "")
    return Act(
        "image-build",
        node.place,
        str(uses.text),
        (uses.name,),
        images=images,
        details={**details, "file": file, "context": context, "push": "true"},
    )


def from_pipelines(tree: Tree, evidence: Iterable[Evidence]) -> Iterator[ImageBuild]:
    """The builds that pipelines do. A build whose image has no known name is taken for the one that its own job pushes or deploys."""
    jobs: dict[str, list[Evidence]] = {}
    for one in evidence:
        jobs.setdefault(one.job, []).append(one)
    for acts in jobs.values():
        pushes = [one for one in acts if one.act.role == "image-push"]
        for one in acts:
            arguments = _arguments(one.act)
            if arguments is None:
                continue
            tags = one.act.images or arguments.tags
            directory = one.act.details.get("directory", "")
            files, folder = locate(tree, directory, arguments.file, arguments.context)
            if not files and arguments.file and arguments.context not in ("", "."):
                # Some tools look for the file in the context.
                files, folder = locate(tree, posixpath.join(directory, arguments.context), arguments.file, ".")
            pushed = arguments.push or any(not _others(tags, push.images) for push in pushes)
            for file in files:
                yield ImageBuild(file, one.act.place, "pipeline", folder, arguments.target, tags, pushed, deployed=one.act.role == "deploy")


def _others(built: tuple[str, ...], pushed: tuple[str, ...]) -> bool:
    """Whether a push is certainly of other images: all names are known, and none is the same."""
    names = {image_name(one) for one in built}, {image_name(one) for one in pushed}
    if not all(names) or "" in names[0] | names[1]:
        return False
    return not names[0] & names[1]


# Tools that build the Dockerfile of the folder they are started in, on their own servers.
_REMOTE_BUILDS = re.compile(
    r"(?:az acr build|gcloud builds submit|heroku container:push|(?:fly|flyctl) deploy|railway up|gcloud (?:beta )?run deploy)\b"
)


def _arguments(act: Act) -> Arguments | None:
    """What a build is told, from the act's details and its words; ``None`` when it is none from a Dockerfile."""
    details = act.details
    told = build_arguments(act.words)
    if (
        told is None
        and act.role == "image-build"
        and ("file" in details or "context" in details or _SAYS_IMAGE.search(" ".join(act.words[:1])))
    ):
        if _is_compose(act.words) or "bake" in " ".join(act.words[:3]):
            return None
        told = Arguments()
    remote = _REMOTE_BUILDS.match(" ".join(act.words))
    if told is None and remote and act.role in ("image-build", "deploy"):
        told = _remote(act.words, act.role)
    if told is None:
        return None
    push = details.get("push", "").strip().lower()
    return Arguments(
        details.get("file") or told.file,
        details.get("context") or told.context,
        details.get("target") or told.target,
        told.tags,
        told.push or push not in ("", "false", "no"),
    )


def _remote(words: tuple[str, ...], role: str) -> Arguments | None:
    def value(*names: str) -> str:
        for word, following in zip(words, [*words[1:], ""], strict=True):
            name, equals, given = word.partition("=")
            if name in names:
                return given if equals else following
        return ""

    if "run" in words[:3]:
        return Arguments("", value("--source")) if value("--source") else None
    last = words[-1] if len(words) > 3 and not words[-1].startswith("-") and not words[-2].startswith("-") else ""
    tags = tuple(one for one in (value("--image", "-t", "--tag", "--image"),) if one)
    context = last if words[0] in ("az", "gcloud") or (words[0] in ("fly", "flyctl") and "/" in last) else ""
    return Arguments(value("--dockerfile", "-f", "--file"), context, "", tags, push=role == "image-build")


# --- compose -------------------------------------------------------------------------------------------------------


def _is_compose(words: tuple[str, ...]) -> bool:
    return bool(words) and (
        posixpath.basename(words[0]) in ("docker-compose", "podman-compose") or "compose" in words[1:2] or "stack" in words[1:2]
    )


def compose_files(tree: Tree, one: Evidence) -> Iterator[str]:
    """The compose files that a command works with: those that it names, else the default one of its folder with its override."""
    words = one.act.words
    directory = one.act.details.get("directory", "")
    if not _is_compose(words):
        return
    named = False
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in ("-f", "--file", "-c", "--compose-file"):
            named = True
            path = within(directory, value if equals else following)
            if path is not None:
                yield from tree.matching(re.escape(path)) or _of_that_name(tree, path)
    if not named:
        yield from _defaults(tree, directory)


def _of_that_name(tree: Tree, path: str) -> tuple[str, ...]:
    """Files on a server are named by where they lie there: the file of the same name, if there is only one."""
    found = tree.matching(r"(?:.*/)?" + re.escape(posixpath.basename(path)))
    return found if len(found) == 1 else ()


def _defaults(tree: Tree, directory: str) -> tuple[str, ...]:
    pattern = re.escape(posixpath.join(directory, "")) + r"(?:docker-)?compose\.ya?ml"
    return tree.matching(pattern)


def pushed_composes(tree: Tree, evidence: Iterable[Evidence]) -> frozenset[str]:
    """The compose files whose images are all pushed (``docker compose push``)."""
    return frozenset(
        path for one in evidence if one.act.role == "image-push" and _is_compose(one.act.words) for path in compose_files(tree, one)
    )
