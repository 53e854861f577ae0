"""Products, orders and accounts in the database."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

metadata = sa.MetaData()

products = sa.Table(
    "products",
    metadata,
    sa.Column("sku", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("cents", sa.Integer, nullable=False),
)
accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("email", sa.String(200), primary_key=True),
    sa.Column("salt", sa.LargeBinary(16), nullable=False),
    sa.Column("digest", sa.LargeBinary(64), nullable=False),
)
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.ForeignKey("accounts.email"), nullable=False),
    sa.Column("sku", sa.ForeignKey("products.sku"), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.Index("orders_email", "email"),
)


@dataclass(frozen=True)
class Product:
    """Something to buy; its price is in cents."""

    sku: str
    name: str
    cents: int


@dataclass(frozen=True)
class Order:
    """Something that was ordered."""

    order: int
    sku: str
    quantity: int


class Store:
    """All that the service keeps."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def alive(self) -> bool:
        """Whether the database answers, and has been migrated."""
        try:
            with self.engine.connect() as connection:
                connection.execute(sa.select(products.c.sku).limit(1))
        except sa.exc.DBAPIError:
            return False
        return True

    def products(self) -> list[Product]:
        """All products, by name."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(products).order_by(products.c.name))
            return [Product(row.sku, row.name, row.cents) for row in rows]

    def password(self, email: str) -> tuple[bytes, bytes] | None:
        """Salt and digest of an account's password."""
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(accounts).where(accounts.c.email == email)).one_or_none()
        return (row.salt, row.digest) if row else None

    def add_account(self, email: str, salt: bytes, digest: bytes) -> None:
        """Make an account."""
        with self.engine.begin() as connection:
            connection.execute(sa.insert(accounts).values(email=email, salt=salt, digest=digest))

    def orders(self, email: str) -> list[Order]:
        """The orders of an account, the first one first."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(orders).where(orders.c.email == email).order_by(orders.c.id))
            return [Order(row.id, row.sku, row.quantity) for row in rows]

    def order(self, email: str, sku: str, quantity: int) -> int | None:
        """Place an order and give its number; nothing when there is no such product."""
        with self.engine.begin() as connection:
            if connection.execute(sa.select(products.c.sku).where(products.c.sku == sku)).one_or_none() is None:
                return None
            order = sa.insert(orders).values(email=email, sku=sku, quantity=quantity)
            number: int = connection.execute(order.returning(orders.c.id)).scalar_one()
            return number
