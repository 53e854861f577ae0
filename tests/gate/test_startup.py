"""What the plugin costs a run that does not use it."""

from __future__ import annotations

import subprocess
import sys


def test_loading_the_plugin_loads_nothing_heavy():
    code = "import sys, pytest; before = set(sys.modules); import pytest_deploy.plugin; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pytest_deploy", "pytest_deploy.plugin"]


def test_a_run_that_does_not_use_it_loads_the_hooks_alone(pytester):
    pytester.makepyfile(
        test_one="""
        import sys
        def test_one():
            heavy = "httpx yaml hcl2 tree_sitter dockerfile_parse msgspec markdown_it pathspec".split()
            assert not [name for name in heavy if name in sys.modules]
            assert [name for name in sys.modules if name.startswith("pytest_deploy")] == [
                "pytest_deploy", "pytest_deploy.plugin", "pytest_deploy.gate", "pytest_deploy.gate.hooks"
            ]
        """
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "pytest_deploy.plugin", "-p", "no:cacheprovider", "-q"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""},
        cwd=pytester.path,
    )
    assert done.returncode == 0, done.stdout
