"""The pipeline runs the tests

Tests that only run on the machines of those who remember them protect nobody. Some job that runs on pushes or pull requests runs them,
be it through make, a package script, a task runner or a script of the repository.

## Bad
```yaml .github/workflows/ci.yml:1
on: [push]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - name: Run tests
        run: npm run build
```
```json package.json
{"scripts": {"build": "vite build", "test": "vitest run"}}
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make test
```
```makefile Makefile
test:
        python -m pytest
```

## References
- <https://dora.dev/capabilities/test-automation/>
- <https://docs.github.com/en/actions/tutorials/build-and-test-code>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.pipeline._running import runs
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding
from pytest_deploy.repository import Repository


@check()
def pipeline_runs_tests(repository: Repository) -> Iterator[Finding]:
    """Look for a test runner among all that runs on a change."""
    yield from runs(repository, "tests", "runs the tests", "Add a job that runs the test suite on every push and pull request.")
