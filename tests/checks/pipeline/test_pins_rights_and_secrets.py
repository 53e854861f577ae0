from __future__ import annotations

import pytest

from pytest_deploy.checks.pipeline.no_secrets_in_pipeline import no_secrets_in_pipeline
from pytest_deploy.checks.pipeline.pipeline_actions_pinned import pipeline_actions_pinned
from pytest_deploy.checks.pipeline.pipeline_least_privilege import pipeline_least_privilege
from pytest_deploy.settings import Settings
from pytest_deploy.testing import Outcome, assert_examples, run_check

FLOW = ".github/workflows/x.yml"
HASH = "9780b0c442fbb1117ed29e0efdff1e18412f7567"


def uses(name: str, *, owner: str = "") -> Outcome:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: {name}\n"
    return run_check(pipeline_actions_pinned, {FLOW: text}, settings=Settings(owner=owner))[0]


def secrets(steps: str, job: str = "") -> Outcome:
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n{job}    steps:\n{steps}"
    return run_check(no_secrets_in_pipeline, {FLOW: text})[0]


def run(command: str, job: str = "") -> Outcome:
    return secrets(f"      - run: {command}\n", job)


def test_the_examples_of_the_documentation_hold() -> None:
    assert_examples(pipeline_actions_pinned)
    assert_examples(pipeline_least_privilege)
    assert_examples(no_secrets_in_pipeline)


@pytest.mark.parametrize(
    "name", ["acme/tool@v1", "acme/tool@v1.2.3", "acme/tool/sub@main", f"acme/tool@{HASH[:7]}", "docker://alpine:3.20"]
)
def test_what_can_be_moved_is_not_pinned(name: str) -> None:
    assert uses(name).lines == (6,)


@pytest.mark.parametrize("name", [f"acme/tool@{HASH}", f"docker://alpine@sha256:{HASH}{HASH[:24]}"])
def test_a_full_hash_is_pinned(name: str) -> None:
    assert uses(name).outcome == "passed"


@pytest.mark.parametrize("name", ["actions/checkout@v4", "github/codeql-action/init@v3", "Acme/tool@v1"])
def test_actions_of_the_forge_and_of_the_owner_may_use_a_tag(name: str) -> None:
    assert uses(name, owner="acme").outcome == "not-applicable"


def test_what_a_local_action_uses_belongs_to_its_own_file() -> None:
    flow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./.github/actions/s\n"
    action = "runs:\n  using: composite\n  steps:\n    - uses: acme/tool@v1\n"
    outcomes = {one.subject: one for one in run_check(pipeline_actions_pinned, {FLOW: flow, ".github/actions/s/action.yml": action})}
    assert outcomes[FLOW].outcome == "not-applicable"
    assert outcomes[".github/actions/s/action.yml"].lines == (4,)


def test_a_workflow_that_is_only_called_has_to_say_its_rights_and_a_composite_action_cannot() -> None:
    called = "on: workflow_call\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./.github/actions/s\n"
    action = "runs:\n  using: composite\n  steps:\n    - run: make\n      shell: bash\n"
    outcomes = {one.subject: one for one in run_check(pipeline_least_privilege, {FLOW: called, ".github/actions/s/action.yml": action})}
    assert outcomes[FLOW].outcome == "failed"
    assert outcomes[".github/actions/s/action.yml"].outcome == "not-applicable"


@pytest.mark.parametrize(
    "command",
    [
        "docker login -u me -p q7Hx2Lk9Vn4R", "curl -u me:q7Hx2Lk9Vn4R https://api.acme.io", "./deploy --api-key q7Hx2Lk9Vn4R",
        "API_TOKEN=q7Hx2Lk9Vn4R ./deploy", "'curl -H \"Authorization: Bearer q7Hx2Lk9Vn4R\" https://api.acme.io'",
        "echo MAILER_TOKEN=q7Hx2Lk9Vn4R >> $GITHUB_ENV", "psql postgres://app:q7Hx2Lk9Vn4R@db.acme.io/app",
        "PGPASSWORD=q7Hx2Lk9Vn4R psql -h db.acme.io", "S3_ENDPOINT_URL=https://s3.acme.io S3_ACCESS_KEY=q7Hx2Lk9Vn4R npm test", "git clone https://me:q7Hx2Lk9Vn4R@github.com/acme/shop",
    ],
)  # fmt: skip
def test_a_literal_secret_in_a_command_is_found(command: str) -> None:
    assert run(command).lines == (6,)


@pytest.mark.parametrize(
    "command",
    [
        'docker login -u me -p "$TOKEN"', "docker run -e POSTGRES_PASSWORD=q7Hx2Lk9Vn4R -p 5432:5432 postgres:17",
        "PGPASSWORD=hunter2 psql -h localhost", "docker run -d -p 9000:9000 -e MINIO_ACCESS_KEY=q7Hx2Lk9Vn4R minio/minio",
        "S3_ENDPOINT_URL=http://localhost:9000 S3_ACCESS_KEY=q7Hx2Lk9Vn4R npm test",
        "curl -u me:hunter2 http://127.0.0.1:8000", "./deploy --token ${{ secrets.TOKEN }}", "gh pr create --title token", "make -p build",
        "echo no password here", "SECRET_KEY=test ./manage.py collectstatic", "vault kv get -field=password secret/app",
    ],
)  # fmt: skip
def test_references_and_throwaways_in_a_command_are_not(command: str) -> None:
    assert run(command).outcome == "passed"


def test_what_a_function_is_called_with_is_no_literal_of_its_variables() -> None:
    function = 'f() {\n            local secret="$1"\n            ./check "$secret"\n          }\n'
    assert secrets(f"      - run: |\n          {function}          f q7Hx2Lk9Vn4R-sentinel\n").outcome == "passed"


def test_a_database_of_the_job_has_a_throwaway_but_a_deploy_to_an_environment_has_none() -> None:
    job = "    env: {DB_PASSWORD: q7Hx2Lk9Vn4R}\n"
    assert run("make test", job).outcome == "passed"
    assert run("make deploy", f"    environment: production\n{job}").lines == (6,)
    assert run("kubectl apply -f k8s/", job).lines == (5,)


def test_a_parameter_of_a_step_is_read() -> None:
    steps = "      - uses: acme/upload@v1\n        with:\n          token: 6845cc80-77ee-4e17-85a1-026cd95e0766\n"
    outcome = secrets(steps)
    assert outcome.lines == (8,)
    assert "6845" not in outcome.findings[0].message


def test_the_password_of_a_database_beside_the_name_of_this_machine_is_a_throwaway() -> None:
    restore = "      - run: psql -d app -f sanitise.sql\n        env: {PGHOST: %s, PGUSER: postgres, PGPASSWORD: %s}\n"
    job = "    environment: production\n"

    assert secrets(restore % ("localhost", "postgres"), job).outcome == "passed"
    assert secrets(restore % ("db.acme.io", "q7Hx2Lk9Vn4R"), job).lines == (8,)
