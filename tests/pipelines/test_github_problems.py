"""What is wrong with a workflow or action, at its place; and what is right, though it looks odd."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.checks.pipeline.pipeline_parses import pipeline_parses
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.github.reader import read_workflow
from pytest_deploy.pipelines.readers import read_all
from pytest_deploy.syntax.yaml import parse
from pytest_deploy.testing import assert_examples
from pytest_deploy.tree import Source, Tree

CI = ".github/workflows/ci.yml"
Problems = Callable[..., list[tuple[int, int, str]]]


@pytest.fixture
def problems(tmp_path: Path) -> Problems:
    """The problems of a workflow, (line, column, message) each; further files complete the repository."""

    def read(text: str, more: Mapping[str, str] | None = None, path: str = CI) -> list[tuple[int, int, str]]:
        for name, content in {**(more or {}), path: text}.items():
            target = tmp_path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(dedent(content), encoding="utf-8")
        found = read_all(Tree(tmp_path))[path]
        return [(one.place.line, one.place.column, one.message) for one in found.problems]

    return read


def one_step(*steps: str) -> str:
    return "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n" + "".join(f"      - {step}\n" for step in steps)


def test_the_documentation_of_the_check_holds() -> None:
    assert_examples(pipeline_parses)


# --- the file ------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_yaml_is_broken(tmp_path: Path) -> None:
    target = tmp_path / CI
    target.parent.mkdir(parents=True)
    target.write_text("on: push\njobs:\n  a: [\n")
    found = read_all(Tree(tmp_path))[CI]
    assert found.broken
    assert found.jobs == {}
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, 1, "the file holds no workflow: it is empty")]),
        ("# jobs:\n", [(1, 1, "the file holds no workflow: it is empty")]),
        ("version: 2\nupdates: []\n", [(1, 1, "the file holds no workflow: it has neither 'on' nor 'jobs'")]),
        ("on: push\n", [(1, 1, "the workflow has no jobs")]),
        ("on: push\njobs:\n", [(2, 1, "the workflow has no jobs")]),
        ("jobs: {a: {runs-on: x}}\n", [(1, 1, "nothing starts this workflow: 'on' is missing or empty")]),
        ("on: push\njobs:\n  a:\n", [(3, 3, "job 'a' is no mapping")]),
    ],
)
def test_a_workflow_has_triggers_and_jobs(problems: Problems, text: str, expected: list[tuple[int, int, str]]) -> None:
    assert problems(text) == expected


def test_a_key_that_stands_twice_is_told(problems: Problems) -> None:
    assert [one[:2] for one in problems("on: push\njobs:\n  a: {runs-on: x}\n  a: {runs-on: y}\n")] == [(4, 3)]


def test_an_exclamation_mark_that_makes_a_tag_is_told(problems: Problems) -> None:
    found = problems("on: push\njobs:\n  a:\n    if: !cancelled()\n    runs-on: x\n")
    assert [message for _, _, message in found] == [
        "'!cancelled()' is read as a tag of YAML; an expression that begins with '!' stands in ${{ }}"
    ]


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("permission: {}\non: push\njobs: {a: {runs-on: x}}\n", (1, 1, "a workflow has no key 'permission'; did you mean 'permissions'?")),
        ("on: push\njobs:\n  a:\n    run-on: x\n    runs-on: x\n", (4, 5, "job 'a' has no key 'run-on'; did you mean 'runs-on'?")),
        (
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - {run: a, witdh: b}\n",
            (6, 18, "a step of job 'a' has no key 'witdh'; did you mean 'with'?"),
        ),
        (
            "on: {push: {branch: main}}\njobs: {a: {runs-on: x}}\n",
            (1, 13, "the event 'push' has no key 'branch'; did you mean 'branches'?"),
        ),
        ("on: pull_requests\njobs: {a: {runs-on: x}}\n", (1, 5, "there is no event 'pull_requests'; did you mean 'pull_request'?")),
        ("on: push\njobs:\n  a: {steps: [{run: a}]}\n", (3, 3, "job 'a' has neither 'runs-on' nor 'uses'")),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{name: a}]}\n", (3, 27, "a step of job 'a' has neither 'run' nor 'uses'")),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{run: a, uses: b/c@d}]}\n", (3, 36, "a step of job 'a' has both 'run' and 'uses'")),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [make]}\n", (3, 27, "a step of job 'a' is no mapping")),
        (
            "on: push\njobs:\n  a: {uses: a/b/c.yml@d, runs-on: x}\n",
            (3, 26, "job 'a' calls a workflow with 'uses', so it takes no 'runs-on'"),
        ),
    ],
)
def test_a_slip_of_the_pen_is_told_at_its_place(problems: Problems, text: str, expected: tuple[int, int, str]) -> None:
    assert problems(text) == [expected]


def test_every_key_of_the_syntax_is_known(problems: Problems) -> None:
    assert (
        problems(
            """\
            name: a
            run-name: b ${{ github.actor }}
            on:
              push: {branches: [a], tags: [b], paths: [c]}
              pull_request: {types: [opened], branches-ignore: [a], paths-ignore: [b]}
              schedule: [{cron: '0 1 * * *', timezone: Europe/Berlin}]
              workflow_dispatch: {inputs: {a: {description: b, type: choice, options: [c]}}}
              workflow_call: {inputs: {a: {type: string}}, secrets: {b: {required: true}}, outputs: {c: {value: d}}}
              registry_package: {types: [published]}
              an_event_of_next_year: {whatever: 1}
            permissions: {}
            env: {A: b}
            defaults: {run: {shell: bash}}
            concurrency: {group: a, queue: max}
            jobs:
              a:
                name: a
                if: always()
                runs-on: {group: large, labels: [linux]}
                environment: {name: b, url: c}
                permissions: write-all
                timeout-minutes: 5
                strategy: {matrix: {a: [1]}, fail-fast: false, max-parallel: 2}
                continue-on-error: false
                container: {image: b}
                services: {db: {image: c}}
                snapshot: d
                defaults: {run: {working-directory: e}}
                outputs: {f: g}
                env: {H: i}
                concurrency: j
                steps:
                  - {id: k, if: l == 'm' && false || success(), name: n, run: o, shell: sh, env: {P: q}, timeout-minutes: 1}
                  - {uses: actions/checkout@v4, with: {ref: r}, continue-on-error: true}
                  - {run: s, id: t, background: true}
                  - {wait: t}
                  - {cancel: t}
                  - {wait-all: true}
              b: {uses: c/d/.github/workflows/e.yml@f, with: {g: h}, secrets: inherit, needs: [a], if: true, strategy: {matrix: {i: [j]}}}
            """.replace("l == 'm'", "github.ref == 'm'")
        )
        == []
    )


# --- needs ---------------------------------------------------------------------------------------------------------


def test_a_need_that_is_no_job_is_told(problems: Problems) -> None:
    assert problems("on: push\njobs:\n  test: {runs-on: x}\n  b: {runs-on: x, needs: [test, tset]}\n") == [
        (4, 33, "job 'b' needs 'tset', which is no job of this pipeline; did you mean 'test'?")
    ]


def test_jobs_that_wait_for_each_other_are_told_once(problems: Problems) -> None:
    needs = {"a": "c", "b": "a", "c": "b", "d": "d"}
    text = "on: push\njobs:\n" + "".join(f"  {job}: {{runs-on: x, needs: {need}}}\n" for job, need in needs.items())
    assert problems(text) == [
        (3, 26, "these jobs wait for each other: a -> c -> b -> a"),
        (6, 26, "job 'd' needs itself"),
    ]


def test_an_output_of_an_indirect_need_is_empty(problems: Problems) -> None:
    assert problems(
        """\
        on: push
        jobs:
          a: {runs-on: x}
          b: {runs-on: x, needs: a}
          c:
            needs: [B]
            runs-on: x
            if: always() && needs.b.result == 'success' && contains(needs.*.result, 'x')
            steps:
              - run: |
                  echo one
                  echo ${{ needs.a.outputs.tag }} ${{ toJSON(needs) }}
        """
    ) == [(12, 20, "'needs.a.outputs.tag' is empty in job 'c', which does not need 'a' directly")]


# --- expressions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "at", "message"),
    [
        ("{run: 'a ${{ b'}", "${{ b", "the expression is not closed: a '${{' without its '}}'"),
        ("{if: 'a &&', run: a}", "', run", "the expression cannot be read: the end instead of a value"),
        ("{run: 'echo ${{ }}'}", " }}", "the expression cannot be read: the expression is empty"),
        ("{if: alway(), run: a}", "alway", "expressions have no function 'alway'; did you mean 'always'?"),
        ("{if: githib.ref == 'a', run: a}", "githib", "expressions know no 'githib'; did you mean 'github'?"),
        ("{uses: 'a/b@${{ inputs.x }}'}", "'a/b", "'uses' takes no expression: what it names has to be known before the run"),
        ("{uses: checkout}", "checkout", "'checkout' is no action: 'owner/name@version', './path' or 'docker://image' is meant"),
    ],
)
def test_an_expression_that_cannot_be_read_is_told_at_its_place(problems: Problems, step: str, at: str, message: str) -> None:
    assert problems(one_step(step)) == [(6, 8 + step.index(at) + 1, message)]


def test_braces_inside_a_string_do_not_close_an_expression(problems: Problems) -> None:
    assert problems("on: push\njobs:\n  a: {runs-on: x, steps: [{run: \"${{ format('{0}}}', 'x') }}\"}]}\n") == []


# --- what is local -------------------------------------------------------------------------------------------------


def test_a_local_action_that_does_not_exist_is_told(problems: Problems) -> None:
    assert problems(one_step("uses: ./ci/ship")) == [(6, 15, "there is no action in ci/ship: no action.yml, no action.yaml")]


@pytest.mark.parametrize(
    "steps",
    [
        ["uses: ./ci/docker"],
        ["{uses: actions/checkout@v4, with: {repository: acme/ci, path: .shared}}", "uses: ./.shared/ship"],
        ["{uses: actions/checkout@v4, with: {repository: acme/ci}}", "uses: ./ship"],
        ["{uses: actions/checkout@v4, with: {path: src}}", "uses: ./src/ci/docker"],
    ],
)
def test_what_a_checkout_brings_is_not_missing(problems: Problems, steps: list[str]) -> None:
    assert problems(one_step(*steps), {"ci/docker/Dockerfile": "FROM scratch\n"}) == []


def test_a_called_workflow_that_does_not_exist_is_told(problems: Problems) -> None:
    assert problems("on: push\njobs:\n  a: {uses: ./.github/workflows/ship.yml}\n") == [
        (3, 13, "job 'a' calls .github/workflows/ship.yml, which does not exist")
    ]


def test_a_composite_action_has_a_shell_for_what_it_runs(problems: Problems) -> None:
    action = "runs:\n  using: composite\n  steps:\n    - run: make\n"
    assert problems(action, path=".github/actions/a/action.yml") == [
        (4, 7, "a step of a composite action that runs commands needs a 'shell'")
    ]


def test_the_problems_of_an_action_stay_in_its_own_file(problems: Problems) -> None:
    action = "runs:\n  using: composite\n  steps:\n    - run: make\n"
    assert problems(one_step("uses: ./.github/actions/a"), {".github/actions/a/action.yml": action}) == []


# --- anything ------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "on",
        "push",
        "jobs",
        "needs",
        "if",
        "steps",
        "run",
        "uses",
        "with",
        "env",
        "strategy",
        "matrix",
        "include",
        "exclude",
        "environment",
        "concurrency",
        "permissions",
        "defaults",
        "shell",
        "workflow_call",
        "inputs",
        "outputs",
        "value",
        "services",
        "container",
        "name",
        "a",
        "b",
        "./x",
        "$/x",
        "a/b@c",
        "${{",
        "${{x}}",
        "needs.a.b",
        "true",
        "null",
        "1",
        "docker://",
    ]
)
LEAVES = st.one_of(WORDS, st.text(max_size=5), st.none(), st.booleans(), st.integers())
NODES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=5)), max_leaves=25)
JOB = st.dictionaries(WORDS, NODES, max_size=6)


@given(st.one_of(NODES, st.fixed_dictionaries({"on": NODES, "jobs": st.dictionaries(st.sampled_from(["a", "b", "c"]), JOB)})))
def test_any_yaml_is_read_and_every_problem_is_within_the_file(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    import json

    source = Source(CI, json.dumps(content, indent=1))
    try:
        documents = parse(source)
    except SyntaxProblem:
        return
    found = read_workflow(Tree(tmp_path_factory.getbasetemp()), CI, documents[0].root)
    for problem in found.problems:
        assert problem.place.path == CI
        assert 1 <= problem.place.line <= source.text.count("\n") + 1
        assert 1 <= problem.place.column <= len(source.line(problem.place.line)) + 1
