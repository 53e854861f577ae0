"""``goreleaser``: the hooks, and the images of its configuration, as commands: <https://goreleaser.com/customization/>."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.following.links import Behind, Call, Link, command_line, joined, options, within
from pytest_deploy.places import Text
from pytest_deploy.syntax import yaml
from pytest_deploy.tree import Tree

_VALUED = "-f --config -p --parallelism --timeout --id --release-notes --release-header --release-footer --skip -o --output"
_NAMES = (".config/goreleaser.yml", ".config/goreleaser.yaml", ".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")
_TEMPLATE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_CONTEXT = "$GORELEASER_CONTEXT"
"""Images are built from a folder of their own, in which there is what is named and nothing else."""


def goreleaser(call: Call) -> Behind | None:
    """What a release, or a trial of one, runs beside its own work."""
    if call.name != "goreleaser" or not {"release", "r", "build", "b"} & set(call.arguments[:1]):
        return None
    found = options(call.arguments[1:], _VALUED)
    if "--help" in found.flags:
        return None
    given = found.last("-f", "--config")
    path = joined(call.directory, given) if given else next((p for one in _NAMES if call.tree.has(p := within(call.directory, one))), None)
    if path is None or not call.tree.has(path):
        return None
    root = call.tree.kept(_read, path)
    skipped = {one for value in found.all("--skip") for one in value.split(",")}
    links = [] if "before" in skipped else list(_hooks(root, call.directory))
    if call.arguments[0] in ("release", "r") and not {"docker"} & skipped:
        published = not {"--snapshot", "--skip-publish"} & found.flags and "publish" not in skipped
        links.extend(_images(root, call.directory, published))
    return Behind(tuple(links), beside=True, first=True) if links else None


def _read(tree: Tree, path: str) -> yaml.Node | None:
    try:
        return yaml.load(tree.read(path))
    except SyntaxProblem:
        return None


def _hooks(root: yaml.Node | None, directory: str) -> Iterator[Link]:
    for hook in yaml.elements(yaml.at(root, "before", "hooks")):
        command = yaml.as_scalar(hook) or yaml.as_scalar(yaml.at(hook, "cmd"))
        folder = yaml.as_scalar(yaml.at(hook, "dir"))
        there = joined(directory, str(folder)) if folder else directory
        if command is not None and there is not None:
            yield Link(text=command, directory=there, errexit=True, via=("before.hooks",))


def _images(root: yaml.Node | None, directory: str, published: bool) -> Iterator[Link]:
    """The builds, and what is pushed once all are there."""
    pushes = []
    for key in ("dockers", "dockers_v2"):
        for entry in yaml.elements(yaml.at(root, key)):
            written = yaml.strings(yaml.at(entry, "image_templates")) or yaml.strings(yaml.at(entry, "images"))
            tags = [str(one) for one in yaml.strings(yaml.at(entry, "tags"))] if key == "dockers_v2" else []
            images = [_TEMPLATE.sub(r"{{\1}}", name).replace(" ", "") for one in written for name in _tagged(str(one), tags)]
            if not images:
                continue
            file = yaml.as_scalar(yaml.at(entry, "dockerfile")) or "Dockerfile"
            build = ["docker", "build", "-f", str(file), *(word for image in images for word in ("-t", image)), _CONTEXT]
            place = written[0].place
            yield Link(text=Text(command_line(build), place.path, place.line, place.column), directory=directory, errexit=True)
            if published and str(yaml.as_scalar(yaml.at(entry, "skip_push"))).lower() != "true":
                push = "\n".join(command_line(("docker", "push", image)) for image in images)
                pushes.append(Link(text=Text(push, place.path, place.line, place.column), directory=directory, errexit=True))
    yield from pushes


def _tagged(image: str, tags: list[str]) -> list[str]:
    return [f"{image}:{tag}" for tag in tags] or [image]
