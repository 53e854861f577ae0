"""Taking a deployment back."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pytest_deploy.smoke.rollback import roll_back


def run(program: str, tmp_path: Path, timeout: float = 20.0) -> tuple[bool, str, str]:
    done = roll_back([sys.executable, "-c", program], tmp_path, timeout=timeout)
    return done.worked, done.text.partition("` ")[2], done.output


def test_a_command_that_ends_well_has_rolled_back(tmp_path: Path) -> None:
    worked, text, output = run("print('undone')", tmp_path)
    assert worked
    assert text.startswith("ended well after")
    assert output == "undone"


def test_a_command_that_fails_has_not_and_its_output_is_kept(tmp_path: Path) -> None:
    worked, text, output = run("import sys; print('no such release', file=sys.stderr); sys.exit(3)", tmp_path)
    assert not worked
    assert text.startswith("ended with 3 after")
    assert output == "no such release"


def test_a_command_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    started = time.monotonic()
    worked, text, _ = run("import time; time.sleep(60)", tmp_path, timeout=0.3)
    assert not worked
    assert text == "did not end within 300 ms"
    assert time.monotonic() - started < 5


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    done = roll_back(["no-such-program-here", "undo"], tmp_path, timeout=1)
    assert not done.worked
    assert done.text == "`no-such-program-here undo` cannot be run: No such file or directory"


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    done = roll_back([sys.executable, "-c", "import sys; print(sys.argv[1])", "$(echo x); `y`"], tmp_path, timeout=20)
    assert done.output == "$(echo x); `y`"


def test_it_runs_in_the_folder_of_the_repository(tmp_path: Path) -> None:
    assert run("import os; print(os.getcwd())", tmp_path)[2] == str(tmp_path)


def test_a_secret_in_its_output_is_masked(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    assert token not in run(f"print('token {token}')", tmp_path)[2]
