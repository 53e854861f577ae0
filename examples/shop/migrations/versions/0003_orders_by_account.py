"""Orders are found by their account."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index("orders_email", "orders", ["email"])


def downgrade() -> None:
    op.drop_index("orders_email", "orders")
