"""Where migrations are applied: by pipelines, at the start of containers, by test suites."""

from __future__ import annotations

import pytest

from pytest_deploy.checks.migrations.migrations_backward_compatible import migrations_backward_compatible
from pytest_deploy.checks.migrations.migrations_before_deploy import migrations_before_deploy
from pytest_deploy.checks.migrations.migrations_deploy_command import migrations_deploy_command
from pytest_deploy.checks.migrations.migrations_owned import migrations_owned
from pytest_deploy.checks.migrations.migrations_reversible import migrations_reversible
from pytest_deploy.checks.migrations.migrations_single_head import migrations_single_head
from pytest_deploy.checks.migrations.migrations_tested import migrations_tested
from pytest_deploy.testing import run_check

ALEMBIC = {"migrations/versions/a.py": 'revision = "a"\ndown_revision = None\n'}
DJANGO = {
    "shop/migrations/0001_initial.py": "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n"
}
LARAVEL = {
    "database/migrations/2025_a.php": "<?php\nreturn new class extends Migration {\n    public function up() {}\n"
    "    public function down() {}\n};\n"
}
RAILS = {"db/migrate/2025_a.rb": "class A < ActiveRecord::Migration[7.1]\n  def change\n  end\nend\n"}
DEPLOYS = ".github/workflows/deploy.yml"


def workflow(*commands: str, on: str = "{push: {branches: [main]}}") -> str:
    steps = "".join(f"      - run: {command}\n" for command in commands)
    return f"on: {on}\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n{steps}"


def ci(*commands: str) -> dict[str, str]:
    steps = "".join(f"      - run: {command}\n" for command in commands)
    return {".github/workflows/ci.yml": f"on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"}


STARTS = [
    pytest.param({"Procfile": "release: alembic upgrade head\nweb: gunicorn shop\n"}, id="a release phase"),
    pytest.param({"fly.toml": '[deploy]\nrelease_command = "alembic upgrade head"\n'}, id="fly"),
    pytest.param({"app.json": '{"scripts": {"postdeploy": "alembic upgrade head"}}'}, id="app.json"),
    pytest.param({"Dockerfile": "FROM python:3.13\nCMD alembic upgrade head && gunicorn shop\n"}, id="the start of a container"),
    pytest.param(
        {
            "Dockerfile": 'FROM python:3.13\nENTRYPOINT ["/app/serve.sh"]\n',
            "serve.sh": "#!/bin/sh\nalembic upgrade head\nexec gunicorn shop\n",
        },
        id="a script at the start of a container",
    ),
    pytest.param(
        {"chart/templates/job.yaml": 'spec:\n  containers:\n    - command: ["alembic", "upgrade", "head"]\n', "k8s/x.yaml": ""}
        | {"helm/templates/job.yaml": 'metadata: {annotations: {"helm.sh/hook": pre-upgrade}}\ncommand: ["alembic", "upgrade", "head"]\n'},
        id="a hook of Helm",
    ),
    pytest.param({"shop/boot.py": 'from alembic import command\n\ncommand.upgrade(config, "head")\n'}, id="the program itself"),
]


@pytest.mark.parametrize("files", STARTS)
def test_what_migrates_when_it_starts_or_is_released_needs_no_step(files: dict[str, str]) -> None:
    given = ALEMBIC | files | {DEPLOYS: workflow("kubectl apply -f k8s/")}

    assert [one.outcome for one in run_check(migrations_before_deploy, given)] == ["passed"]
    assert [one.outcome for one in run_check(migrations_deploy_command, given)] == ["passed"]


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": "# release: alembic upgrade head\nweb: gunicorn shop\n"},
        {"tests/start.sh": "alembic upgrade head\n"},
        {"bin/setup": "alembic upgrade head\n"},
        {"dev.Dockerfile": "FROM python:3.13\nCMD alembic upgrade head\n"},
    ],
)
def test_comments_tests_and_scripts_for_developers_are_no_evidence(files: dict[str, str]) -> None:
    given = ALEMBIC | files | {DEPLOYS: workflow("kubectl apply -f k8s/")}

    assert [one.outcome for one in run_check(migrations_deploy_command, given)] == ["failed"]


def test_a_job_that_the_deploy_needs_migrates_before_it() -> None:
    text = (
        "on: {push: {branches: [main]}}\njobs:\n  migrate:\n    runs-on: ubuntu-latest\n    steps:\n      - run: alembic upgrade head\n"
        "  deploy:\n    needs: migrate\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n"
        "      - run: kubectl apply -f k8s/\n"
    )

    assert [one.outcome for one in run_check(migrations_before_deploy, ALEMBIC | {DEPLOYS: text})] == ["passed"]
    beside = run_check(migrations_before_deploy, ALEMBIC | {DEPLOYS: text.replace("    needs: migrate\n", "")})
    assert [one.outcome for one in beside] == ["failed"]


