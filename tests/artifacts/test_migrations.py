"""Migrations as each tool writes them, read into the same terms."""

from __future__ import annotations

import re
import string
import subprocess
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_deploy.artifacts.migrations import alembic, django, files_of_sql, knex, laravel, rails, sql
from pytest_deploy.artifacts.migrations.found import Migrations, find
from pytest_deploy.artifacts.migrations.model import Migration, Operation, breaking, narrower, natural
from pytest_deploy.artifacts.releases import head, tags
from pytest_deploy.places import Place
from pytest_deploy.tree import Tree


def told(operations: tuple[Operation, ...]) -> list[tuple[str, str, str, int]]:
    """(what, table, column, line) of operations."""
    return [(one.act, one.table, one.name, one.place.line) for one in operations]


def in_folder(folder: Path, files: dict[str, str]) -> Migrations:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return find(Tree(folder), None, None)


def revision(name: str, down: str | None, body: str = "    pass") -> str:
    return f"revision = {name!r}\ndown_revision = {down!r}\n\n\ndef upgrade():\n{body}\n\n\ndef downgrade():\n    pass\n"


# --- Alembic ----------------------------------------------------------------------------------------------------------


def test_operations_of_alembic_have_their_table_column_and_line() -> None:
    one = alembic.from_text(
        """revision = "b"
down_revision = "a"

def upgrade():
    op.drop_column("orders", "note")
    op.alter_column("orders", "state", new_column_name="status")
    op.add_column("orders", sa.Column("total", sa.Integer(), nullable=False))
    op.execute("ALTER TABLE orders DROP COLUMN old")
    op.drop_table("carts")
""",
        "versions/b.py",
    )

    assert told(one.operations) == [
        ("drop-column", "orders", "note", 5),
        ("rename-column", "orders", "state", 6),
        ("add-column", "orders", "total", 7),
        ("drop-column", "orders", "old", 8),
        ("drop-table", "carts", "", 9),
    ]
    assert one.parents == ("a",)


def test_in_a_batch_the_table_is_that_of_the_batch() -> None:
    one = alembic.from_text(
        revision("b", None, '    with op.batch_alter_table("orders") as batch_op:\n        batch_op.drop_column("note")'), "versions/b.py"
    )

    assert told(one.operations) == [("drop-column", "orders", "note", 7)]


def test_a_function_of_the_module_is_followed() -> None:
    one = alembic.from_text(revision("b", None, "    helper()") + '\n\ndef helper():\n    op.drop_table("carts")\n', "versions/b.py")

    assert told(one.operations) == [("drop-table", "carts", "", 14)]


@pytest.mark.parametrize(
    ("was", "to", "found"),
    [
        ("sa.String(20)", "sa.String(50)", False),
        ("sa.String(50)", "sa.String(20)", True),
        ("sa.String(50)", "sa.Text()", False),
        ("sa.Integer()", "sa.BigInteger()", False),
        ("sa.BigInteger()", "sa.Integer()", True),
        ("sa.VARCHAR(length=255)", "kind()", True),
    ],
)
def test_a_type_of_sqlalchemy_is_held_against_the_one_before(was: str, to: str, found: bool) -> None:
    text = revision("b", None, f'    op.alter_column("orders", "state", existing_type={was}, type_={to})')
    one = alembic.from_text(text + '\n\ndef kind():\n    return sa.Enum("a", "b", name="kind")\n', "versions/b.py")

    assert bool(breaking(one)) is found


def test_two_heads_are_told_at_both(tmp_path: Path) -> None:
    history = in_folder(
        tmp_path, {"versions/a.py": revision("a", None), "versions/b.py": revision("b", "a"), "versions/c.py": revision("c", "a")}
    ).histories[0]

    assert [one.place for one in history.problems] == [Place("versions/b.py"), Place("versions/c.py")]


def test_branches_with_labels_have_heads_of_their_own(tmp_path: Path) -> None:
    files = {f"versions/{name}.py": revision(name, None) + f"branch_labels = ({name!r},)\n" for name in "ab"}

    assert in_folder(tmp_path, files).histories[0].problems == ()


def test_a_predecessor_that_no_file_has_is_told(tmp_path: Path) -> None:
    history = in_folder(tmp_path, {"versions/b.py": revision("b", "a")}).histories[0]

    assert [one.message for one in history.problems] == ["b comes after a, and no file has that revision"]


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[str, tuple[str, ...]]]:
    """Revisions with their predecessors, without circles."""
    names = [f"r{number}" for number in range(draw(st.integers(1, 8)))]
    return [(name, tuple(draw(st.sets(st.sampled_from(names[:at]), max_size=2))) if at else ()) for at, name in enumerate(names)]


