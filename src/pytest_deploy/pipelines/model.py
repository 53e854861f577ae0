"""The one model of a pipeline, whatever the CI system.

A reader (``github.py``, …) fills it; roles, release paths and checks read it. Nothing here or above may know a system:
names of contexts are translated to the neutral ones of :class:`Variable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place, Text

# --- expressions -------------------------------------------------------------------------------------------------

Value = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant."""

    value: Value


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that is known when the pipeline runs. Neutral names, dotted and in lower case:

    ``event`` (push, pull_request, pull_request_target, merge_group, schedule, manual, release, api, pipeline, called),
    ``ref`` (``refs/heads/main``, ``refs/tags/v1``, ``refs/pull/1/merge``), ``ref_name``, ``ref_type`` (branch, tag),
    ``base_ref``, ``head_ref``, ``action`` (the activity of the event: published, closed, …), ``default_branch``,
    ``actor``, ``repository``, ``inputs.NAME``, ``matrix.NAME``, ``env.NAME``, ``vars.NAME``, ``secrets.NAME``,
    ``needs.JOB.result``, ``needs.JOB.outputs.NAME``, ``steps.ID.outcome``, ``steps.ID.conclusion``,
    ``steps.ID.outputs.NAME``, ``upstream.conclusion``, ``upstream.branch``, ``upstream.event`` (of the pipeline whose
    end triggered this one), ``fork`` (is the change from a fork); anything else keeps the system's own dotted name.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function. Neutral names: ``contains``, ``starts_with``, ``ends_with``, ``format``, ``join``, ``to_json``,
    ``from_json``, ``hash_files``, ``case`` (condition, value, …, else), ``matches`` (regular expression), ``item`` (of a whole, by a key
    that is itself worked out), ``items`` (all of a whole), and the status functions ``success``, ``failure``, ``cancelled``, ``always``."""

    name: str
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """``and``, ``or``, ``not``, ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` over one or two operands (``and`` and ``or``: two
    or more)."""

    operator: Literal["and", "or", "not", "==", "!=", "<", "<=", ">", ">="]
    operands: tuple[Expression, ...]


Expression = Constant | Variable | Call | Operation


@dataclass(frozen=True, slots=True)
class Template:
    """Text with expressions in it: ``deploy-${{ inputs.env }}``. Parts are literal strings and expressions; ``places`` are where
    the expressions stand, in order (as far as the reader knows)."""

    text: Text
    parts: tuple[str | Expression, ...]
    places: tuple[Place, ...] = ()

    @property
    def place(self) -> Place:
        """Where the text stands."""
        return self.text.place

    @property
    def constant(self) -> str | None:
        """The text itself when it has no expression in it."""
        return str(self.text) if all(isinstance(part, str) for part in self.parts) else None


@dataclass(frozen=True, slots=True)
class Condition:
    """When a job or step runs. ``always_true``: written so that it is a non-empty string, hence true whatever it says."""

    text: Text
    expression: Expression
    always_true: bool = False

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.text.place


def variables(expression: Expression) -> Iterator[str]:
    """The names of all variables in an expression."""
    if isinstance(expression, Variable):
        yield expression.name
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from variables(argument)
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from variables(operand)


def calls(expression: Expression) -> Iterator[str]:
    """The names of all functions called in an expression."""
    if isinstance(expression, Call):
        yield expression.name
        for argument in expression.arguments:
            yield from calls(argument)
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from calls(operand)


# --- triggers ----------------------------------------------------------------------------------------------------

Event = Literal[
    "push", "pull_request", "pull_request_target", "merge_group", "schedule", "manual", "release", "api", "pipeline", "called", "other"
]


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a manual start or of a call. ``options`` are all it can be (a choice, or true/false), if that is known."""

    name: Text
    default: Text | None = None
    options: tuple[Text, ...] = ()
    required: bool = False
    boolean: bool = False
    environment: bool = False
    """It asks for one of the forge's environments, whose names are not in the file."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way to start a pipeline.

    ``branches`` and ``tags`` are the patterns that let a ref in (``None``: no such filter; for a push with only one of the two,
    the other kind of ref does not trigger it). ``branches_ignore``/``tags_ignore`` keep refs out. For ``pull_request*`` and
    ``pipeline`` the branches are the target's or the upstream run's. ``activities`` are types such as ``published``, ``closed``.
    ``upstream`` names the pipelines whose end triggers this one. ``paths`` is whether a path filter narrows it.
    """

    event: Event
    place: Place
    branches: tuple[Text, ...] | None = None
    branches_ignore: tuple[Text, ...] | None = None
    tags: tuple[Text, ...] | None = None
    tags_ignore: tuple[Text, ...] | None = None
    activities: tuple[Text, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)
    upstream: tuple[Text, ...] = ()
    paths: bool = False
    name: str = ""
    """The event in the system's own word (``issue_comment``), which ``event`` may not have."""
    strangers: bool = False
    """Whether people without any right on the repository can cause it, *and* it runs with the repository's own secrets and rights: a
    comment, an issue, a fork's pull request that runs in the target's name."""


# --- steps and jobs ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Script:
    """Commands of a step as written. ``shell`` is the interpreter (``bash``, ``sh``, ``pwsh``, ``python`` …); ``errexit`` and
    ``pipefail`` say how the system starts it. ``directory`` is where it runs, relative to the repository's root (it may
    hold an expression, as written)."""

    template: Template
    shell: str = "bash"
    errexit: bool = True
    pipefail: bool = False
    directory: str = ""

    @property
    def text(self) -> Text:
        """The commands as written, expressions included."""
        return self.template.text


@dataclass(frozen=True, slots=True)
class Uses:
    """A packaged step or job of others: an action, an orb, a task, a template.

    ``name`` without its version (``docker/build-push-action``); ``version`` as written after ``@``. ``local`` is the path in this
    repository (a composite action, say) when it is one; a local one that could be read has its steps in :attr:`Step.steps`.
    ``kind`` tells ``action`` (runs as a step), ``workflow`` (a remote reusable workflow: opaque), ``orb``, ``task``, ``template``,
    ``image`` (``docker://…``).
    """

    text: Text
    name: str
    version: str = ""
    local: str | None = None
    kind: Literal["action", "workflow", "orb", "task", "template", "image"] = "action"


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of a job: it runs a script, or uses something packaged.

    ``parameters`` are the ``with:`` values; ``environment`` the variables set on this step alone. A local composite action is a
    step whose ``steps`` are the action's (their places are in the action's file).
    """

    place: Place
    id: str = ""
    name: Text | None = None
    script: Script | None = None
    uses: Uses | None = None
    parameters: Mapping[str, Template] = field(default_factory=dict)
    environment: Mapping[str, Template] = field(default_factory=dict)
    condition: Condition | None = None
    continue_on_error: bool | Template = False
    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """What a person calls it."""
        if self.name:
            return str(self.name)
        if self.uses:
            return str(self.uses.text)
        if self.script:
            return self.script.text.strip().partition("\n")[0][:60]
        return self.id or "step"


@dataclass(frozen=True, slots=True)
class Matrix:
    """The combinations of a job that runs several times. ``rows`` are the literal ones, without the values that the run alone knows;
    ``complete`` is false where there may be others, for a list is made at run time. ``sequential``: one at a time, in order, stopping
    at the first failure."""

    place: Place
    rows: tuple[Mapping[str, Text], ...] = ()
    complete: bool = True
    sequential: bool = False
    fail_fast: bool = True


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the job's token may do: scope -> ``read``/``write``/``none``; ``everything`` for ``read-all``/``write-all``."""

    place: Place
    scopes: Mapping[str, str] = field(default_factory=dict)
    everything: Literal["", "read", "write"] = ""


@dataclass(frozen=True, slots=True)
class Concurrency:
    """A lock that lets one run at a time through."""

    place: Place
    group: str = ""
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A job that runs another pipeline of this repository, with ``inputs`` (and ``secrets``, or ``inherit`` them all)."""

    path: str
    inputs: Mapping[str, Template] = field(default_factory=dict)
    secrets: Mapping[str, Template] = field(default_factory=dict)
    inherits_secrets: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One job.

    ``environment`` is the forge's environment it names; ``approval`` is true where the system itself stops for a person at this
    job. ``opaque`` is set for a job whose steps are out of sight (a remote reusable workflow, an orb's job): what is used.
    ``called`` is set for one that runs a pipeline of this repository. ``runner`` holds the labels of the machine.
    ``outputs`` are what it hands on.
    """

    id: Text
    place: Place
    name: Template | None = None
    needs: tuple[Text, ...] = ()
    condition: Condition | None = None
    environment: Template | None = None
    environment_url: Template | None = None
    steps: tuple[Step, ...] = ()
    continue_on_error: bool | Template = False
    matrix: Matrix | None = None
    concurrency: Concurrency | None = None
    permissions: Permissions | None = None
    runner: tuple[Template, ...] = ()
    variables: Mapping[str, Template] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Template]] = field(default_factory=dict)
    """Service containers: name -> their environment variables."""
    service_images: Mapping[str, Template] = field(default_factory=dict)
    container: Template | None = None
    outputs: Mapping[str, Template] = field(default_factory=dict)
    opaque: Uses | None = None
    inputs: Mapping[str, Template] = field(default_factory=dict)
    """What an opaque job is given."""
    called: Called | None = None
    approval: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """One pipeline file. ``action`` is true for a local composite action (its steps are in the single job ``action``), which is
    a subject for the properties of steps only. ``problems`` is what is wrong with the file itself, at its places; when it
    could not be read at all, ``broken`` is true and there are no jobs.
    """

    path: str
    system: str
    place: Place
    name: Text | None = None
    triggers: tuple[Trigger, ...] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    permissions: Permissions | None = None
    concurrency: Concurrency | None = None
    variables: Mapping[str, Template] = field(default_factory=dict)
    outputs: Mapping[str, Template] = field(default_factory=dict)
    """What it hands back to the job or step that calls it."""
    problems: tuple[SyntaxProblem, ...] = ()
    broken: bool = False
    action: bool = False
    narrows_token: bool = False
    """Whether a file of this system says what its jobs' tokens may do, and which events a fork can cause (elsewhere both are settings
    outside the repository)."""
    unseen: tuple[Uses, ...] = ()
    """Remote templates and the like that could add jobs to this file."""

    @property
    def only_called(self) -> bool:
        """Whether nothing but other pipelines can start it."""
        return bool(self.triggers) and all(trigger.event == "called" for trigger in self.triggers)


def steps_of(job: Job) -> Iterator[tuple[Step, ...]]:
    """Each step of a job that does something itself, as the chain from the job's own step down into composite actions."""

    def down(step: Step, above: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        chain = (*above, step)
        if not step.steps:
            yield chain
        for inner in step.steps:
            yield from down(inner, chain)

    for step in job.steps:
        yield from down(step, ())
