"""Workflows and actions of GitHub, as the model has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_deploy.pipelines.model import Constant, Job, Operation, Pipeline, Script, Template, Trigger, Variable
from pytest_deploy.pipelines.readers import Reader, read_all
from pytest_deploy.pipelines.scope import Scope, show
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree

CI = ".github/workflows/ci.yml"
ReadAll = Callable[[Mapping[str, str]], Mapping[str, Pipeline]]


@pytest.fixture
def pipelines(tmp_path: Path) -> ReadAll:
    def read(files: Mapping[str, str]) -> Mapping[str, Pipeline]:
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(text), encoding="utf-8")
        return read_all(Tree(tmp_path))

    return read


@pytest.fixture
def workflow(pipelines: ReadAll) -> Callable[[str], Pipeline]:
    def read(text: str) -> Pipeline:
        found = pipelines({CI: text})[CI]
        assert found.problems == ()
        return found

    return read


@pytest.fixture
def job(workflow: Callable[[str], Pipeline]) -> Callable[[str], Job]:
    def read(text: str) -> Job:
        indented = "".join(f"    {line}" for line in dedent(text).splitlines(keepends=True))
        return workflow(f"on: push\njobs:\n  one:\n{indented}").jobs["one"]

    return read


def trigger(pipeline: Pipeline) -> Trigger:
    assert len(pipeline.triggers) == 1
    return pipeline.triggers[0]


def text(template: Template | None) -> str | None:
    return None if template is None else template.constant


# --- triggers ------------------------------------------------------------------------------------------------------

JOBS = "\njobs: {one: {runs-on: x, steps: [{run: make}]}}\n"


def test_an_event_can_be_a_word_a_list_or_a_mapping(workflow: Callable[[str], Pipeline]) -> None:
    assert [one.event for one in workflow("on: push" + JOBS).triggers] == ["push"]
    assert [one.event for one in workflow("on: [push, pull_request]" + JOBS).triggers] == ["push", "pull_request"]
    assert [one.event for one in workflow("on: {push: , workflow_dispatch: }" + JOBS).triggers] == ["push", "manual"]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("workflow_dispatch", "manual"),
        ("repository_dispatch", "api"),
        ("workflow_run", "pipeline"),
        ("workflow_call", "called"),
        ("merge_group", "merge_group"),
        ("issue_comment", "other"),
        ("an_event_of_next_year", "other"),
    ],
)
def test_events_have_neutral_names(workflow: Callable[[str], Pipeline], name: str, event: str) -> None:
    assert trigger(workflow(f"on: {name}" + JOBS)).event == event


def test_filters_narrow_a_push(workflow: Callable[[str], Pipeline]) -> None:
    found = trigger(workflow("on: {push: {branches: main, tags-ignore: ['v0.*'], paths: [src/**]}}" + JOBS))
    assert (found.branches, found.branches_ignore, found.tags, found.tags_ignore, found.paths) == (("main",), None, None, ("v0.*",), True)


def test_the_end_of_another_workflow_names_it(workflow: Callable[[str], Pipeline]) -> None:
    found = trigger(workflow("on: {workflow_run: {workflows: [CI, Build], types: [completed], branches: [main]}}" + JOBS))
    assert (found.upstream, found.activities, found.branches) == (("CI", "Build"), ("completed",), ("main",))


def test_inputs_say_what_they_can_be(workflow: Callable[[str], Pipeline]) -> None:
    found = trigger(
        workflow(
            """\
            on:
              workflow_dispatch:
                inputs:
                  target: {type: choice, options: [staging, production], default: staging, required: true}
                  dry: {type: boolean}
                  where: {type: environment}
            jobs: {one: {runs-on: x, steps: [{run: make}]}}
            """
        )
    ).inputs
    assert (found["target"].options, found["target"].default, found["target"].required) == (("staging", "production"), "staging", True)
    assert (found["dry"].options, found["dry"].boolean) == (("true", "false"), True)
    assert found["where"].environment


# --- jobs ----------------------------------------------------------------------------------------------------------


def test_needs_are_a_word_or_a_list_and_do_not_heed_case(workflow: Callable[[str], Pipeline]) -> None:
    jobs = workflow(
        """\
        on: push
        jobs:
          Build: {runs-on: x, steps: [{run: make}]}
          test: {needs: build, runs-on: x, steps: [{run: "echo ${{ needs.BUILD.result }}"}]}
          deploy: {needs: [Build, test], runs-on: x, steps: [{run: make}]}
        """
    ).jobs
    assert jobs["test"].needs == ("Build",)
    assert jobs["test"].needs[0].place == Place(CI, 4, 17, 4)
    assert jobs["deploy"].needs == ("Build", "test")
    script = jobs["test"].steps[0].script
    assert script is not None
    assert script.template.parts == ("echo ", Variable("needs.Build.result"))
    assert script.template.places == (Place(CI, 4, 56),)


@pytest.mark.parametrize("written", ["github.ref == 'refs/heads/main'", "${{ github.ref == 'refs/heads/main' }}"])
def test_a_condition_is_an_expression_with_or_without_braces(job: Callable[[str], Job], written: str) -> None:
    condition = job(f'if: "{written}"\nruns-on: x\nsteps: [{{run: make}}]').condition
    assert condition is not None
    assert condition.expression == Operation("==", (Variable("ref"), Constant("refs/heads/main")))
    assert not condition.always_true


@pytest.mark.parametrize("written", ["\"${{ inputs.x }} != 'production'\"", '"${{ false }} "', "|\n  ${{ failure() }}"])
def test_text_around_an_expression_makes_a_condition_always_true(job: Callable[[str], Job], written: str) -> None:
    condition = job(f"if: {written}\nruns-on: x\nsteps: [{{run: make}}]").condition
    assert condition is not None
    assert condition.always_true
    assert Scope().evaluate(condition.expression) is not False


def test_a_condition_that_is_true_or_false_is_read(job: Callable[[str], Job]) -> None:
    condition = job("if: false\nruns-on: x\nsteps: [{run: make}]").condition
    assert condition is not None
    assert condition.expression == Constant(False)


@pytest.mark.parametrize(
    ("written", "name", "url"),
    [
        ("production", "production", None),
        ("{name: production, url: https://shop.example}", "production", "https://shop.example"),
        ("{name: production, deployment: false}", "production", None),
    ],
)
def test_an_environment_is_a_name_or_a_mapping(job: Callable[[str], Job], written: str, name: str, url: str | None) -> None:
    found = job(f"environment: {written}\nruns-on: x\nsteps: [{{run: make}}]")
    assert (text(found.environment), text(found.environment_url)) == (name, url)


def test_an_environment_can_be_an_expression(job: Callable[[str], Job]) -> None:
    found = job("environment: shop-${{ inputs.env || 'staging' }}\nruns-on: x\nsteps: [{run: make}]").environment
    assert found is not None
    assert found.parts == ("shop-", Operation("or", (Variable("inputs.env"), Constant("staging"))))
    assert Scope({"inputs.env": "production"}).render(found) == "shop-production"


def test_continue_on_error_is_a_flag_or_an_expression(job: Callable[[str], Job]) -> None:
    found = job(
        """\
        continue-on-error: ${{ matrix.experimental }}
        runs-on: x
        steps:
          - {run: a, continue-on-error: true}
          - {run: b, continue-on-error: "${{ true }}"}
          - {run: c}
        """
    )
    assert isinstance(found.continue_on_error, Template)
    assert [step.continue_on_error for step in found.steps] == [True, True, False]


def test_what_surrounds_the_steps_is_read(workflow: Callable[[str], Pipeline]) -> None:
    found = workflow(
        """\
        name: Ship
        on: push
        permissions: read-all
        concurrency: deploy-${{ github.ref }}
        env: {REGION: eu, EMPTY: }
        jobs:
          one:
            runs-on: [self-hosted, linux]
            permissions: {contents: read, id-token: write}
            concurrency: {group: prod, cancel-in-progress: true}
            container: {image: "node:22"}
            services:
              db: {image: "postgres:17", env: {POSTGRES_PASSWORD: dummy}}
            env: {NAME: shop}
            outputs: {tag: "${{ steps.t.outputs.tag }}"}
            steps: [{run: make}]
        """
    )
    one = found.jobs["one"]
    assert found.name == "Ship"
    assert found.permissions is not None
    assert found.permissions.everything == "read"
    assert found.concurrency is not None
    assert found.concurrency.group == "deploy-${{ github.ref }}"
    assert {name: text(value) for name, value in found.variables.items()} == {"REGION": "eu", "EMPTY": ""}
    assert one.permissions is not None
    assert one.permissions.scopes == {"contents": "read", "id-token": "write"}
    assert one.concurrency is not None
    assert (one.concurrency.group, one.concurrency.cancels) == ("prod", True)
    assert text(one.container) == "node:22"
    assert text(one.service_images["db"]) == "postgres:17"
    assert text(one.services["db"]["POSTGRES_PASSWORD"]) == "dummy"
    assert [text(label) for label in one.runner] == ["self-hosted", "linux"]
    assert one.outputs["tag"].parts == (Variable("steps.t.outputs.tag"),)


# --- matrix --------------------------------------------------------------------------------------------------------


def rows(found: Job) -> list[dict[str, str]]:
    assert found.matrix is not None
    return [{name: str(value) for name, value in row.items()} for row in found.matrix.rows]


def matrix(job: Callable[[str], Job], written: str, more: str = "") -> Job:
    return job(f"strategy:\n  matrix: {written}\n{more}runs-on: x\nsteps: [{{run: make}}]")


def test_a_matrix_is_every_combination_but_the_excluded(job: Callable[[str], Job]) -> None:
    found = matrix(job, "{os: [a, b], v: [1, 2], exclude: [{os: b, v: 1}]}")
    assert rows(found) == [{"os": "a", "v": "1"}, {"os": "a", "v": "2"}, {"os": "b", "v": "2"}]


def test_an_included_entry_widens_the_rows_it_fits_else_stands_alone(job: Callable[[str], Job]) -> None:
    # The example of GitHub's documentation.
    found = matrix(
        job,
        "{fruit: [apple, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle},"
        " {fruit: banana}, {fruit: banana, animal: cat}]}",
    )
    assert rows(found) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_a_matrix_of_includes_alone_with_nested_values(job: Callable[[str], Job]) -> None:
    found = matrix(job, "{include: [{env: staging, aws: {region: eu}}, {env: production}]}")
    assert rows(found) == [{"env": "staging", "aws.region": "eu"}, {"env": "production"}]


def test_literal_json_is_followed(job: Callable[[str], Job]) -> None:
    assert rows(matrix(job, """{env: "${{ fromJSON('[\\"staging\\", \\"production\\"]') }}"}""")) == [
        {"env": "staging"},
        {"env": "production"},
    ]
    whole = matrix(job, """"${{ fromJSON('{\\"include\\": [{\\"env\\": \\"uat\\"}]}') }}\"""")
    assert rows(whole) == [{"env": "uat"}]


