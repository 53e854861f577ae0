"""Local composite actions: ``action.yml`` files with steps of their own."""

from __future__ import annotations

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.github import shapes
from pytest_deploy.pipelines.github.steps import read_steps, surroundings_of_action
from pytest_deploy.pipelines.github.texts import Reading, spelling
from pytest_deploy.pipelines.github.triggers import read_inputs
from pytest_deploy.pipelines.model import Job, Pipeline, Trigger
from pytest_deploy.places import Place, Text
from pytest_deploy.syntax.yaml import Node, as_mapping, at, items
from pytest_deploy.tree import Tree


def read_action(tree: Tree, path: str, root: Node | None) -> Pipeline:
    """A composite action as a pipeline of one job."""
    place = Place(path)
    reading = Reading(tree, path, spelling=spelling(inputs=at(root, "inputs")), within=(path,))
    runs = as_mapping(at(root, "runs"))
    if runs is None:
        why = "it is empty" if root is None else "it has no 'runs'"
        problem = SyntaxProblem(f"the file holds no action: {why}", place)
        return Pipeline(path, "github", place, problems=(problem,), broken=True, action=True)
    reading.problems.extend(shapes.of_action(root))
    key = runs.key("steps")
    if key is None:
        reading.problem("the action has no 'steps'", runs.place)
    where = key.place if key is not None else runs.place
    steps = read_steps(reading, at(root, "runs", "steps"), surroundings_of_action(path))
    outputs = {str(name): template for name, value in items(at(root, "outputs")) if (template := reading.template(at(value, "value")))}
    job = Job(Text("action", path, where.line, where.column), where, steps=steps, outputs=outputs)
    return Pipeline(
        path,
        "github",
        place,
        name=reading.text(at(root, "name")),
        triggers=(Trigger("called", place, inputs=read_inputs(reading, at(root, "inputs"))),),
        jobs={"action": job},
        outputs=outputs,
        problems=tuple(reading.problems),
        action=True,
    )
