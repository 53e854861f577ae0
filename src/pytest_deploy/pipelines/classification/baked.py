"""The gates that the build of an image runs: ``RUN npm test`` in a stage that the image is made of."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.builds import locate
from pytest_deploy.artifacts.dockerfile import Stage, Step, read
from pytest_deploy.pipelines.acts import Act, Role
from pytest_deploy.places import Text
from pytest_deploy.tree import Tree

GATES: frozenset[Role] = frozenset({"tests", "typecheck", "lint", "security-scan"})
"""What of a build can be a gate: the image does not come about when it fails."""

_READ = frozenset({"docker", "kaniko", "buildah", "acr"})
"""The tools that build the stages that the image needs, and no others."""


def runs_of(build: Act, tree: Tree) -> Iterator[tuple[Text, str, Step]]:
    """(commands, folder of the build context, instruction) of each RUN that an image's build goes through, in the file's order."""
    if build.details.get("tool") not in _READ:
        return
    files, folder = locate(tree, build.details.get("directory", ""), build.details.get("file", ""), build.details.get("context", ""))
    if len(files) != 1:
        return
    dockerfile = tree.kept(read, files[0])
    target = build.details.get("target", "")
    if dockerfile.broken or not dockerfile.stages or "$" in target:
        return
    last = dockerfile.stage(target) if target else dockerfile.stages[-1]
    for stage in _needed(last) if last else ():
        for step in stage.steps:
            if step.name == "RUN" and not step.instruction.json:
                yield step.instruction.script, folder or "", step


def _needed(last: Stage) -> tuple[Stage, ...]:
    """The stages without which one cannot be built, itself the last."""
    found: dict[int, Stage] = {}
    todo = [last]
    while todo:
        stage = todo.pop()
        if stage.index not in found:
            found[stage.index] = stage
            todo.extend(one for one in (stage.parent, *(copy.stage for copy in stage.copies), *stage.mounts) if one is not None)
    return tuple(stage for _, stage in sorted(found.items()))
