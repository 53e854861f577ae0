"""The service as its clients see it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config as Alembic
from starlette.testclient import TestClient

from shop import accounts
from shop.app import create_app
from shop.config import Config

ALEMBIC = Alembic(Path(__file__).parents[1] / "alembic.ini")
SALT = b"0123456789abcdef"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database to which all migrations were applied."""
    path = tmp_path_factory.mktemp("database") / "shop.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", f"sqlite:///{path}")
        command.upgrade(ALEMBIC, "head")
        yield path


@pytest.fixture
def client(tmp_path: Path, migrated: Path) -> Iterator[TestClient]:
    app = create_app(Config(f"sqlite:///{shutil.copy(migrated, tmp_path)}", "only-for-tests", "", "abc123"))
    app.state.store.add_account("ada@example.org", SALT, accounts.digest("right", SALT))
    with TestClient(app) as client:
        yield client
    app.state.store.engine.dispose()


def login(client: TestClient, password: str, email: str = "ada@example.org") -> tuple[int, dict[str, str]]:
    answer = client.post("/auth/login", json={"email": email, "password": password})
    return answer.status_code, answer.json()


def test_the_service_is_healthy_while_its_database_answers(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("database", ["missing/shop.db", "empty.db"])
def test_the_service_is_not_healthy_without_its_database(tmp_path: Path, database: str) -> None:
    app = create_app(Config(f"sqlite:///{tmp_path}/{database}", "only-for-tests", "", "abc123"))
    answer = TestClient(app).get("/health")
    app.state.store.engine.dispose()
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_the_running_commit_is_told(client: TestClient) -> None:
    assert client.get("/version").json() == {"commit": "abc123"}


def test_products_are_listed(client: TestClient) -> None:
    assert client.get("/api/products").json() == [
        {"sku": "TEA", "name": "Green tea", "cents": 450},
        {"sku": "POT", "name": "Teapot", "cents": 3900},
    ]


@pytest.mark.parametrize(("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", "right")])
def test_wrong_credentials_are_refused(client: TestClient, email: str, password: str) -> None:
    assert login(client, password, email) == (401, {"error": "invalid_credentials"})


def test_an_order_needs_a_token(client: TestClient) -> None:
    answer = client.post("/api/orders", json={"sku": "TEA", "quantity": 1})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_orders_are_shown_to_a_token_only(client: TestClient) -> None:
    assert client.get("/api/orders").status_code == 401


def test_an_order_is_placed_and_shown(client: TestClient) -> None:
    _, answer = login(client, "right")
    headers = {"Authorization": f"Bearer {answer['token']}"}
    placed = client.post("/api/orders", json={"sku": "TEA", "quantity": 2}, headers=headers)
    assert (placed.status_code, placed.json()) == (201, {"order": 1})
    assert client.get("/api/orders", headers=headers).json() == [{"order": 1, "sku": "TEA", "quantity": 2}]


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


@pytest.mark.parametrize("path", ["/health", "/api/orders", "/nothing"])
def test_every_answer_protects_browsers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_migrations_make_the_tables_that_the_service_uses(migrated: Path) -> None:
    command.check(ALEMBIC)


def test_every_migration_can_be_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/shop.db")
    for revision in ("head", "base", "head"):
        (command.downgrade if revision == "base" else command.upgrade)(ALEMBIC, revision)
