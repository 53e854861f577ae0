"""The pipeline runs a linter or format check

Some job that runs on pushes or pull requests runs a linter, or checks the format. A hook on the machines of the developers is a
courtesy, no gate.

## Bad
```yaml .github/workflows/ci.yml:1
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: ruff check .
      - run: pytest
```

## References
- <https://docs.astral.sh/ruff/integrations/#github-actions>
- <https://eslint.org/docs/latest/use/command-line-interface>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.pipeline._running import runs
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding
from pytest_deploy.repository import Repository


@check()
def pipeline_runs_lint(repository: Repository) -> Iterator[Finding]:
    """Look for a linter among all that runs on a change."""
    yield from runs(
        repository,
        "lint",
        "runs a linter or format check",
        "Add the linter of the project's language to a job that runs on every change.",
    )