@pytest.mark.parametrize(
    ("written", "known", "complete"),
    [
        ("{env: '${{ fromJSON(needs.a.outputs.x) }}'}", [], False),
        ("'${{ fromJSON(inputs.matrix) }}'", [], False),
        ("{env: '${{ fromJSON(inputs.x) }}', os: [linux]}", [{"os": "linux"}], False),
        ("{env: [a, '${{ inputs.b }}']}", [{"env": "a"}, {}], True),
        ("{include: [{env: a, role: '${{ vars.A }}'}, {env: b, role: '${{ vars.B }}'}]}", [{"env": "a"}, {"env": "b"}], True),
    ],
)
def test_a_list_that_is_made_at_run_time_leaves_the_matrix_incomplete(
    pipelines: ReadAll, written: str, known: list[dict[str, str]], complete: bool
) -> None:
    steps = "runs-on: x\n    steps: [{run: make}]"
    found = pipelines({CI: f"on: push\njobs:\n  one:\n    strategy:\n      matrix: {written}\n    {steps}\n"})[CI].jobs["one"]
    assert found.matrix is not None
    assert found.matrix.complete is complete
    assert rows(found) == known


def test_one_at_a_time_is_in_order_unless_failures_are_passed_over(job: Callable[[str], Job]) -> None:
    one = matrix(job, "{env: [staging, production]}", "  max-parallel: 1\n").matrix
    other = matrix(job, "{env: [staging, production]}", "  max-parallel: 1\n  fail-fast: false\n").matrix
    assert one is not None
    assert (one.sequential, one.complete) == (True, True)
    assert other is not None
    assert (other.sequential, other.fail_fast) == (False, False)


