"""The recipes of docs/cookbook.md are run as they stand there: against a service that works, and against one that does not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import pytest_base_url.plugin
import requests

from pytest_deploy.gate import each, smoke, smoke_fixtures, smoke_items
from pytest_deploy.smoke import client, latency
from smoke.certificates import Authority
from smoke.cookbook_service import PASSWORD, Service

LOADED = httpx, pytest_base_url.plugin, requests, client, each, latency, smoke, smoke_fixtures, smoke_items
"""pytester forgets what a run imported; what is loaded here is loaded once."""

PAGE = (Path(__file__).parents[2] / "docs" / "cookbook.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n)+)", PAGE, re.MULTILINE))
WRONG = {
    "Log in once, and reuse the token": ["test_my_orders_are_mine"],
    "Wait for a background job": ["test_an_export_is_made"],
    "Several regions": ["test_there_is_something_to_buy[us]"],
    "gRPC health over HTTP": ["test_the_service_serves[shop.Payments]"],
    "WebSocket ping": ["test_the_websocket_answers_a_ping"],
    "A header that leads to the canary": ["test_it_is_the_canary_that_answers"],
    "A client certificate": ["test_without_one_it_does_not"],
    "Nothing is written in production": ["test_there_is_something_to_buy", "test_a_basket_is_filled"],
    "Compare two deployments": ["test_green_answers_as_blue_does[/api/products]"],
    "Keep to a budget": ["test_it_keeps_to_its_budget[/api/search?q=tea]"],
}
"""What fails in a recipe against the service that does not do what it should."""


@pytest.fixture(scope="module")
def working() -> Iterator[Service]:
    with Service() as service:
        yield service


@pytest.fixture(scope="module")
def faulty() -> Iterator[Service]:
    with Service(faulty=True) as service:
        yield service


@pytest.fixture(scope="module")
def guarded(authority: Authority) -> Iterator[Service]:
    """It wants a certificate of its clients."""
    with Service(certificate=authority.certificate("server"), clients_of=authority.file) as service:
        yield service


@pytest.fixture(scope="module")
def unguarded(authority: Authority) -> Iterator[Service]:
    with Service(certificate=authority.certificate("server")) as service:
        yield service


class Kitchen:
    """Lays out a recipe in a folder of its own and runs its commands."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.monkeypatch = monkeypatch

    def lay_out(self, recipe: str, hosts: dict[str, str]) -> list[str]:
        """Write its files; its commands. The hosts of the page are those of this machine."""
        for title, code in re.findall(r'^```\w+ title="([^"\n]+)"\n(.*?)^```$', RECIPES[recipe], re.MULTILINE | re.DOTALL):
            path = self.pytester.path / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(on_this_machine(code, hosts), encoding="utf-8")
        commands = re.findall(r"^```sh\n(.*?)^```$", RECIPES[recipe], re.MULTILINE | re.DOTALL)
        return [on_this_machine(line, hosts) for block in commands for line in block.splitlines()]

    def run(self, command: str) -> pytest.RunResult:
        """Run a command as one types it, assignments of variables before it."""
        words = shlex.split(command)
        while words[0] != "pytest":
            name, _, value = words.pop(0).partition("=")
            self.monkeypatch.setenv(name, PASSWORD if value == "…" else value)
        return self.pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rA", *words[1:])


def on_this_machine(text: str, hosts: dict[str, str]) -> str:
    return re.sub(r"https://(\w+)\.example\.org", lambda host: hosts[host[1]], text)


@pytest.fixture
def kitchen(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, authority: Authority) -> Kitchen:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p pytest_base_url.plugin -p pytest_deploy.plugin -p xdist.plugin")
    (pytester.path / "deploy").mkdir()
    (pytester.path / "deploy" / "ca.pem").write_bytes(authority.file.read_bytes())
    (pytester.path / "client.pem").write_bytes(authority.certificate("client").read_bytes())
    return Kitchen(pytester, monkeypatch)


def hosts(service: Service, behind: Service, working: Service) -> dict[str, str]:
    """Host of the page -> URL on this machine."""
    return {
        **dict.fromkeys(("staging", "us", "green"), service.url),
        "shop": in_production(service),
        **dict.fromkeys(("eu", "blue"), working.url),
        "internal": behind.url,
    }


def in_production(service: Service) -> str:
    """Another name of the same service."""
    return service.url.replace("127.0.0.1", "localhost")


def outcomes(result: pytest.RunResult, outcome: str) -> list[str]:
    """The names of the tests of the recipe with an outcome."""
    return re.findall(rf"^{outcome} tests/smoke/\S+?::(.+?)(?: - .*)?$", result.stdout.str(), re.MULTILINE)


def test_there_are_ten_recipes() -> None:
    assert list(RECIPES) == list(WRONG)
    assert len(RECIPES) == 10


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_passes_where_the_service_works(recipe, kitchen, working, guarded) -> None:
    commands = kitchen.lay_out(recipe, hosts(working, guarded, working))
    assert commands
    for command in commands:
        result = kitchen.run(command)
        assert result.ret == 0
        assert outcomes(result, "PASSED")


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_fails_where_the_service_does_not(recipe, kitchen, working, faulty, unguarded) -> None:
    command = kitchen.lay_out(recipe, hosts(faulty, unguarded, working))[0]
    result = kitchen.run(command)
    assert result.ret == 1
    assert outcomes(result, "FAILED") == WRONG[recipe]


def test_the_token_is_asked_for_once(kitchen, working, guarded) -> None:
    working.forget()
    (command,) = kitchen.lay_out("Log in once, and reuse the token", hosts(working, guarded, working))
    kitchen.run(command)
    assert (working.asked["POST /auth/login"], working.asked["GET /api/orders"]) == (1, 2)


def test_the_header_of_the_canary_goes_along_with_the_claims(kitchen, working, guarded) -> None:
    working.forget()
    (command,) = kitchen.lay_out("A header that leads to the canary", hosts(working, guarded, working))
    kitchen.run(command)
    assert {"/health", "/version"} <= working.canaries


def test_what_would_write_to_production_is_refused(kitchen, working, guarded) -> None:
    kitchen.lay_out("Nothing is written in production", hosts(working, guarded, working))
    (kitchen.pytester.path / "tests" / "smoke" / "test_careless.py").write_text(
        "import pytest\n@pytest.mark.smoke\ndef test_careless(smoke_client):\n    smoke_client.post('/api/basket')\n"
    )
    working.forget()
    result = kitchen.run(f"pytest -m smoke --base-url {in_production(working)}")
    assert outcomes(result, "FAILED") == ["test_careless"]
    assert "POST /api/basket would write to production" in result.stdout.str()
    assert working.asked["POST /api/basket"] == 0
