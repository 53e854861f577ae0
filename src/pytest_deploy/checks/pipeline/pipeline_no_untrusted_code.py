"""No job runs a stranger's code with the repository's rights

`pull_request_target`, `workflow_run` and comments start a run with the repository's secrets and a token of its own, whoever caused it. A
job that then checks out the pull request and builds it, installs its packages or uses its actions hands all of that to its author. The
same goes for a self-hosted machine, which outlives the job. A label, an approval or a condition on forks or authors that keeps strangers
out is right.

## Bad
```yaml .github/workflows/preview.yml:6
on: pull_request_target
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: npm ci && npm run build
        env:
          TOKEN: ${{ secrets.PREVIEW_TOKEN }}
```

### A comment starts it
```yaml .github/workflows/bench.yml:8
on: issue_comment
jobs:
  bench:
    if: contains(github.event.comment.body, '/bench')
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: gh pr checkout ${{ github.event.issue.number }}
      - run: make bench
```

### A machine of one's own
```yaml .github/workflows/ci.yml:6
on: pull_request
jobs:
  test:
    runs-on: [self-hosted, linux]
    steps:
      - uses: actions/checkout@v4
      - run: make test
```

## Good
```yaml .github/workflows/label.yml
on: pull_request_target
permissions: {pull-requests: write}
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ./scripts/label.sh
```

### Forks are kept out
```yaml .github/workflows/preview.yml
on: pull_request_target
jobs:
  build:
    if: github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}
      - run: npm ci
```

## References
- <https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/>
- <https://docs.github.com/en/actions/reference/security/secure-use>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pytest_deploy.checks.pipeline._foreign import Brought, brings, each, hands_on, runs
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Related, Unverified
from pytest_deploy.pipelines.model import Condition, Expression, Job, Operation, Pipeline, Step, Template, Trigger, Value, variables
from pytest_deploy.pipelines.scope import Scope
from pytest_deploy.pipelines.untrusted import Run
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_HINT = (
    "Build pull requests in a pipeline of the event `pull_request` on a hosted machine, and let a second one, without their code, do what "
    "needs secrets; or let only trusted people start it."
)
_VOUCHED = re.compile(
    r"github\.event\.(?:[\w.]+\.)?author_association|github\.event\.label\.name|github\.event\.(?:pull_request|issue)\.labels.*|actor|"
    r"github\.triggering_actor|github\.event\.(?:sender|comment\.user|pull_request\.user|issue\.user|review\.user)\.(?:login|id|type)|"
    r"(?:steps|needs)\.[\w-]*(?:permission|access|authori[sz]|allow|trust|member|collaborator|check|team|approv|guard|gate|command)[\w-]*\..*|"
    r"(?:steps|needs)\.[\w-]+\.outputs\.\w*(?:permission|access|authori[sz]|allow|trust|member|safe|approv|should|continue|triggered|is_)\w*",
    re.IGNORECASE,
)
"""What a condition asks when it lets only people in whom somebody trusts."""
_ASKS = re.compile(
    r"check-?(?:user-?)?permission|has-?permission|require-?(?:user-?)?permission|team-?membership|is-?org-?member|slash-command|check-access|branch-deploy|"
    r"get-user-teams|organization-membership|pull-request-comment-trigger|authorize",
    re.IGNORECASE,
)
_ASKS_BY_SCRIPT = re.compile(
    r"/collaborators/|getCollaboratorPermissionLevel|/memberships/|checkMembership|author_association|permission_level", re.IGNORECASE
)


@check()
def pipeline_no_untrusted_code(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Every job that such an event can start."""
    if pipeline.action or pipeline.only_called:
        raise NotApplicable("it is judged where it is called")
    if not pipeline.narrows_token:
        raise NotApplicable("what a fork's change may start, and with which rights, is set outside the repository for this CI system")
    triggers = [trigger for trigger in pipeline.triggers if _lets_strangers_in(trigger, repository)]
    own = [trigger for trigger in pipeline.triggers if trigger.event == "pull_request"]
    machines = {name for name, job in pipeline.jobs.items() if own and _is_own_machine(job)}
    if not triggers and not machines:
        raise NotApplicable("nothing that strangers cause runs with the repository's rights: no such event, no machine of one's own")
    held: dict[str, list[Finding]] = {}
    seen: set[Place] = set()
    for name, job in pipeline.jobs.items():
        for trigger in (*triggers, *(own if name in machines else ())):
            found = _judge(job, trigger, pipeline, repository)
            if found is None or found.place in seen:
                continue
            seen.add(found.place)
            if holder := _holder(job, pipeline):
                held.setdefault(holder, []).append(found)
            else:
                yield found
    if held and sum(map(len, held.values())) == len(seen):
        holder, findings = next(iter(held.items()))
        raise Unverified(f"{findings[0].message} ({findings[0].place}), unless {holder}")
    for findings in held.values():
        yield from findings


