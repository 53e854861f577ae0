"""The service as its clients see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from shop import accounts, store
from shop.app import create_app
from shop.config import Config

SALT = b"0123456789abcdef"


@pytest.fixture
def client(tmp_path: object) -> Iterator[TestClient]:
    app = create_app(Config(f"sqlite:///{tmp_path}/shop.db", "only-for-tests", "", "abc123"))
    store.metadata.create_all(app.state.store.engine)
    with app.state.store.engine.begin() as connection:
        connection.execute(sa.insert(store.products).values(sku="TEA", name="Green tea", cents=450))
        connection.execute(
            sa.insert(store.accounts).values(email="ada@example.org", salt=SALT, digest=accounts.digest("right", SALT))
        )
    with TestClient(app) as client:
        yield client
    app.state.store.engine.dispose()


def login(client: TestClient, password: str, email: str = "ada@example.org") -> tuple[int, dict[str, str]]:
    answer = client.post("/auth/login", json={"email": email, "password": password})
    return answer.status_code, answer.json()


def test_the_service_is_healthy_while_its_database_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}


def test_the_service_is_not_healthy_without_its_database(tmp_path: object) -> None:
    app = create_app(Config(f"sqlite:///{tmp_path}/missing/shop.db", "only-for-tests", "", "abc123"))
    answer = TestClient(app).get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_the_running_commit_is_told(client: TestClient) -> None:
    assert client.get("/version").json() == {"commit": "abc123"}


def test_products_are_listed(client: TestClient) -> None:
    assert client.get("/api/products").json() == [{"sku": "TEA", "name": "Green tea", "cents": 450}]


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", "right")])
def test_wrong_credentials_are_refused(client: TestClient, email: str, password: str) -> None:
    assert login(client, password, email) == (401, {"error": "invalid_credentials"})


def test_an_order_needs_a_token(client: TestClient) -> None:
    assert client.post("/api/orders", json={"sku": "TEA", "quantity": 1}).status_code == 401


def test_an_order_is_placed(client: TestClient) -> None:
    _, answer = login(client, "right")
    headers = {"Authorization": f"Bearer {answer['token']}"}
    placed = client.post("/api/orders", json={"sku": "TEA", "quantity": 2}, headers=headers)
    assert (placed.status_code, placed.json()) == (201, {"order": 1})


@pytest.mark.parametrize(
    ("order", "status"),
    [({"sku": "TEA", "quantity": 0}, 422), ({"sku": "COFFEE", "quantity": 1}, 404), ([], 422)],
)
def test_an_impossible_order_is_refused(client: TestClient, order: object, status: int) -> None:
    headers = {"Authorization": f"Bearer {accounts.issue('ada@example.org', 'only-for-tests')}"}
    assert client.post("/api/orders", json=order, headers=headers).status_code == status


def test_a_forged_token_is_refused(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {accounts.issue('ada@example.org', 'another-key')}"}
    assert client.post("/api/orders", json={"sku": "TEA", "quantity": 1}, headers=headers).status_code == 401
