"""How an item of the checklist is run: in one phase, where a test has three.

A check has no fixtures, so there is nothing to set up or tear down, and most of what pytest does around a test can be saved: a large
repository has thousands of checks that take a fraction of a millisecond each. Reports are made, completed and logged by the hooks as
ever. Where another plugin runs tests in a way of its own (pytest-rerunfailures, say), where an item has a mark that pytest acts on,
and with ``--pdb``, ``--junitxml`` and the like, everything goes pytest's own way.
"""

from __future__ import annotations

import pytest

from pytest_deploy.gate.collection import CheckItem

_ACTED_ON = frozenset({"skip", "skipif", "xfail", "usefixtures"})
_OPTIONS = ("xmlpath", "usepdb", "trace", "setuponly", "setupshow", "setupplan")


class Protocol:
    """Runs the items of the checklist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._alone: bool | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run one check, or leave it to pytest."""
        if not isinstance(item, CheckItem) or not self._is_alone() or any(mark.name in _ACTED_ON for mark in item.iter_markers()):
            return None
        hooks = item.ihook
        hooks.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        # As in pytest's own protocol: these two end the run, and are no outcome of a check.
        call = pytest.CallInfo.from_call(item.runtest, when="call", reraise=(pytest.exit.Exception, KeyboardInterrupt))
        report = hooks.pytest_runtest_makereport(item=item, call=call)
        hooks.pytest_runtest_logreport(report=report)
        hooks.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _is_alone(self) -> bool:
        """Whether nobody else but pytest itself has a say in how tests are run."""
        if self._alone is None:
            known = (self, *map(self.config.pluginmanager.get_plugin, ("runner", "deploy-afterwards")))
            others = [
                one for one in self.config.hook.pytest_runtest_protocol.get_hookimpls() if one.plugin not in known and not _wraps(one)
            ]
            self._alone = not others and not any(self.config.getoption(name, False) for name in _OPTIONS)
        return self._alone


def _wraps(implementation: object) -> bool:
    return bool(getattr(implementation, "wrapper", False) or getattr(implementation, "hookwrapper", False))