# --- steps ---------------------------------------------------------------------------------------------------------


def script(found: Job) -> Script:
    one = found.steps[0].script
    assert one is not None
    return one


@pytest.mark.parametrize(
    ("step", "around", "expected"),
    [
        ("{run: make}", "runs-on: ubuntu-latest", ("bash", True, False)),
        ("{run: make, shell: bash}", "runs-on: ubuntu-latest", ("bash", True, True)),
        ("{run: make, shell: sh}", "runs-on: ubuntu-latest", ("sh", True, False)),
        ("{run: make}", "runs-on: windows-latest", ("pwsh", True, False)),
        ("{run: make}", "runs-on: x\ncontainer: alpine", ("sh", True, False)),
        ("{run: make}", "runs-on: x\ndefaults: {run: {shell: bash}}", ("bash", True, True)),
        ("{run: make, shell: 'bash -l {0}'}", "runs-on: x", ("bash", False, False)),
        ("{run: make, shell: 'bash -el {0}'}", "runs-on: x", ("bash", True, False)),
        ("{run: make, shell: '/usr/bin/bash --noprofile -eo pipefail {0}'}", "runs-on: x", ("bash", True, True)),
        ("{run: make, shell: 'nix develop -c bash -e {0}'}", "runs-on: x", ("bash", True, False)),
        ("{run: make, shell: python}", "runs-on: x", ("python", True, False)),
        ("{run: make, shell: '${{ matrix.shell }}'}", "runs-on: x", ("bash", True, False)),
    ],
)
def test_the_shell_says_whether_failures_stop_the_script(
    job: Callable[[str], Job], step: str, around: str, expected: tuple[str, bool, bool]
) -> None:
    found = script(job(f"{around}\nsteps:\n  - {step}\n"))
    assert (found.shell, found.errexit, found.pipefail) == expected


