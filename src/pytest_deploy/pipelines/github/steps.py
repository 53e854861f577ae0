"""Steps of jobs and of composite actions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_deploy.pipelines.github import shells
from pytest_deploy.pipelines.github.texts import Reading, check_keys, spelling
from pytest_deploy.pipelines.github.uses import action_file, description, folder_of, is_composite, is_local, is_own, read_uses
from pytest_deploy.pipelines.model import Script, Step, Uses
from pytest_deploy.syntax.yaml import Mapping, Node, as_mapping, as_scalar, at, elements

_WORK = ("run", "uses", "wait", "wait-all", "cancel", "parallel")
"""What a step can be: one of these. The last four speak of steps in the background."""

_KEYS = frozenset(
    {"id", "if", "name", "working-directory", "shell", "with", "env", "continue-on-error", "timeout-minutes", "background", *_WORK}
)
DEEPEST = 10
"""Actions may use actions this deep."""

_WORKSPACE = ("${{ github.workspace }}", "${{github.workspace}}")


@dataclass(slots=True)
class Surroundings:
    """What holds for the steps of a job: its default shell and directory, what its steps have checked out so far.

    ``brought`` are folders whose content is not this repository's (``""``: the whole workspace). ``action`` is the folder of the
    composite action that the steps belong to, ``None`` for those of a job.
    """

    where: str
    shell: shells.Shell
    directory: str = ""
    brought: list[str] = field(default_factory=list)
    action: str | None = None


def read_steps(reading: Reading, node: Node | None, around: Surroundings) -> tuple[Step, ...]:
    """The steps of a job, those of ``parallel:`` groups in their order."""
    return tuple(_steps(reading, node, around))


def _steps(reading: Reading, node: Node | None, around: Surroundings) -> Iterator[Step]:
    for one in elements(node):
        step = as_mapping(one)
        if step is None:
            reading.problem(f"a step of {around.where} is no mapping", one.place)
            continue
        check_keys(reading, step, _KEYS, f"a step of {around.where}")
        kinds = [key for key in step if key in _WORK]
        if not kinds:
            reading.problem(f"a step of {around.where} has neither 'run' nor 'uses'", step.place)
        elif len(kinds) > 1:
            reading.problem(f"a step of {around.where} has both {str(kinds[0])!r} and {str(kinds[1])!r}", kinds[1].place)
        if "parallel" in step:
            yield from _steps(reading, at(step, "parallel"), around)
        elif kinds:
            yield _step(reading, step, around)


def _step(reading: Reading, node: Mapping, around: Surroundings) -> Step:
    uses = _uses(reading, node, around)
    with_ = at(node, "with")
    step = Step(
        node.place,
        id=str(as_scalar(at(node, "id")) or ""),
        name=reading.text(at(node, "name")),
        script=_script(reading, node, around),
        uses=uses,
        parameters=reading.templates(with_),
        environment=reading.templates(at(node, "env")),
        condition=reading.condition(at(node, "if")),
        continue_on_error=reading.flag(at(node, "continue-on-error")),
        steps=composite_steps(reading, uses.local) if uses is not None and uses.local is not None else (),
    )
    if uses is not None and uses.name.lower() == "actions/checkout":
        _checkout(step, around)
    return step


def composite_steps(reading: Reading, path: str) -> tuple[Step, ...]:
    """The steps of a local action, their places in its own file; none when it is not composite, cannot be read, or is already being
    read further out."""
    if path in reading.within or len(reading.within) >= DEEPEST:
        return ()
    root = description(reading.tree, path)
    if not is_composite(root):
        return ()
    inner = Reading(reading.tree, path, spelling=spelling(inputs=at(root, "inputs")), within=(*reading.within, path))
    return read_steps(inner, at(root, "runs", "steps"), surroundings_of_action(path))


def surroundings_of_action(path: str) -> Surroundings:
    """What holds for the steps of the composite action in the file ``path``."""
    return Surroundings("the action", shells.default(windows=False, container=False), action=posixpath.dirname(path))


def _checkout(step: Step, around: Surroundings) -> None:
    """Remember the folders that a checkout fills with something else than this repository at its place."""
    path = step.parameters.get("path")
    folder = "" if path is None else folder_of(path.constant or "")
    if path is not None or "repository" in step.parameters:
        around.brought.append(folder)


def _uses(reading: Reading, node: Mapping, around: Surroundings) -> Uses | None:
    text = as_scalar(at(node, "uses"))
    if text is None:
        return None
    if "${{" in text:
        reading.problem("'uses' takes no expression: what it names has to be known before the run", text.place)
        return Uses(text, str(text))
    uses = read_uses(text)
    if uses is None:
        reading.problem(f"{str(text)!r} is no action: 'owner/name@version', './path' or 'docker://image' is meant", text.place)
        return Uses(text, str(text))
    if not is_local(text):
        return uses
    folder = folder_of(text)
    if not is_own(text) and any(not one or folder == one or folder.startswith(f"{one}/") for one in around.brought):
        return uses
    path = action_file(reading.tree, folder)
    if path is None:
        # An action is run from wherever it is used, so its own paths need not be those of this repository.
        if around.action is None or is_own(text) or folder.startswith(".github/"):
            reading.problem(f"there is no action in {folder or 'the root of the repository'}: no action.yml, no action.yaml", text.place)
        return uses
    return Uses(text, str(text), local=path)


def _script(reading: Reading, node: Mapping, around: Surroundings) -> Script | None:
    template = reading.template(at(node, "run"))
    if template is None:
        return None
    written = as_scalar(at(node, "shell"))
    if written is None and around.action is not None:
        reading.problem("a step of a composite action that runs commands needs a 'shell'", node.place)
    shell = shells.named(str(written), around.shell) if written is not None else around.shell
    own = as_scalar(at(node, "working-directory"))
    directory = directory_of(str(own), around.action) if own is not None else around.directory
    return Script(template, shell.name, shell.errexit, shell.pipefail, directory)


def directory_of(written: str, action: str | None = None) -> str:
    """A working directory relative to the root of the repository; what the run alone knows stays as written."""
    for prefix in _WORKSPACE:
        written = written.replace(prefix, ".")
    if action is not None:
        for prefix in ("${{ github.action_path }}", "${{github.action_path}}"):
            written = written.replace(prefix, action or ".")
    if "${{" in written or not written:
        return written.removeprefix("./")
    path = posixpath.normpath(written)
    return "" if path == "." else path
