from __future__ import annotations

import pytest

from pytest_deploy.checks.pipeline.pipeline_no_script_injection import pipeline_no_script_injection
from pytest_deploy.checks.pipeline.pipeline_no_untrusted_code import pipeline_no_untrusted_code
from pytest_deploy.testing import Outcome, assert_examples, run_check

FLOW = ".github/workflows/x.yml"
STEPS = "    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci\n"


def code(text: str, **more: str) -> Outcome:
    outcomes = run_check(pipeline_no_untrusted_code, {FLOW: text, **more})
    return next(one for one in outcomes if one.subject == FLOW)


def script(on: str, run: str, *, before: str = "") -> Outcome:
    text = f"on: {on}\n{before}jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n"
    return run_check(pipeline_no_script_injection, {FLOW: text})[0]


def privileged(on: str = "pull_request_target", condition: str = "true", run: str = "npm ci", head: str = "") -> str:
    return (
        f"on: {on}\n{head}jobs:\n  a:\n    if: {condition}\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        f"        with:\n          ref: ${{{{ github.event.pull_request.head.sha }}}}\n      - run: {run}\n"
    )


def test_the_examples_of_the_documentation_hold() -> None:
    assert_examples(pipeline_no_untrusted_code)
    assert_examples(pipeline_no_script_injection)


@pytest.mark.parametrize(
    "run", ["npm ci", "make", "./build.sh", "bash ci/run.sh", "pip install -r requirements.txt", "docker build .", "pip install ."]
)
def test_what_runs_files_of_a_fork_is_found(run: str) -> None:
    assert code(privileged(run=run)).lines == (7,)


@pytest.mark.parametrize(
    "run", ["git diff origin/main", "cat VERSION", "pip install ruff", "docker login -u a", "node --version", "python -c 'print(1)'"]
)
def test_what_only_looks_at_them_is_not(run: str) -> None:
    assert code(privileged(run=run)).outcome == "passed"


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.pull_request.head.repo.full_name == github.repository",
        "'!github.event.pull_request.head.repo.fork'",
        "contains(github.event.pull_request.labels.*.name, 'safe to test')",
        'contains(fromJSON(\'["OWNER", "MEMBER"]\'), github.event.pull_request.author_association)',
        "github.actor == 'dependabot[bot]'",
        "github.event_name == 'push' || github.event.label.name == 'ok'",
    ],
)
def test_a_condition_that_keeps_strangers_out_is_right(condition: str) -> None:
    assert code(privileged(condition=condition)).outcome == "passed"


@pytest.mark.parametrize(
    "condition",
    ["github.event.pull_request.draft == false", "github.repository == 'acme/shop'", "contains(github.event.pull_request.title, 'x')"],
)
def test_a_condition_that_strangers_can_meet_is_no_guard(condition: str) -> None:
    assert code(privileged(condition=condition)).outcome == "failed"


def test_a_token_that_may_only_read_and_no_secrets_leave_nothing_to_take() -> None:
    assert code(privileged(head="permissions: {contents: read}\n")).outcome == "passed"


def test_an_environment_may_hold_the_job_for_approval_which_cannot_be_seen() -> None:
    outcome = code(privileged().replace("    runs-on", "    environment: preview\n    runs-on"))
    assert outcome.outcome == "unverified"
    assert "environment preview" in outcome.reason


def test_a_label_as_the_only_start_is_a_person() -> None:
    assert code(privileged(on="{pull_request_target: {types: [labeled]}}")).outcome == "not-applicable"


def test_a_plain_pull_request_on_a_hosted_machine_has_nothing_to_judge() -> None:
    assert code(f"on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest-8-cores\n{STEPS}").outcome == "not-applicable"


def test_the_checkout_of_the_base_is_trusted() -> None:
    assert code(f"on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n{STEPS}").outcome == "passed"


