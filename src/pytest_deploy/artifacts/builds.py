"""Who builds images, as scripts, bake files and the files of hosting platforms tell it."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_deploy.artifacts.dockerfile import has_dockerfile_name
from pytest_deploy.artifacts.image_reference import parse_reference
from pytest_deploy.artifacts.purpose import purpose
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """One way in which an image is built from a Dockerfile of the repository.

    ``folder`` is the build context relative to the root (empty: the root; ``None``: out of sight). ``target`` is the stage (empty: the
    last). ``tags`` as written. ``published`` and ``deployed`` say what becomes of it, ``development`` that it is only for developing
    and testing.
    """

    dockerfile: str
    place: Place
    by: Literal["pipeline", "compose", "script", "platform"]
    folder: str | None = None
    target: str = ""
    tags: tuple[str, ...] = ()
    published: bool = False
    deployed: bool = False
    development: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The image's names without registry and tag."""
        return frozenset(name for name in map(image_name, self.tags) if name)


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a ``docker build`` is told. ``file`` and ``context`` as written, relative to where it runs (``context`` empty: none)."""

    file: str = ""
    context: str = ""
    target: str = ""
    tags: tuple[str, ...] = ()
    push: bool = False


_VALUES = {
    "-f": "file",
    "--file": "file",
    "-t": "tags",
    "--tag": "tags",
    "--target": "target",
    "--output": "output",
    "-o": "output",
}
# Options with a value of their own word that say nothing here: the word behind them is not the context.
_OTHERS = frozenset(
    re.findall(
        r"\S+",
        "--add-host --allow --annotation --attest --build-arg --build-context --builder --cache-from --cache-to --cgroup-parent --call "
        "--cpu-period --cpu-quota -c --cpu-shares --cpuset-cpus --cpuset-mems --iidfile --isolation --label -m --memory --memory-swap "
        "--metadata-file --network --no-cache-filter --platform --policy --progress --secret --shm-size --ssh --ulimit --arch --format "
        "--authfile",
    )
)


def build_arguments(words: tuple[str, ...]) -> Arguments | None:
    """What the words of a command say, if it builds an image (docker, podman, nerdctl, buildah, kaniko)."""
    program = posixpath.basename(words[0]) if words else ""
    rest = list(words[1:])
    if program == "executor" or "kaniko" in words[:1]:
        found = {name: [] for name in ("--dockerfile", "--context", "--destination", "--target")}  # type: dict[str, list[str]]
        for word, following in zip(rest, [*rest[1:], ""], strict=True):
            name, equals, value = word.partition("=")
            if name in found:
                found[name].append(value if equals else following)
        first = {name: (values or [""])[0] for name, values in found.items()}
        tags = tuple(found["--destination"])
        context = first["--context"].removeprefix("dir://")
        return Arguments(first["--dockerfile"], context, first["--target"], tags, push=bool(tags) and "--no-push" not in rest)
    if program not in ("docker", "podman", "nerdctl", "buildah", "img", "depot"):
        return None
    while rest and (rest[0] in ("buildx", "image", "builder") or rest[0].startswith("-")):
        rest.pop(0)
    if not rest or rest.pop(0) not in ("build", "bud", "b"):
        return None
    return _options(rest)


def _options(rest: list[str]) -> Arguments:
    given: dict[str, list[str]] = {"file": [], "tags": [], "target": [], "output": []}
    context, push = "", False
    words = iter(rest)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--push":
            push = value != "false"
        elif name in _VALUES:
            given[_VALUES[name]].append(value if equals else next(words, ""))
        elif re.match(r"-[ft].", word):
            given[_VALUES[word[:2]]].append(word[2:])
        elif word in _OTHERS:
            next(words, "")
        elif not word.startswith("-"):
            context = word
    push = push or any("push=true" in one or "type=registry" in one for one in given["output"])
    return Arguments((given["file"] or [""])[-1], context, (given["target"] or [""])[-1], tuple(given["tags"]), push)


def image_name(image: str) -> str:
    """The name of an image without registry and tag; empty where a variable hides it."""
    name = parse_reference(image.strip().strip("\"'")).name.lower()
    return name if re.fullmatch(r"[a-z0-9][\w./-]*", name) else ""


def bare_name(image: str) -> str:
    """An image as written, without its tag or digest, variables left standing: to compare what one script builds and pushes."""
    text = image.strip().strip("\"'").partition("@")[0]
    return re.sub(r":(?:[^/{}]|\$?\{[^{}]*\}|\$?\{\{.*?\}\})*$", "", text)


def locate(tree: Tree, directory: str, file: str, context: str) -> tuple[tuple[str, ...], str | None]:
    """(the Dockerfiles that a build can mean, its context folder). A variable in the file's path stands for anything within one
    segment; one without any fixed word, or a remote context, means none."""
    folder = within(directory, context or ".")
    path = within(directory, file) if file else (None if folder is None else posixpath.join(folder, "Dockerfile"))
    if path is None:
        return (), folder
    if not _VARIABLE.search(path):
        found = (path,) if tree.has(path) else tree.matching(re.escape(path))
        if not found and not file and folder is not None:
            found = tree.matching(re.escape(posixpath.join(folder, "Containerfile")))
        return tuple(found), folder if folder is None or not _VARIABLE.search(folder) else None
    if not re.search(r"\w", _VARIABLE.sub("", path if file else folder or "")):
        return (), None
    pattern = "[^/]*".join(re.escape(part) for part in _VARIABLE.split(path))
    found = tuple(one for one in tree.matching(pattern) if has_dockerfile_name(one))
    return found, None if folder is None or _VARIABLE.search(folder) else folder


_VARIABLE = re.compile(r"\$\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$\w+|\{\{.*?\}\}")
_ROOT = re.compile(
    r"^(?:\$\{?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|PWD|WORKSPACE|BITBUCKET_CLONE_DIR)\}?|\$\{\{ *github\.workspace *\}\}|\$\(pwd\))/?"
)


def within(directory: str, name: str) -> str | None:
    """A path below the root, seen from a folder; ``None`` when it is remote or outside."""
    name = name.strip().strip("\"'").removeprefix("{{defaultContext}}:")
    if "://" in name or name.startswith("git@") or name == "-":
        return None
    rooted = _ROOT.sub("", name)
    path = posixpath.normpath(rooted or "." if rooted != name else posixpath.join(directory, name))
    if path == ".":
        return ""
    return None if path == ".." or path.startswith(("../", "/", "~")) else path


# --- scripts -------------------------------------------------------------------------------------------------------

_SCRIPTS = r"(?:.*/)?(?:[^/]+\.(?:sh|bash|mk)|(?:GNU)?Makefile|[Jj]ustfile|Taskfile\.ya?ml|package\.json|bin/[^/.]+|scripts?/[^/.]+)"
_COMMAND = re.compile(r"\b(?:docker|podman|nerdctl|buildah)(?:[ \t]+(?:buildx|image|builder))?[ \t]+(?:build|bud)\b[^\n;|&]*")
_PUSH = re.compile(r"\b(?:docker|podman|nerdctl|buildah)(?:[ \t]+image)?[ \t]+push[ \t]+([^\n;|&]*)")


def from_scripts(tree: Tree) -> Iterator[ImageBuild]:
    """The builds of shell scripts, makefiles and package scripts. Such a script is taken to run at the repository's root or in its own
    folder, whichever has the Dockerfile that it names."""
    for path in tree.matching(_SCRIPTS):
        text = tree.text(path) or ""
        if "build" not in text or not _COMMAND.search(text):
            continue
        # Continuation lines become one, the text keeps its length.
        joined = re.sub(r"(?m)^[ \t]*#.*$", lambda one: " " * len(one[0]), re.sub(r"\\\n", "  ", text))
        pushed = {bare_name(word) for match in _PUSH.finditer(joined) for word in _words(match[1]) if not word.startswith("-")}
        for match in _COMMAND.finditer(joined):
            arguments = build_arguments(_words(match[0]))
            if arguments is None:
                continue
            published = arguments.push or any(bare_name(tag) in pushed for tag in arguments.tags)
            place = Place(path, text.count("\n", 0, match.start()) + 1)
            for directory in dict.fromkeys(("", posixpath.dirname(path))):
                files, folder = locate(tree, directory, arguments.file, arguments.context)
                for file in files:
                    yield ImageBuild(
                        file,
                        place,
                        "script",
                        folder,
                        arguments.target,
                        arguments.tags,
                        published,
                        development=purpose(path) == "development",
                    )
                if files:
                    break


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text, comments=True))
    except ValueError:
        return tuple(text.replace('"', "").replace("'", "").split())


# --- bake files and platforms ----------------------------------------------------------------------------------------

_BAKE_TARGET = re.compile(r'^target\s+"([^"]+)"\s*\{(.*?)^\}', re.MULTILINE | re.DOTALL)
_BAKE_VALUE = re.compile(r'^[^\S\n]*(dockerfile|context|target)\s*=\s*"([^"]*)"', re.MULTILINE)
_BAKE_TAGS = re.compile(r"^[^\S\n]*tags\s*=\s*\[(.*?)\]", re.MULTILINE | re.DOTALL)


def from_bake_files(tree: Tree) -> Iterator[ImageBuild]:
    """The targets of ``docker-bake.hcl`` that have tags: what is tagged is meant for others."""
    for path in tree.matching(r"(?:.*/)?docker-bake[^/]*\.hcl"):
        text = tree.text(path) or ""
        for match in _BAKE_TARGET.finditer(text):
            values = dict(_BAKE_VALUE.findall(match[2]))
            found = _BAKE_TAGS.search(match[2])
            tags = tuple(re.findall(r'"([^"]*)"', found[1])) if found else ()
            folder = within("", values.get("context", "."))
            files, folder = locate(tree, folder or "", values.get("dockerfile", ""), ".")
            place = Place(path, text.count("\n", 0, match.start()) + 1)
            for file in files:
                yield ImageBuild(file, place, "script", folder, values.get("target", ""), tags, published=bool(tags))


# (name of the file, what names the Dockerfile in it); the platform builds and runs it.
_PLATFORMS: tuple[tuple[str, str], ...] = (
    (r"(?:.*/)?fly(?:\.[\w-]+)?\.toml", r"(?m)^[^\S\n]*dockerfile\s*=\s*[\"']([^\"'\n]+)"),
    (r"(?:.*/)?render\.ya?ml", r"(?m)^[^\S\n]*dockerfilePath:\s*[\"']?([^\"'\s#]+)"),
    (r"(?:.*/)?heroku\.ya?ml", r"(?m)^\s+(?:\w+|dockerfile):\s*[\"']?([^\"'\s#]*Dockerfile[^\"'\s#]*)"),
    (r"(?:.*/)?railway\.(?:json|toml)", r"dockerfilePath\"?\s*[:=]\s*[\"']([^\"'\n]+)"),
    (r"(?:.*/)?\.do/[^/]*\.ya?ml", r"(?m)^[^\S\n]*dockerfile_path:\s*[\"']?([^\"'\s#]+)"),
    (r"(?:.*/)?captain-definition", r"dockerfilePath\"\s*:\s*\"([^\"\n]+)"),
    (r"(?:.*/)?copilot/[^/]+/manifest\.ya?ml", r"(?m)^[^\S\n]*(?:build|dockerfile):\s*[\"']?([^\"'\s#]*[Dd]ockerfile[^\"'\s#]*)"),
    (r"(?:.*/)?skaffold\.ya?ml", r"(?m)^[^\S\n]*dockerfile:\s*[\"']?([^\"'\s#]+)"),
)


def from_platforms(tree: Tree) -> Iterator[ImageBuild]:
    """The Dockerfiles that a hosting platform builds and runs."""
    for names, pattern in _PLATFORMS:
        for path in tree.matching(names):
            text = tree.text(path) or ""
            for match in re.finditer(pattern, text):
                for directory in dict.fromkeys((posixpath.dirname(path), "")):
                    files, _ = locate(tree, directory, match[1].lstrip("/"), "")
                    place = Place(path, text.count("\n", 0, match.start(1)) + 1)
                    for file in files:
                        yield ImageBuild(file, place, "platform", directory, deployed=True)
                    if files:
                        break
