"""The same tree gives the same items in the same order with the same results, whatever the hash seed and the number of workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bad_input import broken_files
from bad_input.gate_runs import SOUND_BYTES, gate, lay_out
from gate.test_static_examples import example


def judged(folder: Path, *arguments: str, seed: str) -> tuple[list[Any], list[str]]:
    ran = gate(folder, *arguments, PYTHONHASHSEED=seed)
    return [{**one, "seconds": 0} for one in ran.checks], [line for line in ran.out.split("\n") if "::" in line]


def some_broken(folder: Path) -> Path:
    return lay_out(folder, SOUND_BYTES | {one.path: one.data for one in broken_files.ALL[::6] if len(one.data) < 1000})


@pytest.mark.parametrize("make", [example, some_broken])
def test_seeds_and_workers_change_nothing(tmp_path: Path, make) -> None:
    folder = make(tmp_path / "repository")
    checks, shown = judged(folder, seed="0")
    assert len(checks) > 50
    assert judged(folder, seed="1") == (checks, shown)
    assert judged(folder, "-p", "xdist.plugin", "-n", "2", seed="2")[0] == checks