@settings(max_examples=40, deadline=None)
@given(graph=graphs())
def test_heads_are_those_that_alembic_itself_finds(
    graph: list[tuple[str, tuple[str, ...]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("history")
    files = {
        f"versions/{name}.py": f"revision = {name!r}\ndown_revision = {before or None!r}\ndef upgrade(): pass\n" for name, before in graph
    }
    history = in_folder(folder, files).histories[0]
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")

    heads = set(ScriptDirectory.from_config(config).get_heads())

    named = {one.message.split()[0] for one in history.problems if " heads " in one.message}
    assert named == (heads if len(heads) > 1 else set())


# --- Django -----------------------------------------------------------------------------------------------------------


def app(operations: str, depends: str = "") -> str:
    return (
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [{depends}]\n    operations = [{operations}]\n"
    )


def test_a_default_of_python_is_none_of_the_database() -> None:
    one = django.from_text(app('migrations.AddField("order", "total", models.IntegerField(default=0))'), "shop/migrations/0002_a.py")

    assert one is not None
    assert [(found.table, found.name) for found in breaking(one)] == [("order", "total")]


def test_what_an_altered_field_was_is_told_by_the_migrations_before_it(tmp_path: Path) -> None:
    history = in_folder(
        tmp_path,
        {
            "shop/migrations/0001_initial.py": app(
                'migrations.CreateModel("Order", [("code", models.CharField(max_length=20)), ("note", models.TextField(null=True))])'
            ),
            "shop/migrations/0002_code.py": app(
                'migrations.AlterField("order", "code", models.CharField(max_length=10)), '
                'migrations.AlterField("order", "note", models.TextField())',
                '("shop", "0001_initial")',
            ),
        },
    ).histories[0]

    assert [(one.act, one.name) for one in breaking(history.newest)] == [("alter-type", "code"), ("set-not-null", "note")]


def test_two_leaves_of_an_app_are_told(tmp_path: Path) -> None:
    files = {
        "shop/migrations/0001_initial.py": app(""),
        "shop/migrations/0002_a.py": app("", '("shop", "0001_initial")'),
        "shop/migrations/0002_b.py": app("", '("shop", "0001_initial")'),
    }

    assert [one.place.path for one in in_folder(tmp_path, files).histories[0].problems] == [
        "shop/migrations/0002_a.py",
        "shop/migrations/0002_b.py",
    ]


def test_the_label_of_an_app_is_what_its_configuration_says(tmp_path: Path) -> None:
    files = {
        "shop/apps.py": 'class ShopConfig(AppConfig):\n    name = "shop"\n    label = "store"\n',
        "shop/migrations/0001_initial.py": app(""),
        "shop/migrations/0002_a.py": app("", '("store", "0001_initial")'),
    }
    history = in_folder(tmp_path, files).histories[0]

    assert history.problems == ()
    assert history.newest.revision == "0002_a"


def test_a_squashed_migration_stands_for_those_that_it_replaces(tmp_path: Path) -> None:
    files = {
        "shop/migrations/0001_initial.py": app(""),
        "shop/migrations/0002_a.py": app("", '("shop", "0001_initial")'),
        "shop/migrations/0001_squashed_0002_a.py": app("") + '    replaces = [("shop", "0001_initial"), ("shop", "0002_a")]\n',
        "shop/migrations/0003_b.py": app("", '("shop", "0002_a")'),
    }
    history = in_folder(tmp_path, files).histories[0]

    assert history.problems == ()
    assert [one.revision for one in history.migrations] == ["0001_squashed_0002_a", "0003_b"]


@pytest.mark.parametrize(
    ("operation", "obstacles"),
    [
        ("migrations.RunPython(copy)", 1),
        ("migrations.RunPython(copy, migrations.RunPython.noop)", 0),
        ("migrations.RunPython(code=copy, reverse_code=back)", 0),
        ('migrations.RunSQL("UPDATE a SET b = 1")', 1),
        ('migrations.RunSQL("UPDATE a SET b = 1", reverse_sql=migrations.RunSQL.noop)', 0),
    ],
)
def test_code_needs_a_reverse(operation: str, obstacles: int) -> None:
    one = django.from_text(app(operation), "shop/migrations/0002_a.py")

    assert one is not None
    assert len(one.obstacles) == obstacles


# --- Rails, Laravel, Knex ---------------------------------------------------------------------------------------------


def ruby(body: str, name: str = "change") -> Migration:
    text = f"class Change < ActiveRecord::Migration[7.1]\n  def {name}\n{body}\n  end\nend\n"
    return rails.from_text(text, "db/migrate/20250101000000_change.rb", "20250101000000")


def test_operations_of_rails_are_read() -> None:
    one = ruby(
        "    remove_column :orders, :note, :string\n    rename_column :orders, :a, :b\n"
        "    add_column :orders, :total, :integer, null: false\n"
        "    change_table :carts do |t|\n      t.remove :old, type: :text\n    end"
    )

    assert told(one.operations) == [
        ("drop-column", "orders", "note", 3),
        ("rename-column", "orders", "a", 4),
        ("add-column", "orders", "total", 5),
        ("drop-column", "carts", "old", 7),
    ]
    assert len(breaking(one)) == 4
    assert one.obstacles == ()


@pytest.mark.parametrize(
    "call", ["remove_column :orders, :note", "change_column :orders, :note, :text", "drop_table :orders", 'execute "SELECT 1"']
)
def test_what_change_cannot_turn_around_is_told(call: str) -> None:
    assert [one.place.line for one in ruby(f"    {call}").obstacles] == [3]


def test_up_in_a_reversible_block_has_a_way_back() -> None:
    one = ruby('    reversible do |dir|\n      dir.up { execute "SELECT 1" }\n      dir.down { execute "SELECT 2" }\n    end')

    assert one.obstacles == ()


def test_the_sql_of_a_heredoc_is_read_at_its_lines() -> None:
    one = ruby("    execute <<~SQL\n      ALTER TABLE orders\n        DROP COLUMN note;\n    SQL", "up")

    assert [(found.act, found.table, found.name) for found in one.operations] == [("drop-column", "orders", "note")]


def test_a_number_given_twice_is_told(tmp_path: Path) -> None:
    text = "class A < ActiveRecord::Migration[7.1]\n  def change\n  end\nend\n"
    history = in_folder(tmp_path, {"db/migrate/2025_a.rb": text, "db/migrate/2025_b.rb": text}).histories[0]

    assert [one.place.path for one in history.problems] == ["db/migrate/2025_b.rb"]


def php(up: str, down: str = "public function down(): void { Schema::drop('a'); }") -> Migration:
    text = f"<?php\nreturn new class extends Migration {{\n    public function up(): void\n    {{\n{up}\n    }}\n    {down}\n}};\n"
    return laravel.from_text(text, "database/migrations/2025_01_01_000000_change.php")


def test_operations_of_laravel_are_read() -> None:
    one = php(
        "Schema::table('orders', function (Blueprint $table) {\n    $table->dropColumn(['a', 'b']);\n    $table->renameColumn('c', 'd');\n"
        "    $table->string('e', 20);\n    $table->string('f')->nullable();\n});\nSchema::dropIfExists('carts');"
    )

    assert [(found.act, found.table, found.name, found.place.line) for found in breaking(one)] == [
        ("drop-column", "orders", "a", 6),
        ("drop-column", "orders", "b", 6),
        ("rename-column", "orders", "c", 7),
        ("add-column", "orders", "e", 8),
        ("drop-table", "carts", "", 11),
    ]


def test_a_laravel_migration_without_down_cannot_be_undone() -> None:
    assert [one.message for one in php("Schema::create('a', function () {});", "").obstacles] == ["there is no down()"]


def test_operations_of_knex_are_read() -> None:
    one = knex.from_text(
        "exports.up = async function (knex) {\n  await knex.schema.createTable('a', (t) => { t.string('x').notNullable(); });\n"
        "  await knex.schema.alterTable('orders', (t) => {\n    t.dropColumn('note');\n    t.integer('total').notNullable();\n"
        "    t.integer('count').notNullable().defaultTo(0);\n  });\n};\nexports.down = async function (knex) {};\n",
        "migrations/1_a.js",
    )

    assert one is not None
    assert [(found.act, found.table, found.name, found.place.line) for found in breaking(one)] == [
        ("drop-column", "orders", "note", 4),
        ("add-column", "orders", "total", 5),
    ]
    assert [found.message for found in one.obstacles] == ["down is empty, and up changes the schema"]


# --- SQL --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE a DROP COLUMN b", [("drop-column", "a", "b")]),
        ("ALTER TABLE a RENAME COLUMN b TO c", [("rename-column", "a", "b")]),
        ("ALTER TABLE a RENAME TO b", [("rename-table", "a", "")]),
        ("DROP TABLE a, b", [("drop-table", "a", ""), ("drop-table", "b", "")]),
        ("ALTER TABLE a ALTER COLUMN b SET NOT NULL", [("set-not-null", "a", "b")]),
        ("ALTER TABLE a ADD COLUMN b int NOT NULL", [("add-column", "a", "b")]),
        ("ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0", []),
        ("ALTER TABLE a ADD COLUMN b bigserial NOT NULL", []),
        ("ALTER TABLE `a` CHANGE `b` `c` varchar(5)", [("rename-column", "a", "b"), ("alter-type", "a", "c")]),
        ("CREATE TABLE a (b int NOT NULL); ALTER TABLE a DROP COLUMN b", []),
        ("SELECT ';'; UPDATE a SET b = 'DROP TABLE a;'", []),
        ("-- DROP TABLE a;", []),
        ("CREATE TABLE new_a (b int); DROP TABLE a; ALTER TABLE new_a RENAME TO a", []),
    ],
)
def test_sql_is_read(statement: str, found: list[tuple[str, str, str]]) -> None:
    one = Migration("a.sql", "goose", "1", operations=tuple(sql.operations(statement, "a.sql")))

    assert [(each.act, each.table, each.name) for each in breaking(one)] == found


def test_a_statement_has_its_own_line() -> None:
    assert told(tuple(sql.operations("-- one\nSELECT 1;\n\nALTER TABLE a\n  DROP COLUMN b;\n", "a.sql"))) == [
        ("data", "", "", 2),
        ("drop-column", "a", "b", 5),
    ]


def test_the_two_parts_of_goose_are_told_apart() -> None:
    one = files_of_sql.from_text("-- +goose Up\nDROP TABLE a;\n-- +goose Down\n", "1_a.sql", "goose", "1")

    assert told(one.operations) == [("drop-table", "a", "", 2)]
    assert [found.place.line for found in one.obstacles] == [3]


def test_versions_of_flyway_are_ordered_as_numbers(tmp_path: Path) -> None:
    files = {f"db/V1_{number}__a.sql": "SELECT 1;" for number in (99, 233)}

    assert in_folder(tmp_path, files).histories[0].newest.path == "db/V1_233__a.sql"


# --- what is pending --------------------------------------------------------------------------------------------------


def git(folder: Path, *words: str, when: int) -> None:
    dates = {"GIT_AUTHOR_DATE": f"{when} +0000", "GIT_COMMITTER_DATE": f"{when} +0000", "GIT_CONFIG_GLOBAL": "/dev/null"}
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **dates})


