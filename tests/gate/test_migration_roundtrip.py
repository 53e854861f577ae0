"""Migrations go up, down and up again, on SQLite and on a PostgreSQL that the tests start."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
TEST = "def test_migrations(migration_roundtrip):\n    migration_roundtrip()\n"
INI = "[alembic]\nscript_location = migrations\npath_separator = os\n"
ENV = """from alembic import context
from sqlalchemy import create_engine, pool

url = context.config.get_main_option("sqlalchemy.url").replace("postgresql://", "postgresql+psycopg://")
with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
FIRST = """import sqlalchemy as sa
from alembic import op

revision = "a"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("state", sa.String(20), nullable=False))


def downgrade():
    op.drop_table("orders")
"""
SECOND = """import sqlalchemy as sa
from alembic import op

revision = "b"
down_revision = "a"


def upgrade():
    op.add_column("orders", sa.Column("note", sa.Text))
    op.create_index("orders_state", "orders", ["state"])


def downgrade():
    op.drop_index("orders_state", "orders")
    op.drop_column("orders", "note")
"""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """The URL of a server on loopback."""
    if not PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="deploy-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:  # it refuses to run as root
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *words: str) -> None:
        command = [*as_user, str(PROGRAMS[-1] / program), "-D", str(folder / "data"), *words]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "tester", "--no-sync", "--no-locale", "-E", "UTF8")
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two, given by the environment."""
    monkeypatch.delenv("DEPLOY_MIGRATIONS_URL", raising=False)
    if request.param == "postgresql":
        monkeypatch.setenv("DEPLOY_MIGRATIONS_URL", request.getfixturevalue("postgresql"))
    return str(request.param)


def alembic(pytester: pytest.Pytester, second: str = SECOND, env: str = ENV) -> pytest.RunResult:
    files = {"alembic.ini": INI, "migrations/env.py": env, "migrations/versions/a.py": FIRST, "migrations/versions/b.py": second}
    return run(pytester, files)


def run(pytester: pytest.Pytester, files: dict[str, str]) -> pytest.RunResult:
    for name, text in {**files, "test_it.py": TEST}.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pytester.runpytest("-p", "no:randomly", "-p", "no:playwright")  # it cannot run within itself


@pytest.mark.usefixtures("database")
def test_a_history_that_can_be_undone_passes(pytester: pytest.Pytester) -> None:
    alembic(pytester).assert_outcomes(passed=1)


@pytest.mark.usefixtures("database")
def test_a_step_that_fails_is_named(pytester: pytest.Pytester) -> None:
    result = alembic(pytester, SECOND.replace('op.drop_column("orders", "note")', 'op.drop_column("orders", "memo")'))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*alembic: down went wrong*"])


@pytest.mark.usefixtures("database")
def test_what_is_left_after_going_down_is_told(pytester: pytest.Pytester) -> None:
    body = SECOND.replace('op.add_column("orders", sa.Column("note", sa.Text))', 'op.execute("CREATE TABLE IF NOT EXISTS carts (a int)")')
    result = alembic(pytester, body.replace('op.drop_column("orders", "note")', "pass"))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*after going down these tables are left: carts*"])


def test_a_schema_that_is_another_one_the_second_time_is_told(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPLOY_MIGRATIONS_URL", raising=False)
    body = SECOND.replace("sa.Text)", "sa.Text if FIRST_TIME else sa.Integer)").replace(
        "def upgrade():", "FIRST_TIME = True\n\n\ndef upgrade():"
    )
    body = body.replace("def downgrade():\n", "def downgrade():\n    import pathlib\n    pathlib.Path('again').touch()\n")
    body = body.replace("FIRST_TIME = True", "import pathlib\nFIRST_TIME = not pathlib.Path('again').exists()")
    result = alembic(pytester, body)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*  - orders: column note TEXT*", "*  [+] orders: column note INTEGER*"])


def test_a_configuration_that_passes_the_url_over_is_told(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEPLOY_MIGRATIONS_URL", raising=False)
    result = alembic(pytester, env=ENV.replace("url = ", 'url = "sqlite:///elsewhere.db" or '))

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no table is there after going up*"])


def test_the_password_of_the_url_is_not_shown(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_MIGRATIONS_URL", "postgresql://shop:hunter2correct@127.0.0.1:1/shop")
    result = alembic(pytester)

    result.assert_outcomes(failed=1)
    assert "hunter2correct" not in result.stdout.str() + result.stderr.str()


DJANGO = {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")\n',
    "site_settings.py": 'SECRET_KEY = "x"\nUSE_TZ = True\n'
    'INSTALLED_APPS = ["shop", "django.contrib.contenttypes", "django.contrib.auth"]\n',
    "shop/__init__.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    '    operations = [migrations.CreateModel("Order", [("id", models.BigAutoField(primary_key=True)), '
    '("code", models.CharField(max_length=9))])]\n',
    "shop/migrations/0002_note.py": "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
    '    dependencies = [("shop", "0001_initial")]\n    operations = [migrations.AddField("order", "note", models.TextField(null=True))]\n',
}


@pytest.mark.usefixtures("database")
def test_the_migrations_of_django_go_there_and_back(pytester: pytest.Pytester) -> None:
    run(pytester, DJANGO).assert_outcomes(passed=1)


@pytest.mark.usefixtures("database")
def test_a_migration_of_django_without_a_way_back_fails(pytester: pytest.Pytester) -> None:
    one = DJANGO["shop/migrations/0002_note.py"].replace("operations = [", "operations = [migrations.RunSQL('SELECT 1'), ")
    result = run(pytester, {**DJANGO, "shop/migrations/0002_note.py": one})

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*django: down went wrong*", "*IrreversibleError*"])


def test_a_project_with_no_migrations_is_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, {})

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is neither alembic.ini nor manage.py in*"])


HISTORY = os.environ.get("DEPLOY_ALEMBIC_VERSIONS", "")


@pytest.mark.skipif(not HISTORY, reason="DEPLOY_ALEMBIC_VERSIONS names no folder with the revisions of a real project")
def test_the_history_of_a_real_project_is_taken_through(
    pytester: pytest.Pytester, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPLOY_MIGRATIONS_URL", postgresql)
    shutil.copytree(HISTORY, pytester.path / "migrations" / "versions")

    run(pytester, {"alembic.ini": INI, "migrations/env.py": ENV}).assert_outcomes(passed=1)
