"""No gate is switched off

A test, check or scan whose failure is let pass looks like a gate and is none: `continue-on-error`, `|| true`, a pipe that swallows the
status, a condition that is never (or always) true, a scanner told never to fail, a `curl` that is content with any answer. A failure
that a later step looks at and exits on is real, and what is no gate (a cache, an upload, a clean-up) may fail as it likes.

## Bad
```yaml .github/workflows/ci.yml:7
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npx eslint . || true
```

### The step may fail
```yaml .github/workflows/ci.yml:7
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest
        continue-on-error: true
```

### A condition that is text, and text is true
```yaml .github/workflows/ci.yml:8
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
      - if: ${{ github.ref_name }} != 'main'
        run: mypy .
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npx eslint .
      - run: pytest
```

### A later step looks at the outcome
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - id: lint
        run: ruff check .
        continue-on-error: true
      - run: pytest
      - if: steps.lint.outcome == 'failure'
        run: exit 1
```

### A first look, and then a question in earnest
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: ./start.sh
      - run: |
          curl --head http://localhost:8000
          curl --fail http://localhost:8000/shop
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepscontinue-on-error>
- <https://everything.curl.dev/cmdline/exitcode.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.pipelines.binding import is_on
from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.pipelines.model import Pipeline
from pytest_deploy.pipelines.roles import Role
from pytest_deploy.pipelines.simulation import fails_its_job
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository

_GATES: dict[Role, str] = {
    "tests": "the tests",
    "typecheck": "the type check",
    "lint": "the lint",
    "security-scan": "the security scan",
    "image-scan": "the image scan",
    "smoke": "the smoke test",
    "readiness": "the wait for the rollout",
}


@check()
def pipeline_gate_is_real(pipeline: Pipeline, repository: Repository) -> Iterator[Finding]:
    """Look at every gate that stands in the file."""
    gates = [doing for doing in repository.release.doings_of(pipeline.path) if doing.role in _GATES]
    if not gates:
        raise NotApplicable("no step of this file is a gate")
    told: set[Place] = set()
    real = {(doing.job.id, doing.role) for doing in gates if not _complaint(doing)}
    for doing in gates:
        complaint = _complaint(doing)
        if not complaint or doing.act.place in told:
            continue
        if "never-fails" in doing.act.details and (doing.job.id, doing.role) in real:
            continue  # it runs twice: once for a report, once as the gate
        if any(other.leaf is doing.leaf and other.act.words == doing.act.words and not _complaint(other) for other in gates):
            continue  # it is tried again, and the second time counts
        if any(_host(other) == _host(doing) != "" and not _complaint(other) for other in gates if other.leaf is doing.leaf):
            continue  # it waits for what is asked next in earnest
        told.add(doing.act.place)
        yield Finding(
            f"{_GATES[doing.role]} in {doing.job.id} cannot fail: {complaint}",
            _place(doing),
            "Let its failure fail the job, or take the step out if it is not meant to stop anything.",
        )


def _place(doing: Doing) -> Place:
    return doing.act.place if doing.act.place.path == doing.pipeline.path else doing.leaf.own.place


def _host(doing: Doing) -> str:
    """Whom a request asks: scheme, host and port as written."""
    return "/".join(doing.act.details.get("url", "").split("/")[:3])


def _complaint(doing: Doing) -> str:
    """Why a gate cannot fail its job (empty: it can)."""
    for condition in (*doing.leaf.conditions, *((doing.job.condition,) if doing.job.condition else ())):
        if condition.always_true:
            return f"its condition `{condition.text}` is text, hence always true"
        if doing.leaf.scope.truth(condition.expression) is False:
            return f"its condition `{condition.text}` is never true"
    if doing.act.swallowed:
        return doing.act.swallowed
    if doing.act.details.get("never-fails") and doing.role != "image-scan":
        return doing.act.details["never-fails"]
    if doing.role == "smoke" and doing.act.details.get("can-fail") == "no":
        return "`curl` without `--fail` is content with any answer"
    if doing.job.continue_on_error is True or is_on(doing.job.continue_on_error, doing.node.scope):
        return "continue-on-error on the job"
    if doing.leaf.continues_on_error and not fails_its_job(doing):
        return "continue-on-error"
    return ""
