"""The pipeline file reads as it was meant

A CI system passes over what it does not understand, or refuses the whole file and runs nothing: no tests, no scan, no deploy, and often
no red mark either. An expression that asks for the output of a job it does not need is worse: it is empty, and what it was to decide
is decided by nothing.

## Bad
### A need that is no job, and a key with a slip of the pen
```yaml .github/workflows/ci.yml:8,9
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
  deploy:
    need: test
    needs: [tests]
    runs-on: ubuntu-latest
    steps:
      - run: make deploy
```

### The output of a job that is not needed directly
```yaml .github/workflows/ci.yml:12
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs: {target: "${{ steps.plan.outputs.target }}"}
    steps:
      - {id: plan, run: ./plan}
  build:
    needs: plan
    runs-on: ubuntu-latest
    steps:
      - run: make build && echo ${{ needs.paln.outputs.target }}
```

### A called workflow that does not exist, jobs that wait for each other
```yaml .github/workflows/ci.yml:4,6
on: push
jobs:
  build:
    uses: ./.github/workflows/biuld.yml
  one:
    needs: two
    runs-on: ubuntu-latest
    steps: [{run: make one}]
  two:
    needs: one
    runs-on: ubuntu-latest
    steps: [{run: make two}]
```

### An expression that cannot be read
```yaml .github/workflows/ci.yml:6
on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - if: github.ref == "refs/heads/main"
        run: make deploy
```

## Good
```yaml .github/workflows/ci.yml
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs: {target: "${{ steps.plan.outputs.target }}"}
    steps:
      - {id: plan, run: ./plan}
  deploy:
    needs: plan
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    steps:
      - run: make deploy TARGET=${{ needs.plan.outputs.target }}
```

## References
- <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>
- <https://docs.gitlab.com/ci/yaml/>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding
from pytest_deploy.pipelines.model import Pipeline

_HINT = "Correct the file here, then run the check again: until it reads as meant, it runs otherwise than meant or not at all."


@check("required")
def pipeline_parses(pipeline: Pipeline) -> Iterator[Finding]:
    """Each problem of the file is a finding."""
    for problem in pipeline.problems:
        yield Finding(problem.message, problem.place, _HINT)
