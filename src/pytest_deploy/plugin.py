"""The pytest plugin: options, markers, fixtures and hooks. It only delegates: what does the work is imported once it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_deploy.repository import Repository
    from pytest_deploy.settings import Settings

_MARKERS = (
    "deploy(area, id, tier): an item of the deployment checklist; set by the plugin, for -m \"deploy(area='container')\"",
    "smoke: a test against a running deployment",
    'deploy_each(kind, **where): one test for each thing of a kind in the repository: deploy_each("deploy_job", environment="production")',
    "deploy_checks(*patterns): built-in checks as tests of this very module, by area or id (ids may use *); they come as `deploy_check`",
)


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


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and, where it is asked for, the gate."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    option = config.option
    if option.deploy_checks or option.deploy_only:
        from pytest_deploy.gate import memory

        with memory.resting():
            from pytest_deploy.gate import session

            session.start(config)
    else:
        for name in ("select", "ignore", "report", "write-baseline"):
            if getattr(option, f"deploy_{name.replace('-', '_')}"):
                raise pytest.UsageError(f"--deploy-{name} says something about the gate: give --deploy-checks or --deploy-only, too")
    if "smoke" in option.markexpr:
        from pytest_deploy.gate import smoke

        smoke.start(config)


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
