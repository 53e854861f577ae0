"""The pytest plugin: options, markers, fixtures and hooks. It only delegates: what does the work is imported once it is asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    import httpx

    from pytest_deploy.repository import Repository
    from pytest_deploy.settings import Settings
    from pytest_deploy.smoke.latency import Latency
    from pytest_deploy.smoke.rollout import Rollout

_MARKERS = (
    "deploy(area, id, tier): an item of the deployment checklist; set by the plugin, for -m \"deploy(area='container')\"",
    "smoke: a test against a running deployment",
    'deploy_each(kind, **where): one test for each thing of a kind in the repository: deploy_each("deploy_job", environment="production")',
    "deploy_checks(*patterns): built-in checks as tests of this very module, by area or id (ids may use *); they come as `deploy_check`",
)

_OF_SMOKE = ("deploy_wait", "deploy_version", "deploy_min_smoke", "deploy_record_baseline", "deploy_watch", "deploy_rollback")
"""Options that only a smoke run understands; ``None``: not given."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Every option begins with ``--deploy-``, with a destination of its own: a clash of names ends a run of somebody else."""
    group = parser.getgroup("deploy", "deployment gate")
    add = group.addoption
    add("--deploy-checks", dest="deploy_checks", action="store_true", help="collect the deployment checklist as tests")
    add(
        "--deploy-only",
        dest="deploy_only",
        action="store_true",
        help="the same, and leave the project's own tests uncollected: nothing of the repository is imported",
    )
    add("--deploy-select", dest="deploy_select", action="append", metavar="X", help="only these areas or check ids (comma-separated; *)")
    add("--deploy-ignore", dest="deploy_ignore", action="append", metavar="X", help="not these areas or check ids (comma-separated; *)")
    add("--deploy-strict", dest="deploy_strict", action="store_true", help="unverified and advisory results fail too")
    add("--deploy-target", dest="deploy_target", metavar="ENV", help="the environment that the verdict is about (default: production)")
    add(
        "--deploy-report",
        dest="deploy_report",
        action="append",
        metavar="FORMAT:PATH",
        help="write a report: json:PATH, markdown:PATH (repeat for more)",
    )
    add("--deploy-baseline", dest="deploy_baseline", metavar="FILE", help="findings that this file lists are waived")
    add("--deploy-write-baseline", dest="deploy_write_baseline", metavar="FILE", help="write the findings of this run as such a file")
    add("--deploy-no-waivers", dest="deploy_no_waivers", action="store_true", help="ignore waivers in files and settings")
    add("--deploy-wait", dest="deploy_wait", type=float, metavar="S", help="wait up to S seconds for the deployment to answer healthy")
    add("--deploy-version", dest="deploy_version", metavar="V", help="the version that must be running (default: HEAD, or its tag)")
    add("--deploy-min-smoke", dest="deploy_min_smoke", type=int, metavar="N", help="fail when fewer than N smoke tests ran")
    add(
        "--deploy-record-baseline",
        dest="deploy_record_baseline",
        action="store_true",
        default=None,
        help="store this run's latency as the baseline",
    )
    add("--deploy-watch", dest="deploy_watch", type=float, metavar="SECONDS", help="go on asking for so long once the smoke tests passed")
    add(
        "--deploy-rollback",
        dest="deploy_rollback",
        action="store_true",
        default=None,
        help="when smoke tests fail, run the rollback command of the settings",
    )
    add("--deploy-list", dest="deploy_list", action="store_true", help="list the checks with tier and area, and stop")
    add("--deploy-explain", dest="deploy_explain", metavar="ID", help="show the documentation of a check, and stop")
    add("--deploy-init", dest="deploy_init", action="store_true", help="write starting files that are missing, and stop")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """The hooks by which others add to the gate."""
    from pytest_deploy.gate import hooks

    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Any:
    """With ``--deploy-only`` nothing of the repository is imported: its conftest files neither."""
    if early_config.known_args_namespace.deploy_only:
        early_config.known_args_namespace.noconftest = True
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """The commands that print or write something and stop."""
    if config.option.deploy_list or config.option.deploy_explain is not None or config.option.deploy_init:
        from pytest_deploy.gate import listing

        return listing.main(config)
    return None


