"""Examples of checks that ask git: their fences make a history."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_deploy import Finding, Place, Repository, check
from pytest_deploy.artifacts.identity import git
from pytest_deploy.checks.documentation import examples
from pytest_deploy.testing import run_check

DOCUMENTATION = """A title

## Good
```text CHANGELOG.md
1.0
```
```git v1.0
```
```text a.txt
a
```
```git HEAD
```
```text untracked.txt
b
```
"""


@check(area="before")
def tells_history(repository: Repository) -> Iterator[Finding]:
    """Say what git knows."""
    for words in (("tag",), ("ls-files",), ("rev-list", "--count", "HEAD")):
        yield Finding(git(repository.tree, *words).replace("\n", " "), Place("checklist"), "Nothing is to be done.")


def test_a_git_fence_commits_what_stands_above_it_and_tags_it() -> None:
    (example,) = examples(DOCUMENTATION)
    (outcome,) = run_check(tells_history, example.files, commits=example.commits)
    assert [one.message for one in outcome.findings] == ["v1.0", "CHANGELOG.md a.txt", "2"]


def test_without_one_there_is_no_repository() -> None:
    (outcome,) = run_check(tells_history, {"a.txt": "a"})
    assert [one.message for one in outcome.findings] == ["", "", ""]
