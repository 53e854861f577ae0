"""The first products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

products = sa.table(
    "products", sa.column("sku", sa.String), sa.column("name", sa.String), sa.column("cents", sa.Integer)
)
FIRST = [
    {"sku": "TEA", "name": "Green tea", "cents": 450},
    {"sku": "POT", "name": "Teapot", "cents": 3900},
]


def upgrade() -> None:
    op.bulk_insert(products, FIRST)


def downgrade() -> None:
    op.execute(products.delete().where(products.c.sku.in_([product["sku"] for product in FIRST])))