@pytest.hookimpl(trylast=True)  # behind pytest-base-url, which takes the base URL from the ini file
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and, where it is asked for, the gate."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    option = config.option
    base_url = _base_url(config)
    if option.deploy_checks or option.deploy_only:
        from pytest_deploy.gate import memory

        with memory.resting():
            from pytest_deploy.gate import session

            session.start(config)
    else:
        smoke_too = "smoke" in option.markexpr or base_url
        for name in ("select", "ignore", "write-baseline", *(() if smoke_too else ("report",))):
            if getattr(option, f"deploy_{name.replace('-', '_')}"):
                raise pytest.UsageError(f"--deploy-{name} says something about the gate: give --deploy-checks or --deploy-only, too")
    if "smoke" in option.markexpr or base_url or any(getattr(option, name) is not None for name in _OF_SMOKE):
        from pytest_deploy.gate import smoke

        smoke.start(config, _OF_SMOKE)


def _base_url(config: pytest.Config) -> str | None:
    """The base URL as pytest-base-url knows it. On workers of xdist that does not look into the ini file: there it is told."""
    option = config.option
    if not getattr(option, "base_url", None) and hasattr(config, "workerinput") and hasattr(option, "base_url"):
        with contextlib.suppress(ValueError):  # somebody else's option of that name, without a key
            option.base_url = config.getini("base_url") or None
    url: str | None = getattr(option, "base_url", None)
    return url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each thing of a kind, or for each check."""
    if any(metafunc.definition.iter_markers("deploy_each")) or any(metafunc.definition.iter_markers("deploy_checks")):
        from pytest_deploy.gate import each

        each.parametrize(metafunc)


@pytest.fixture(scope="session")
def deploy_repo(pytestconfig: pytest.Config) -> Repository:
    """The repository: its files and their models."""
    from pytest_deploy.gate.engine import gate_of

    return gate_of(pytestconfig).repository


@pytest.fixture(scope="session")
def deploy_settings(pytestconfig: pytest.Config) -> Settings:
    """The settings of the gate."""
    from pytest_deploy.gate.engine import gate_of

    return gate_of(pytestconfig).settings


@pytest.fixture
def deploy_check(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Runs one check on one subject; the test is marked ``deploy_checks``."""
    from pytest_deploy.gate import each

    return each.runner(request)


@pytest.fixture(scope="session")
def smoke_client_args() -> dict[str, Any]:
    """What clients are made with, beside the settings; override it for headers, auth or TLS (the arguments of ``httpx.Client``)."""
    return {}


@pytest.fixture
def new_smoke_client(request: pytest.FixtureRequest, smoke_client_args: dict[str, Any]) -> Iterator[Callable[..., httpx.Client]]:
    """Makes clients on the base URL: ``new_smoke_client(headers={…})``."""
    from pytest_deploy.gate import smoke_fixtures

    yield from smoke_fixtures.factory(request, smoke_client_args)


@pytest.fixture
def smoke_client(new_smoke_client: Callable[..., httpx.Client]) -> httpx.Client:
    """An ``httpx.Client`` on the base URL, with a deadline on every request, bounded bodies, and credentials for that origin alone."""
    return new_smoke_client()


@pytest.fixture
async def async_smoke_client(request: pytest.FixtureRequest, smoke_client_args: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """The same for tasks; it needs a plugin that runs asynchronous fixtures (anyio, pytest-asyncio)."""
    from pytest_deploy.gate import smoke_fixtures

    async for client in smoke_fixtures.async_client(request, smoke_client_args):
        yield client


@pytest.fixture
def wait_until_healthy(request: pytest.FixtureRequest, smoke_client: httpx.Client) -> Callable[..., Rollout]:
    """Waits until the deployment answers healthy: ``wait_until_healthy(60, wanted="v1.2.3")``."""
    from pytest_deploy.gate import smoke_fixtures

    return smoke_fixtures.waiter(request, smoke_client)


@pytest.fixture
def deployed_version(request: pytest.FixtureRequest, smoke_client: httpx.Client) -> str:
    """The version that answers."""
    from pytest_deploy.gate import smoke_fixtures

    return smoke_fixtures.running_version(request, smoke_client)


@pytest.fixture
def health(request: pytest.FixtureRequest, smoke_client: httpx.Client) -> httpx.Response:
    """What the deployment answers when it is asked for its health."""
    from pytest_deploy.gate import smoke_fixtures

    return smoke_fixtures.answer_of_health(request, smoke_client)


@pytest.fixture
def latency(smoke_client: httpx.Client) -> Callable[..., Latency]:
    """Measures an endpoint: ``latency("/orders", samples=20).p95``, in seconds."""
    from pytest_deploy.gate import smoke_fixtures

    return smoke_fixtures.stopwatch(smoke_client)


@pytest.fixture
def migration_roundtrip(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., None]:
    """Takes all migrations of Alembic or Django up, down and up again on a scratch database: ``migration_roundtrip("backend")``."""
    from pytest_deploy.gate import roundtrip

    return roundtrip.roundtrip(request, tmp_path)
