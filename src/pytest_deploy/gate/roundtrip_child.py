"""Takes the migrations of a project up, down and up again. It runs in a process of its own, because it imports the project.

``python -m pytest_deploy.gate.roundtrip_child TOOL NAMES REPORT``, in the project's folder: ``NAMES`` are the environment variables (with
commas between them) that get the URL, which itself comes in ``PYTEST_DEPLOY_SCRATCH``, since others can see the words of a command. What
the schema was is written to ``REPORT`` as JSON, after each step.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

Schema = dict[str, list[str]]
"""For each table what it consists of, in words."""


def main(tool: str, url: str, names: str, report: Path) -> None:
    """Do all steps; what goes wrong is raised as it is."""
    sys.path.insert(0, str(Path.cwd()))
    with _scratch(url) as own:
        os.environ.update(dict.fromkeys(filter(None, names.split(",")), own))
        up, down, look = _alembic(own) if tool == "alembic" else _django(own)
        told: dict[str, Any] = {}
        for step, act in (("up", up), ("down", down), ("up again", up)):
            told["at"] = step
            report.write_text(json.dumps(told))
            act()
            told[step] = look()
        report.write_text(json.dumps(told | {"at": ""}))


@contextlib.contextmanager
def _scratch(url: str) -> Iterator[str]:
    """A database that is there for this run only: on a server of PostgreSQL a new one, else the file of the URL."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        yield url
        return
    connect = _driver()
    name = f"pytest_deploy_{os.getpid()}_{os.urandom(4).hex()}"
    plain = urlunsplit(parts._replace(scheme="postgresql"))
    with contextlib.closing(connect(plain)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with contextlib.closing(connect(plain)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _driver() -> Callable[[str], Any]:
    try:
        import psycopg
    except ImportError:
        import psycopg2  # type: ignore[import-not-found, import-untyped, unused-ignore]  # whichever of the two the project has

        return psycopg2.connect  # type: ignore[no-any-return, unused-ignore]  # it has no types
    return psycopg.connect


def _alembic(url: str) -> tuple[Callable[[], None], Callable[[], None], Callable[[], Schema]]:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, inspect, pool

    config = Config("alembic.ini")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))

    def look() -> Schema:
        engine = create_engine(_for_sqlalchemy(url), poolclass=pool.NullPool)
        seen = inspect(engine)
        found: Schema = {}
        for table in seen.get_table_names():
            if table == "alembic_version":
                continue
            parts = [f"column {one['name']} {one['type']} {one['nullable']} {one['default']}" for one in seen.get_columns(table)]
            parts += [f"index {one['name']} {one['column_names']} {one['unique']}" for one in seen.get_indexes(table)]
            parts += [f"unique {one['name']} {one['column_names']}" for one in seen.get_unique_constraints(table)]
            parts += [
                f"foreign key {one['constrained_columns']} {one['referred_table']} {one['referred_columns']}"
                for one in seen.get_foreign_keys(table)
            ]
            parts += [f"check {one['name']} {one['sqltext']}" for one in seen.get_check_constraints(table)]
            parts.append(f"primary key {seen.get_pk_constraint(table)['constrained_columns']}")
            found[table] = sorted(parts)
        return found

    return lambda: command.upgrade(config, "heads"), lambda: command.downgrade(config, "base"), look


def _for_sqlalchemy(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    if scheme not in ("postgres", "postgresql"):
        return url
    try:
        import psycopg  # noqa: F401  # only whether it is there
    except ImportError:
        return f"postgresql{mark}{rest}"
    return f"postgresql+psycopg{mark}{rest}"


def _django(url: str) -> tuple[Callable[[], None], Callable[[], None], Callable[[], Schema]]:
    manage = Path("manage.py").read_text(encoding="utf-8")
    named = re.search(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)", manage)
    if named:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", named.group(1))
    import django
    from django.conf import settings

    default = dict(settings.DATABASES.get("default", {}))
    settings.DATABASES = {**settings.DATABASES, "default": {**default, **_django_database(url)}}
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    def down() -> None:
        for label in sorted(MigrationLoader(connection).migrated_apps):
            call_command("migrate", label, "zero", verbosity=0, interactive=False)

    def look() -> Schema:
        found: Schema = {}
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if table == "django_migrations":
                    continue
                described = connection.introspection.get_table_description(cursor, table)
                parts = [f"column {one.name} {one.type_code} {one.display_size} {one.null_ok} {one.default}" for one in described]
                constraints = connection.introspection.get_constraints(cursor, table)
                parts += [f"constraint {name} {json.dumps(one, default=str, sort_keys=True)}" for name, one in constraints.items()]
                found[table] = sorted(parts)
        return found

    return lambda: call_command("migrate", verbosity=0, interactive=False), down, look


def _django_database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(parts.path.removeprefix("/")), "OPTIONS": {}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


if __name__ == "__main__":
    main(sys.argv[1], os.environ.pop("PYTEST_DEPLOY_SCRATCH"), sys.argv[2], Path(sys.argv[3]))