def test_the_directory_is_the_steps_own_or_the_default(job: Callable[[str], Job]) -> None:
    found = job(
        """\
        runs-on: x
        defaults: {run: {working-directory: ./web/}}
        steps:
          - run: a
          - {run: b, working-directory: "${{ github.workspace }}/api"}
          - {run: c, working-directory: "${{ matrix.folder }}"}
          - {run: d, working-directory: .}
        """
    )
    assert [step.script.directory for step in found.steps if step.script] == ["web", "api", "${{ matrix.folder }}", ""]


@pytest.mark.parametrize(
    ("written", "name", "version", "kind"),
    [
        ("actions/checkout@v4", "actions/checkout", "v4", "action"),
        ("github/codeql-action/init@v3", "github/codeql-action/init", "v3", "action"),
        ("docker://alpine:3.20", "alpine", "3.20", "image"),
        ("docker://ghcr.io:443/a/b@sha256:00", "ghcr.io:443/a/b", "sha256:00", "image"),
        ("docker://localhost:5000/a", "localhost:5000/a", "", "image"),
    ],
)
def test_what_is_used_has_a_name_and_a_version(job: Callable[[str], Job], written: str, name: str, version: str, kind: str) -> None:
    uses = job(f"runs-on: x\nsteps: [{{uses: '{written}'}}]").steps[0].uses
    assert uses is not None
    assert (uses.name, uses.version, uses.kind, uses.local) == (name, version, kind, None)


def test_steps_side_by_side_are_steps(job: Callable[[str], Job]) -> None:
    found = job("runs-on: x\nsteps:\n  - parallel: [{run: a}, {run: b}]\n  - wait-all:\n  - {run: c, background: true}\n")
    assert [step.script.text for step in found.steps if step.script] == ["a", "b", "c"]


COMPOSITE = """\
name: Ship it
inputs: {target: {required: true}, wait: {default: 'true'}}
outputs: {url: {value: "${{ steps.ship.outputs.url }}"}}
runs:
  using: composite
  steps:
    - {id: ship, run: ./ship $TARGET, shell: bash, working-directory: "${{ github.action_path }}"}
"""


@pytest.mark.parametrize(("uses", "path"), [("./ci/ship", "ci/ship/action.yml"), ("$/ci/ship", "ci/ship/action.yml"), ("./", "action.yml")])
def test_a_local_composite_action_brings_its_steps(pipelines: ReadAll, uses: str, path: str) -> None:
    caller = f"on: push\njobs: {{one: {{runs-on: x, steps: [{{uses: {uses}, with: {{target: prod}}}}]}}}}\n"
    found = pipelines({CI: caller, path: COMPOSITE})
    step = found[CI].jobs["one"].steps[0]
    assert step.uses is not None
    assert step.uses.local == path
    assert text(step.parameters["target"]) == "prod"
    assert [inner.place for inner in step.steps] == [Place(path, 7, 7, 7)]
    inner = step.steps[0].script
    assert inner is not None
    assert (inner.pipefail, inner.directory) == (True, path.rpartition("/")[0])
    action = found[path]
    assert action.action
    assert action.name == "Ship it"
    assert trigger(action).event == "called"
    assert trigger(action).inputs["wait"].default == "true"
    assert action.outputs["url"].parts == (Variable("steps.ship.outputs.url"),)