@pytest.mark.parametrize(("days", "pending"), [(10, ["b", "c"]), (200, ["c"])])
def test_pending_is_what_the_newest_release_of_the_last_180_days_does_not_hold(tmp_path: Path, days: int, pending: list[str]) -> None:
    start = 1_700_000_000
    git(tmp_path, "init", "--quiet", "--initial-branch=main", when=start)
    (tmp_path / "versions").mkdir()
    for name, before, tag, when in (("a", None, "v1.0.0", start), ("b", "a", "", start), ("c", "b", "", start + days * 86400)):
        (tmp_path / f"versions/{name}.py").write_text(revision(name, before))
        git(tmp_path, "add", ".", when=when)
        git(tmp_path, "commit", "--quiet", "--message", name, when=when)
        if tag:
            git(tmp_path, "tag", tag, when=when)
    tree = Tree(tmp_path)

    assert [one.revision for one in find(tree, tags(tree)[0], head(tree)).pending] == pending


def test_migrations_of_tests_and_examples_are_not_those_of_the_repository(tmp_path: Path) -> None:
    assert (
        in_folder(tmp_path, {"tests/shop/migrations/0001_initial.py": app(""), "examples/versions/a.py": revision("a", None)}).histories
        == ()
    )


# --- whatever the text ------------------------------------------------------------------------------------------------

