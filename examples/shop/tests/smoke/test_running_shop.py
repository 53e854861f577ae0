"""What must hold of the shop that runs: pytest -m smoke --base-url https://shop.example.org"""

import pytest


@pytest.mark.smoke
def test_there_is_something_to_buy(smoke_client):
    assert smoke_client.get("/api/products").json()


@pytest.mark.smoke
def test_orders_are_for_those_who_have_logged_in(new_smoke_client):
    assert new_smoke_client(auth=None).get("/api/orders").status_code == 401


@pytest.mark.smoke
def test_what_does_not_exist_cannot_be_ordered(smoke_client):
    assert smoke_client.post("/api/orders", json={"sku": "SMOKE", "quantity": 1}).status_code == 404


@pytest.mark.smoke
@pytest.mark.deploy_each("endpoint")
def test_every_endpoint_is_fast(endpoint, latency):
    assert latency(endpoint, samples=20).p95 < 0.4
