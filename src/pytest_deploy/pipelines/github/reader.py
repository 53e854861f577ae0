"""Workflows and local composite actions of GitHub, as pipelines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines import validation
from pytest_deploy.pipelines.github import shapes
from pytest_deploy.pipelines.github.actions import read_action
from pytest_deploy.pipelines.github.jobs import read_concurrency, read_job, read_permissions
from pytest_deploy.pipelines.github.texts import Reading, check_keys, spelling
from pytest_deploy.pipelines.github.triggers import read_triggers
from pytest_deploy.pipelines.github.uses import ACTION_FILES, action_file, description, folder_of, is_composite
from pytest_deploy.pipelines.model import Job, Pipeline
from pytest_deploy.places import Place
from pytest_deploy.syntax.yaml import Document, Mapping, Node, Sequence, as_mapping, as_scalar, at, elements, items, parse, walk
from pytest_deploy.tree import Tree

SYSTEM = "github"
MOST_JOBS = 400
"""All that a job waits for is kept for each: a file with more jobs than anybody writes would take all memory."""

_KEYS = frozenset({"name", "run-name", "on", "permissions", "cache-mode", "env", "defaults", "concurrency", "jobs"})
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_ACTION = re.compile(r"\.github/actions/(?:.*/)?action\.ya?ml")
_USES = re.compile(r"^[^#\n]*\buses:\s*['\"]?([.$](?:[/\\][^\s'\"#,}]*)?)(?=['\"\s,}#]|$)", re.MULTILINE)


def paths(tree: Tree) -> tuple[str, ...]:
    """Workflows, and the composite actions that they or other actions use, or that stand in ``.github/actions``."""
    workflows = [path for path in tree.files if _WORKFLOW.fullmatch(path)]
    actions = {path for path in tree.files if _ACTION.fullmatch(path)}
    waiting = [*workflows, *actions]
    while waiting:
        for path in _used(tree, waiting.pop()):
            if path not in actions:
                actions.add(path)
                waiting.append(path)
    return tuple(sorted({*workflows, *(path for path in actions if _is_read(tree, path))}))


def read(tree: Tree, path: str) -> Pipeline:
    """One workflow or composite action. Never raises: what is wrong is in its problems."""
    try:
        documents = parse(tree.read(path))
    except SyntaxProblem as problem:
        return Pipeline(path, SYSTEM, Place(path), problems=(problem,), broken=True, action=not _WORKFLOW.fullmatch(path))
    root = documents[0].root if documents else None
    found = read_workflow(tree, path, root) if _WORKFLOW.fullmatch(path) else read_action(tree, path, root)
    general = (*(problem for document in documents for problem in document.problems), *_tags(root), *_further(documents))
    return _with_problems(found, general)


def read_workflow(tree: Tree, path: str, root: Node | None) -> Pipeline:
    """A workflow out of the root of its file."""
    place = Place(path)
    reading = Reading(tree, path, spelling=spelling(needs=at(root, "jobs")))
    reading.spelling |= spelling(inputs=at(root, "on", "workflow_call", "inputs")) | spelling(
        inputs=at(root, "on", "workflow_dispatch", "inputs")
    )
    workflow = as_mapping(root)
    if workflow is None or not {"on", "jobs"} & set(workflow):
        why = "it is empty" if root is None else "it has neither 'on' nor 'jobs'"
        reading.problem(f"the file holds no workflow: {why}", place)
        return Pipeline(path, SYSTEM, place, problems=tuple(reading.problems), broken=True)
    written = workflow.key("jobs")
    if written is not None and len(list(items(workflow[written]))) > MOST_JOBS:
        reading.problem(f"the workflow has more than {MOST_JOBS} jobs, too many to be judged", written.place)
        return Pipeline(path, SYSTEM, place, problems=tuple(reading.problems), broken=True)
    check_keys(reading, workflow, _KEYS, "a workflow")
    reading.problems.extend(shapes.of_workflow(workflow))
    triggers = read_triggers(reading, at(workflow, "on"))
    if not triggers and not list(elements(at(workflow, "on"))):  # what is in it is told already
        on = workflow.key("on")
        reading.problem("nothing starts this workflow: 'on' is missing or empty", on.place if on is not None else place)
    jobs = _jobs(reading, workflow)
    outputs = {
        str(name): template
        for name, value in items(at(workflow, "on", "workflow_call", "outputs"))
        if (template := reading.template(at(value, "value")))
    }
    reading.problems.extend((*validation.missing_needs(jobs), *validation.cycles(jobs)))
    return Pipeline(
        path,
        SYSTEM,
        place,
        name=reading.text(at(workflow, "name")),
        triggers=triggers,
        jobs=jobs,
        permissions=read_permissions(workflow),
        concurrency=read_concurrency(reading, at(workflow, "concurrency")),
        variables=reading.templates(at(workflow, "env")),
        outputs=outputs,
        problems=tuple(reading.problems),
        narrows_token=True,
    )


def _jobs(reading: Reading, workflow: Mapping) -> dict[str, Job]:
    found: dict[str, Job] = {}
    written = at(workflow, "jobs")
    for name, node in items(written):
        mapping = as_mapping(node)
        if mapping is None:
            reading.problem(f"job {str(name)!r} is no mapping", name.place)
            continue
        before = len(reading.named)
        job = read_job(reading, name, mapping, workflow)
        reading.problems.extend(validation.indirect_needs(job, reading.named[before:]))
        found[str(name)] = job
    if not list(items(written)) and not (isinstance(written, Sequence) or as_scalar(written)):  # which is told already
        key = workflow.key("jobs")
        reading.problem("the workflow has no jobs", key.place if key is not None else Place(reading.path))
    return found


def _used(tree: Tree, path: str) -> Iterator[str]:
    """The files of the local actions that a workflow or action uses."""
    for match in _USES.finditer(tree.text(path) or ""):
        found = action_file(tree, folder_of(match[1]))
        if found is not None and found.endswith(ACTION_FILES):
            yield found


def _is_read(tree: Tree, path: str) -> bool:
    """Whether an action has steps that can be read: it is composite, or a file in which that cannot be told."""
    root = description(tree, path)
    return at(root, "runs", "using") is None or is_composite(root)


def _further(documents: tuple[Document, ...]) -> Iterator[SyntaxProblem]:
    """GitHub reads files of one document."""
    second = next((document.root for document in documents[1:] if document.root is not None), None)
    if second is not None:
        yield SyntaxProblem("a second document begins before this: GitHub reads files of one", second.place)


def _tags(root: Node | None) -> Iterator[SyntaxProblem]:
    for node in walk(root):
        if node.tag and not node.tag.startswith("!!"):
            yield SyntaxProblem(
                f"{node.tag!r} is read as a tag of YAML; an expression that begins with '!' stands in ${{{{ }}}}", node.place
            )


def _with_problems(pipeline: Pipeline, more: tuple[SyntaxProblem, ...]) -> Pipeline:
    from dataclasses import replace

    problems = {(problem.place, problem.message): problem for problem in (*more, *pipeline.problems)}
    return replace(pipeline, problems=tuple(problems[key] for key in sorted(problems, key=_order)))


def _order(key: tuple[Place, str]) -> tuple[int, int, str]:
    place, message = key
    return place.line, place.column, message