AFTER = (
    "on: {workflow_run: {workflows: [CI], types: [completed]}}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: actions/checkout@v4\n"
    "        with: {ref: '${{ github.event.workflow_run.head_sha }}'}\n      - run: make\n"
)
UPSTREAM = "name: CI\non: {event}\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


def test_a_run_after_one_that_forks_can_cause_is_found() -> None:
    assert code(AFTER, **{".github/workflows/ci.yml": UPSTREAM.replace("{event}", "pull_request")}).lines == (6,)


def test_a_run_after_one_that_only_pushes_cause_is_not() -> None:
    assert code(AFTER, **{".github/workflows/ci.yml": UPSTREAM.replace("{event}", "push")}).outcome == "not-applicable"


def test_a_condition_on_the_upstream_event_keeps_forks_out() -> None:
    text = AFTER.replace("    runs-on", "    if: github.event.workflow_run.event == 'push'\n    runs-on")
    assert code(text).outcome == "passed"


def test_code_that_lies_in_a_folder_counts_only_where_it_is_run() -> None:
    text = privileged().replace("          ref:", "          path: pr\n          ref:")
    assert code(text).outcome == "passed"
    assert code(text.replace("npm ci", "cd pr && npm ci")).outcome == "failed"


def test_a_called_workflow_is_judged_at_its_caller_and_followed() -> None:
    caller = (
        "on: pull_request_target\njobs:\n  a:\n    uses: ./.github/workflows/b.yml\n"
        "    with: {ref: '${{ github.event.pull_request.head.sha }}'}\n"
    )
    called = (
        "on: {workflow_call: {inputs: {ref: {type: string}}}}\njobs:\n  b:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n        with: {ref: '${{ inputs.ref }}'}\n      - run: make\n"
    )
    files = {FLOW: caller, ".github/workflows/b.yml": called}
    outcomes = {one.subject: one for one in run_check(pipeline_no_untrusted_code, files)}
    assert outcomes[FLOW].lines == (3,)
    assert outcomes[".github/workflows/b.yml"].outcome == "not-applicable"


@pytest.mark.parametrize(
    "name",
    [
        "github.head_ref",
        "github.event.pull_request.title",
        "github.event.comment.body",
        "github.event.head_commit.message",
        "github.event.pull_request.head.ref",
    ],
)
def test_text_of_strangers_in_a_script_is_found(name: str) -> None:
    assert script("[pull_request, push, issue_comment]", f'echo "${{{{ {name} }}}}"').lines == (6,)


@pytest.mark.parametrize(
    "expression",
    [
        "github.sha", "github.event.number", "contains(github.event.issue.title, 'x')", "github.head_ref == 'main'", "github.actor",
        "github.event.pull_request.head.sha", "github.event.issue.title && 'a' || 'b'", "github.event.pull_request", "github.ref_name",
    ],
)  # fmt: skip
def test_what_strangers_cannot_write_is_not(expression: str) -> None:
    assert script("pull_request", f'echo "${{{{ {expression} }}}}"').outcome == "passed"


@pytest.mark.parametrize(
    "expression", ["github.event.issue.title || 'none'", "toJSON(github.event)", "format('x{0}', github.head_ref)", "env.TITLE"]
)
def test_what_holds_such_text_is_found_too(expression: str) -> None:
    outcome = script(
        "[issues, pull_request]", f'echo "${{{{ {expression} }}}}"', before="env: {TITLE: '${{ github.event.issue.title }}'}\n"
    )
    assert outcome.outcome == "failed"


def test_where_only_insiders_can_start_it_there_is_no_such_text() -> None:
    assert script("workflow_dispatch", 'echo "${{ github.head_ref }}"').outcome == "not-applicable"


def test_the_upstream_branch_is_fixed_where_the_trigger_names_it() -> None:
    on = "{workflow_run: {workflows: [CI], branches: [%s]}}"
    run = 'echo "${{ github.event.workflow_run.head_branch }}"'
    assert script(on % "main", run).outcome == "passed"
    assert script(on % "'*'", run).outcome == "failed"