def test_the_command_of_laravel_must_not_ask() -> None:
    wrong = run_check(migrations_deploy_command, LARAVEL | {DEPLOYS: workflow("php artisan migrate", "kubectl apply -f k8s/")})
    right = run_check(migrations_deploy_command, LARAVEL | {DEPLOYS: workflow("php artisan migrate --force", "kubectl apply -f k8s/")})

    assert [(one.outcome, one.lines) for one in wrong] == [("failed", (7,))]
    assert [one.outcome for one in right] == ["passed"]


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        (DJANGO | ci("python manage.py test"), "passed"),
        (DJANGO | ci("pytest") | {"pytest.ini": "[pytest]\naddopts = --nomigrations\n"}, "failed"),
        (LARAVEL | ci("vendor/bin/phpunit") | {"tests/TestCase.php": "<?php\nuse RefreshDatabase;\n"}, "passed"),
        (LARAVEL | ci("vendor/bin/phpunit") | {"tests/TestCase.php": "<?php\n"}, "failed"),
        (RAILS | ci("bundle exec rails db:schema:load", "bundle exec rspec"), "failed"),
        (RAILS | ci("bundle exec rails db:create db:migrate", "bundle exec rspec"), "passed"),
        (ALEMBIC | ci("pytest") | {"tests/conftest.py": 'command.upgrade(config, "head")\n'}, "passed"),
        (ALEMBIC | ci("pytest") | {"shop/boot.py": 'command.upgrade(config, "head")\n'}, "unverified"),
        (ALEMBIC | ci("npm run build"), "not-applicable"),
        (ci("pytest"), "not-applicable"),
    ],
)
def test_a_suite_applies_migrations_or_does_not(files: dict[str, str], outcome: str) -> None:
    assert [one.outcome for one in run_check(migrations_tested, files)] == [outcome]


BROKEN = [
    ("migrations/versions/b.py", 'revision = "b"\ndown_revision = "a"\ndef upgrade(:\n', 3, ALEMBIC),
    ("shop/migrations/0002_b.py", "from django.db import migrations\nclass Migration(migrations.Migration):\n    x = [\n", 3, DJANGO),
    ("db/migrate/2026_b.rb", "class B < ActiveRecord::Migration[7.1]\n  def change(\n", 1, RAILS),
    ("database/migrations/2026_b.php", "<?php\nreturn new class extends Migration {\n    function up() {\n", 2, LARAVEL),
]


@pytest.mark.parametrize(("path", "text", "line", "neighbours"), BROKEN)
def test_a_broken_migration_fails_once_at_its_line(path: str, text: str, line: int, neighbours: dict[str, str]) -> None:
    files = neighbours | {path: text}
    told = [
        (check.__name__, finding.place.path)
        for check in (migrations_single_head, migrations_reversible, migrations_backward_compatible)
        for outcome in run_check(check, files)
        for finding in outcome.findings
        if finding.place.path == path
    ]

    assert told == [("migrations_single_head", path)]
    (head,) = run_check(migrations_single_head, files)
    assert [finding.place.line >= line for finding in head.findings] == [True]


def test_flyway_and_prisma_cannot_go_back_which_is_advisory() -> None:
    (outcome,) = run_check(migrations_reversible, {"db/V1__a.sql": "CREATE TABLE a (b int);"})

    assert [finding.advisory for finding in outcome.findings] == [True]


@pytest.mark.parametrize(
    ("statement", "messages"),
    [
        (
            "CREATE INDEX i ON orders (a jsonb_ops); -- jsonb",
            ["builds an index on orders without CONCURRENTLY: writes wait until it is done"],
        ),
        ("CREATE INDEX CONCURRENTLY i ON orders (a)", []),
        ("CREATE TABLE orders (a jsonb); CREATE INDEX i ON orders (a)", []),
        ("ALTER TABLE orders ADD COLUMN a text; CREATE UNIQUE INDEX i ON orders (a)", []),
    ],
)
def test_an_index_that_locks_a_table_in_use_is_advisory(statement: str, messages: list[str]) -> None:
    (outcome,) = run_check(migrations_backward_compatible, {"db/V1__a.sql": statement})

    assert [finding.message for finding in outcome.findings] == messages
    assert all(finding.advisory for finding in outcome.findings)


def test_a_new_type_whose_old_one_is_not_told_is_left_to_a_person() -> None:
    (outcome,) = run_check(migrations_backward_compatible, {"db/V1__a.sql": "ALTER TABLE a ALTER COLUMN b TYPE varchar(3)"})

    assert outcome.outcome == "unverified"
    assert "line 1 makes a.b varchar(3)" in outcome.reason


def test_without_codeowners_nobody_is_asked() -> None:
    (outcome,) = run_check(migrations_owned, ALEMBIC)

    assert "there is no CODEOWNERS file" in outcome.findings[0].message


def test_without_migrations_there_is_nothing_to_judge() -> None:
    assert run_check(migrations_single_head, {"README.md": ""}) == ()
    assert [one.outcome for one in run_check(migrations_deploy_command, {"README.md": ""})] == ["not-applicable"]
