"""Test suites that look at what was deployed."""

from __future__ import annotations

import pytest

from pytest_deploy.pipelines.classification.suites import looks_at_a_deployment


@pytest.mark.parametrize("called", ["npm run smoke (package.json:4)", "make smoke-test", "./ci/smoke.sh", "just smoketests"])
def test_a_suite_that_is_called_a_smoke_test_looks_at_a_deployment(called: str) -> None:
    assert looks_at_a_deployment((called,), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "https://staging.shop.example"),
        ("SITE_BASE_URL", "${{ vars.SITE_BASE_URL }}"),
        ("TEST_HOST", "$HOST"),
        ("SHOP_HOST", "https://shop.example.org"),
        ("DEPLOYMENT_URL", "https://${{ needs.deploy.outputs.host }}"),
    ],
)
def test_a_suite_that_is_told_an_address_does(name: str, value: str) -> None:
    assert looks_at_a_deployment((), {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "http://localhost:3000"),
        ("BASE_URL", "http://127.0.0.1:8000"),
        ("BASE_URL", "http://web:3000"),
        ("NEXT_PUBLIC_APP_URL", "https://shop.example.org"),
        ("DATABASE_URL", "${{ secrets.DATABASE_URL }}"),
        ("API_URL", "${{ vars.API_URL }}"),
        ("GREETING", "https://shop.example.org"),
    ],
)
def test_other_addresses_say_nothing(name: str, value: str) -> None:
    assert not looks_at_a_deployment(("npm test", "smokey"), {name: value})