WORDS = re.findall(
    r"\S+",
    """class Migration def upgrade change up down end ( ) { } [ ] : , ; ' " -> :: = op.drop_table revision down_revision Schema::table
    function $table->dropColumn exports.up ALTER TABLE a DROP COLUMN b <?php return new extends execute <<~SQL SQL 1 # -- /* */ $$""",
)
SCRAPS = st.lists(
    st.sampled_from([*WORDS, "\n", "\t"]) | st.text(string.ascii_letters + string.digits + string.punctuation + " \n", max_size=5),
    max_size=40,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=SCRAPS)
def test_no_text_makes_a_reader_raise_and_places_are_within_it(text: str) -> None:
    read = [
        alembic.from_text(text, "versions/a.py"),
        django.from_text(text, "a/migrations/0001.py"),
        rails.from_text(text, "db/migrate/1_a.rb", "1"),
        laravel.from_text(text, "database/migrations/a.php"),
        knex.from_text(text, "migrations/1_a.js"),
        files_of_sql.from_text(text, "1_a.up.sql", "golang-migrate", "1"),
        files_of_sql.from_text(text, "1_a.sql", "goose", "1"),
    ]

    for one in filter(None, read):
        lines = [each.place.line for each in (*one.operations, *one.obstacles)] + ([one.unreadable.place.line] if one.unreadable else [])
        assert all(1 <= line <= text.count("\n") + 2 for line in lines)


@given(a=st.integers(1, 500), b=st.integers(1, 500))
def test_a_shorter_string_holds_less(a: int, b: int) -> None:
    assert narrower(f"varchar({a})", f"varchar({b})") is (b < a)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_names_are_ordered_by_their_numbers(numbers: list[int]) -> None:
    assert sorted((f"V{one}__a" for one in numbers), key=natural) == [f"V{one}__a" for one in sorted(numbers)]
