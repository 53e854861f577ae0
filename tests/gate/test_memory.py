"""What the gate does to Python's search for garbage is over when the run is."""

from __future__ import annotations

import gc

import pytest

from pytest_deploy.gate import memory


def test_after_a_run_python_looks_at_everything_again(house):
    house.settings()
    house.write({"a.note": "fine\n"})
    house.run("--deploy-only")
    assert (gc.isenabled(), gc.get_freeze_count()) == (True, 0)


def test_a_search_that_is_off_stays_off():
    gc.disable()
    try:
        with memory.resting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_search_is_on_again_after_a_usage_error(house):
    house.settings('unknown = "x"\n')
    assert house.run("--deploy-only").ret == pytest.ExitCode.USAGE_ERROR
    assert gc.isenabled()


def test_what_somebody_else_has_set_aside_stays_there(house):
    house.settings()
    gc.freeze()
    try:
        house.run("--deploy-only")
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


@pytest.mark.parametrize(("option", "last"), [("--deploy-only", False), ("--deploy-checks", True)])
def test_what_there_is_at_the_end_is_looked_at_where_tests_of_the_project_ran(house, option, last):
    house.settings()
    house.write({"test_own.py": "def test_own():\n    pass\n"})
    code = f"""
import atexit, gc, pytest
atexit.register(lambda: print("looked at:", gc.get_freeze_count() == 0))
pytest.main(["-p", "no:cacheprovider", "-p", "house", {option!r}])
"""
    result = house.pytester.runpython_c(code)
    result.stdout.fnmatch_lines([f"looked at: {last}"])