def test_an_action_without_steps_is_no_pipeline(pipelines: ReadAll) -> None:
    found = pipelines(
        {
            CI: "on: push\njobs: {one: {runs-on: x, steps: [{uses: ./ci/js}]}}\n",
            "ci/js/action.yml": "runs: {using: node20, main: index.js}\n",
            "unused/action.yml": COMPOSITE,
        }
    )
    assert list(found) == [CI]
    uses = found[CI].jobs["one"].steps[0].uses
    assert uses is not None
    assert uses.local == "ci/js/action.yml"


def test_an_action_that_uses_itself_comes_to_an_end(pipelines: ReadAll) -> None:
    found = pipelines({".github/actions/a/action.yml": "runs: {using: composite, steps: [{uses: ./.github/actions/a}]}\n"})
    assert found[".github/actions/a/action.yml"].jobs["action"].steps[0].steps == ()


# --- reusable workflows --------------------------------------------------------------------------------------------

CALLED = """\
on:
  workflow_call:
    inputs: {target: {type: string}}
    outputs: {url: {value: "${{ jobs.ship.outputs.url }}"}}
jobs: {ship: {runs-on: x, outputs: {url: u}, steps: [{run: make}]}}
"""


@pytest.mark.parametrize(
    "uses", ["./.github/workflows/ship.yml", "$/.github/workflows/ship.yml", "acme/shop/.github/workflows/ship.yml@main"]
)
def test_a_workflow_of_this_repository_is_called(pipelines: ReadAll, uses: str) -> None:
    caller = f"on: push\njobs: {{one: {{uses: {uses}, with: {{target: prod}}, secrets: inherit}}}}\n"
    package = '{"repository": {"url": "git+https://github.com/Acme/shop.git"}}'
    found = pipelines({CI: caller, ".github/workflows/ship.yml": CALLED, "package.json": package})
    one = found[CI].jobs["one"]
    assert one.called is not None
    assert (one.called.path, one.called.inherits_secrets, one.opaque) == (".github/workflows/ship.yml", True, None)
    assert text(one.called.inputs["target"]) == "prod"
    called = found[".github/workflows/ship.yml"]
    assert called.only_called
    assert called.outputs["url"].parts == (Variable("needs.ship.outputs.url"),)


def test_a_workflow_of_another_repository_is_opaque(pipelines: ReadAll) -> None:
    caller = "on: push\njobs: {one: {uses: acme/ci/.github/workflows/ship.yml@v1}}\n"
    one = pipelines({CI: caller, ".github/workflows/ship.yml": CALLED})[CI].jobs["one"]
    assert one.called is None
    assert one.opaque is not None
    assert (one.opaque.name, one.opaque.version, one.opaque.kind) == ("acme/ci/.github/workflows/ship.yml", "v1", "workflow")


# --- the registry --------------------------------------------------------------------------------------------------


def test_only_files_directly_in_the_folder_are_workflows(pipelines: ReadAll) -> None:
    found = pipelines(
        {
            CI: "on: push" + JOBS,
            ".github/workflows/old/x.yml": "on: push" + JOBS,
            ".github/workflows/b.yaml": "on: push" + JOBS,
            "docs/.github/workflows/x.yml": "on: push" + JOBS,
        }
    )
    assert list(found) == [".github/workflows/b.yaml", CI]


def test_a_third_party_reader_adds_its_pipelines(tmp_path: Path) -> None:
    (tmp_path / "house.ci").write_text("")
    reader = Reader("house", lambda tree: tree.matching(r"house\.ci"), lambda _, path: Pipeline(path, "house", Place(path)))
    assert [one.system for one in read_all(Tree(tmp_path), [reader]).values()] == ["house"]


def test_conditions_are_shown_in_neutral_names(job: Callable[[str], Job]) -> None:
    condition = job("if: github.event_name == 'workflow_dispatch' && !cancelled()\nruns-on: x\nsteps: [{run: make}]").condition
    assert condition is not None
    assert show(condition.expression) == "event == 'manual' && !cancelled()"
