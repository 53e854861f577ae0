"""Whether a push only gives another name to an image that is there already: what builds it has been judged elsewhere."""

from __future__ import annotations

import re

from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.pipelines.paths import Way

_PUSHES = re.compile(r"(?:docker|podman|nerdctl)(?: image)? push ")
_PULLS = re.compile(r"\b(?:docker|podman|nerdctl)(?: image)? pull\b")
_COPIES = re.compile(
    r"(?:crane|gcrane|regctl|oras)(?: image)? (?:tag|copy|cp|image-copy) |docker buildx imagetools create |aws ecr put-image |"
    r"skopeo copy (?:.* )?docker://\S+ docker://|akhilerm/tag-push-action\b"
)


def promotes(way: Way) -> bool:
    """Whether all that a way publishes was there before, and nothing before it in the run builds an image."""
    if way.unseen or not way.doings or not all(map(_renames, way.doings)):
        return False
    nodes = [*(node for node in way.graph.nodes if node in way.before), way.node]
    return not any(doing.role == "image-build" for node in nodes for doing in node.doings())


def _renames(doing: Doing) -> bool:
    if doing.role != "image-push":
        return False
    if _COPIES.match(f"{doing.act.text} "):
        return True
    script = doing.leaf.step.script
    return script is not None and bool(_PUSHES.match(f"{doing.act.text} ")) and bool(_PULLS.search(script.text))
