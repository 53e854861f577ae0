"""A smoke run that proves nothing is no success."""

from __future__ import annotations

import pytest

TESTS = """
import pytest
@pytest.mark.smoke
def test_one(): {body}
def test_two(): pass
"""


@pytest.mark.parametrize(
    ("body", "arguments", "code"),
    [
        ("pass", ["-m", "smoke"], pytest.ExitCode.OK),
        ("assert 0", ["-m", "smoke"], pytest.ExitCode.TESTS_FAILED),
        ("pytest.skip('no')", ["-m", "smoke"], pytest.ExitCode.NO_TESTS_COLLECTED),
        ("pytest.skip('no')", ["-m", "smoke and not deploy"], pytest.ExitCode.NO_TESTS_COLLECTED),
        ("pytest.skip('no')", ["-m", "smoke", "--co"], pytest.ExitCode.OK),
        ("pytest.skip('no')", ["-m", "not smoke"], pytest.ExitCode.OK),
        ("pytest.skip('no')", ["-m", "not (smoke or deploy)"], pytest.ExitCode.OK),
        ("pytest.skip('no')", [], pytest.ExitCode.OK),
        ("pass", ["-m", "smoke", "-k", "nothing"], pytest.ExitCode.NO_TESTS_COLLECTED),
    ],
)
def test_the_exit_code_of_a_smoke_run(house, body, arguments, code):
    house.write({"test_it.py": TESTS.format(body=body)})
    assert house.run(*arguments).ret == code


def test_a_smoke_run_in_which_nothing_ran_says_so(house):
    house.write({"test_it.py": TESTS.format(body="pytest.skip('no')")})
    house.run("-m", "smoke").stdout.fnmatch_lines(["no smoke test ran: this is no success; --base-url URL says what to test"])
