"""The pipeline checks the types

Where the project is written in a typed language, some job that runs on pushes or pull requests checks the types. Compiling does for
Go, Rust, Java, Kotlin, C#, Swift and Scala; Python counts as typed with a type checker's configuration, a `py.typed` or annotations on
most functions.

## Bad
```yaml .github/workflows/ci.yml:1
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npx vitest run
```
```ts src/main.ts
export const price = (cents: number): string => `${cents / 100}`;
```

## Good
```yaml .github/workflows/ci.yml
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npx tsc --noEmit
      - run: npx vitest run
```
```ts src/main.ts
export const price = (cents: number): string => `${cents / 100}`;
```

## References
- <https://www.typescriptlang.org/docs/handbook/compiler-options.html>
- <https://mypy.readthedocs.io/en/stable/existing_code.html>
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy.artifacts.languages import typed_languages
from pytest_deploy.checks.pipeline._running import runs
from pytest_deploy.checks.registry import check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.repository import Repository


@check()
def pipeline_runs_typecheck(repository: Repository) -> Iterator[Finding]:
    """Look for a type checker or compiler among all that runs on a change."""
    languages = typed_languages(repository.tree)
    if not languages:
        raise NotApplicable("no part of the project is written in a typed language")
    yield from runs(
        repository,
        "typecheck",
        f"checks the types of its {' and '.join(languages)}",
        "Add the type checker, or the compiler, to a job that runs on every change.",
    )
