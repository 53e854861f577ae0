"""Values that steps hand on: outputs, and variables for the steps behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_deploy.repository import Repository

PICK = """\
on: {push: {branches: [main, develop]}, workflow_dispatch: }
jobs:
  pick:
    runs-on: ubuntu-latest
    outputs:
      env: ${{ steps.pick.outputs.env }}
    steps:
      - id: pick
        run: |
          SCRIPT
  deploy:
    needs: pick
    if: ${{ needs.pick.outputs.env }}
    runs-on: ubuntu-latest
    environment: ${{ needs.pick.outputs.env }}
    steps:
      - run: kubectl apply -f k8s/
"""


def targets(tmp_path: Path, **workflows: str) -> list[tuple[str, str]]:
    """(start, environment as far as it is known) of each deploy."""
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for name, text in workflows.items():
        (folder / f"{name}.yml").write_text(text)
    return [(way.entry.text, way.environment if way.target != "unknown" else "?") for way in Repository(tmp_path).release.deploys]


def picked(tmp_path: Path, *lines: str) -> list[tuple[str, str]]:
    return targets(tmp_path, ci=PICK.replace("SCRIPT", "\n          ".join(lines)))


@pytest.mark.parametrize(
    "lines",
    [
        (
            'if [ "${{ github.ref }}" = "refs/heads/main" ]; then',
            '  echo "env=production" >> $GITHUB_OUTPUT',
            "else",
            '  echo "env=staging" >> "$GITHUB_OUTPUT"',
            "fi",
        ),
        (
            "case $GITHUB_REF_NAME in",
            '  main) echo "::set-output name=env::production" ;;',
            '  develop) echo "::set-output name=env::staging" ;;',
            "esac",
        ),
        (
            "if [[ $GITHUB_REF == */main ]]; then",
            "  echo env=production >> ${GITHUB_OUTPUT}",
            "else",
            "  echo env=staging >> ${GITHUB_OUTPUT}",
            "fi",
        ),
    ],
)
def test_an_output_that_the_branch_decides_is_known(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert picked(tmp_path, *lines) == [("push main", "production"), ("push develop", "staging"), ("manual", "production")]


def test_an_output_that_the_event_decides_is_compared_with_the_forge_s_own_word(tmp_path: Path) -> None:
    found = picked(
        tmp_path,
        'if [ "${{ github.event_name }}" = "workflow_dispatch" ]; then',
        "  echo env=production >> $GITHUB_OUTPUT",
        "else",
        "  echo env=staging >> $GITHUB_OUTPUT",
        "fi",
    )
    assert found == [("push main", "staging"), ("push develop", "staging"), ("manual", "production")]


@pytest.mark.parametrize(
    "lines",
    [
        ("echo env=$(./which.sh) >> $GITHUB_OUTPUT",),
        ("if ./is-release.sh; then echo env=production >> $GITHUB_OUTPUT; fi",),
        ("echo env=staging >> $GITHUB_OUTPUT", "./is-release.sh && echo env=production >> $GITHUB_OUTPUT || true"),
        ("if ./is-draft.sh; then exit 0; fi", "echo env=production >> $GITHUB_OUTPUT"),
    ],
)
def test_an_output_that_only_the_run_tells_is_unknown(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert {environment for _, environment in picked(tmp_path, *lines)} == {"?"}


def test_a_deploy_does_not_happen_where_its_output_is_another(tmp_path: Path) -> None:
    text = PICK.replace("SCRIPT", "echo env=none >> $GITHUB_OUTPUT").replace(
        "if: ${{ needs.pick.outputs.env }}", "if: needs.pick.outputs.env == 'production'"
    )
    assert targets(tmp_path, ci=text) == []


VARIABLE = """\
on: {push: {branches: [main]}}
env: {TARGET: production}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: echo "TARGET=staging" >> $GITHUB_ENV
      - run: kubectl apply -f k8s/ -n $TARGET
"""


def test_a_variable_that_a_step_sets_is_known_to_those_behind_it(tmp_path: Path) -> None:
    assert targets(tmp_path, ci=VARIABLE) == [("push main", "staging")]


def test_what_a_variable_was_is_no_longer_known_once_a_step_may_have_set_it(tmp_path: Path) -> None:
    text = VARIABLE.replace('echo "TARGET=staging" >> $GITHUB_ENV', 'echo "TARGET=$(./which.sh)" >> $GITHUB_ENV')
    assert targets(tmp_path, ci=text.replace("-n $TARGET", "-n ${{ env.TARGET }}")) == [("push main", "")]


def test_a_called_workflow_gives_its_outputs_back(tmp_path: Path) -> None:
    caller = """\
on: {push: {branches: [main]}}
jobs:
  pick:
    uses: ./.github/workflows/pick.yml
  deploy:
    needs: pick
    runs-on: ubuntu-latest
    environment: ${{ needs.pick.outputs.name }}
    steps:
      - run: kubectl apply -f k8s/
"""
    called = """\
on:
  workflow_call:
    outputs:
      name: {value: "${{ jobs.one.outputs.env }}"}
jobs:
  one:
    runs-on: ubuntu-latest
    outputs: {env: "${{ steps.it.outputs.env }}"}
    steps:
      - {id: it, run: "echo env=staging >> $GITHUB_OUTPUT"}
"""
    assert targets(tmp_path, ci=caller, pick=called) == [("push main", "staging")]


def test_an_action_of_the_repository_gives_its_outputs_back(tmp_path: Path) -> None:
    (tmp_path / "pick").mkdir()
    (tmp_path / "pick/action.yml").write_text(
        """\
name: Pick
outputs:
  env: {value: "${{ steps.it.outputs.env }}"}
runs:
  using: composite
  steps:
    - {id: it, shell: bash, run: "echo env=uat >> $GITHUB_OUTPUT"}
"""
    )
    text = VARIABLE.replace('run: echo "TARGET=staging" >> $GITHUB_ENV', "{id: pick, uses: ./pick}").replace(
        "-n $TARGET", "-n ${{ steps.pick.outputs.env }}"
    )
    assert targets(tmp_path, ci=text.replace("env: {TARGET: production}\n", "")) == [("push main", "uat")]
