"""What a run of the gate does to the machine over the example, and over files that are broken in every way."""

from __future__ import annotations

import json
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

import pytest_deploy
from bad_input import broken_files
from bad_input.gate_runs import SOUND_BYTES, gate, lay_out

TRAPS = dict.fromkeys(("conftest.py", "setup.py", "app/__init__.py", "app/test_one.py", "sitecustomize.py"), b"raise SystemExit('run')\n")
OURS = (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), str(Path(pytest_deploy.__file__).parents[1]), str(Path(__file__).parent))
SYSTEM = ("/dev/", "/proc/", "/usr/lib/", "/usr/share/zoneinfo")


def example(folder: Path) -> Path:
    shutil.copytree(Path(__file__).parents[2] / "examples" / "shop", folder, dirs_exist_ok=True)
    return folder


def broken(folder: Path) -> Path:
    small = {one.path: one.data for one in broken_files.ALL if len(one.data) < 1000}
    return lay_out(folder, SOUND_BYTES | small)


@pytest.mark.parametrize("make", [example, broken])
def test_nothing_is_run_imported_written_or_read_elsewhere(tmp_path: Path, make) -> None:
    root = lay_out(make(tmp_path / "repository"), TRAPS)
    watched = tmp_path / "seen.json"
    before = sorted(path for path in root.rglob("*"))
    ran = gate(root, "-s", "-p", "watcher", PYTHONPATH=str(Path(__file__).parent), WATCHED=str(watched), PYTHONDONTWRITEBYTECODE="1")
    assert len(ran.checks) > 50, ran.out[-2000:]
    seen = json.loads(watched.read_text(encoding="utf-8"))
    assert seen["network"] == []
    assert set(seen["processes"]) == {"git"}
    assert [path for path in seen["modules"] if path.startswith(str(root))] == []
    assert sorted(path for path in root.rglob("*")) == before
    assert [path for path in seen["written"] if path not in ("/dev/null", str(tmp_path / "repository.json"))] == []
    allowed = (str(root), *(str(Path(one).resolve()) for one in OURS), *SYSTEM)
    assert [path for path in seen["read"] if not path.startswith(allowed)] == []