def _holder(job: Job, pipeline: Pipeline) -> str:
    """What may keep strangers out and is out of sight; empty: nothing."""
    if job.environment is not None:
        return f"the environment {job.environment.text} waits for a person's approval: --deploy-live shows its reviewers"
    above = [pipeline.jobs[name].opaque for name in job.needs if name in pipeline.jobs]
    return next((f"{uses.text}, which the job {job.id} waits for, keeps strangers out" for uses in above if uses), "")


def _lets_strangers_in(trigger: Trigger, repository: Repository) -> bool:
    if not trigger.strangers:
        return False
    if trigger.event == "pull_request_target" and trigger.activities and set(trigger.activities) <= {"labeled"}:
        return False  # only people with rights on the repository label
    if trigger.event != "pipeline" or not trigger.upstream:
        return True
    upstream = [one for one in repository.pipelines.values() if {str(one.name or one.path), one.path} & set(trigger.upstream)]
    known = {str(one.name or one.path) for one in upstream} | {one.path for one in upstream}
    return bool(set(trigger.upstream) - known) or any(
        one.event in ("pull_request", "pull_request_target") or one.strangers for pipeline in upstream for one in pipeline.triggers
    )


def _is_own_machine(job: Job) -> bool:
    return any("self-hosted" in str(label.text).lower() for label in job.runner)


def _judge(job: Job, trigger: Trigger, pipeline: Pipeline, repository: Repository) -> Finding | None:
    """The finding that a job gives when a stranger causes that event."""
    scope = _stranger(trigger)
    if _keeps_out(job.condition, scope) or any(_keeps_out_needed(name, pipeline, scope) for name in job.needs):
        return None
    by_default = trigger.event == "pull_request"
    inputs: dict[str, Template] = {}
    if job.called is not None and job.called.path in repository.pipelines:
        inputs = {f"inputs.{name}": value for name, value in job.called.inputs.items()}
        callee = repository.pipelines[job.called.path]
        for inner in callee.jobs.values():
            if not _keeps_out(inner.condition, scope) and (
                found := _found(inner, inner.steps, callee, scope, inputs, by_default=by_default)
            ):
                brought, ran = found
                return _finding(job, trigger, brought, ran, job.place, (Related("this brings it", brought.place),))
        return None
    if not by_default and not _has_rights(job, pipeline):
        return None
    found = _found(job, job.steps, pipeline, scope, inputs, by_default=by_default)
    if found is None:
        return None
    brought, ran = found
    place = brought.place if brought.place.path == pipeline.path else job.place
    return _finding(job, trigger, brought, ran, place, () if place == brought.place else (Related("this brings it", brought.place),))


def _finding(job: Job, trigger: Trigger, brought: Brought, ran: tuple[str, Place], place: Place, related: tuple[Related, ...]) -> Finding:
    rights = "on a machine of one's own" if trigger.event == "pull_request" else "with the repository's rights"
    event = trigger.name or trigger.event
    message = f"on {event} the job {job.id} runs code of whoever caused it {rights}: {brought.how}, then {ran[0]}"
    return Finding(message, place, _HINT, (*related, Related("this runs it", ran[1])))


