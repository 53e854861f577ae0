"""The pipeline scans for security problems

Some job that runs on pushes, pull requests or a schedule scans the code, its dependencies, the history for secrets, or the
infrastructure code. A bot that proposes updates is no scan.

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
      - run: pytest
      - run: pip-audit -r requirements.txt
```

## References
- <https://owasp.org/www-project-devsecops-guideline/>
- <https://docs.github.com/en/code-security/code-scanning/introduction-to-code-scanning/about-code-scanning>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.checks.pipeline._running import runs
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding
from pytest_deploy.repository import Repository


@check()
def pipeline_runs_security_scan(repository: Repository) -> Iterator[Finding]:
    """Look for a scanner among all that runs on a change or on a schedule."""
    yield from runs(
        repository,
        "security-scan",
        "scans for security problems",
        "Add CodeQL, Semgrep, a dependency audit or a secret scanner to a job that runs on every change.",
        scheduled=True,
    )
