"""Applies migrations to the database of ``DATABASE_URL``."""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import context

from shop.store import metadata

engine = sa.create_engine(os.environ["DATABASE_URL"], poolclass=sa.pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