def _found(
    job: Job, steps: tuple[Step, ...], pipeline: Pipeline, scope: Scope, inputs: Mapping[str, Template], *, by_default: bool
) -> tuple[Brought, tuple[str, Place]] | None:
    known = {**inputs, **{f"env.{name}": value for name, value in (*pipeline.variables.items(), *job.variables.items())}}
    for need in job.needs:
        other = pipeline.jobs.get(need)
        known |= {f"needs.{need}.outputs.{name}": value for name, value in (other.outputs.items() if other else ())}
    brought: Brought | None = None
    for step in each(steps):
        if _asks(step):
            return None
        if _keeps_out(step.condition, scope):
            continue
        known |= dict(hands_on(step, known))
        if (new := brings(step, known, by_default=by_default)) is not None:
            brought = new
        elif brought is not None and not brought.folder and _goes_back(step):
            brought = None
        if brought is not None and (ran := runs(step, brought)) is not None:
            return brought, ran
    return None


def _goes_back(step: Step) -> bool:
    """A checkout of something else over it."""
    return step.uses is not None and step.uses.name.lower().endswith("/checkout") and "path" not in step.parameters


def _asks(step: Step) -> bool:
    """Whether a step looks up what rights the person has, and can end the job."""
    if step.uses is not None and _ASKS.search(step.uses.name):
        return True
    code = [step.script.template] if step.script else []
    code += [value for name, value in step.parameters.items() if name == "script"]
    return any(_ASKS_BY_SCRIPT.search(one.text) for one in code)


def _has_rights(job: Job, pipeline: Pipeline) -> bool:
    """Whether there is anything to take: a secret, or a token that may write (or may do what settings say)."""
    granted = job.permissions or pipeline.permissions
    if granted is None or granted.everything == "write" or "write" in granted.scopes.values():
        return True
    return any(name.startswith("secrets.") and name.lower() != "secrets.github_token" for name in _names(job, pipeline))


def _names(job: Job, pipeline: Pipeline) -> Iterator[str]:
    templates = [*pipeline.variables.values(), *job.variables.values()]
    for step in each(job.steps):
        templates += [*step.environment.values(), *step.parameters.values()]
        templates += [step.script.template] if step.script else []
    for template in templates:
        for part in template.parts:
            if not isinstance(part, str):
                yield from variables(part)


def _stranger(trigger: Trigger) -> Scope:
    """What is known of a run that a stranger causes from a fork."""
    upstream: dict[str, Value] = {"upstream.event": "pull_request"} if trigger.event == "pipeline" else {}
    return Scope(Run(trigger.name, {"event": trigger.event, "fork": True, **upstream}))


def _keeps_out_needed(name: str, pipeline: Pipeline, scope: Scope, above: tuple[str, ...] = ()) -> bool:
    """A job that needs one which a stranger's run skips is skipped, too, unless it insists."""
    job = pipeline.jobs.get(name)
    if job is None or name in above:
        return False
    if _keeps_out(job.condition, scope) or any(_asks(step) for step in each(job.steps)):
        return True
    return any(_keeps_out_needed(need, pipeline, scope, (*above, name)) for need in job.needs)


def _keeps_out(condition: Condition | None, scope: Scope) -> bool:
    if condition is None or condition.always_true:
        return False
    return scope.truth(condition.expression) is False or _vouches(condition.expression, scope)


def _vouches(expression: Expression, scope: Scope) -> bool:
    """Whether a condition can only hold when somebody vouches for the person: in one part of an ``and``, in every part of an ``or`` that a
    stranger could reach."""
    if isinstance(expression, Operation) and expression.operator == "and":
        return any(_vouches(operand, scope) for operand in expression.operands)
    if isinstance(expression, Operation) and expression.operator == "or":
        open_to_all = [operand for operand in expression.operands if scope.truth(operand) is not False]
        return all(_vouches(operand, scope) for operand in open_to_all)
    return any(_VOUCHED.fullmatch(name) for name in variables(expression))
