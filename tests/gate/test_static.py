"""Static mode touches nothing: no network, no process but git, no code of the repository, no file outside of it."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import pytest_deploy

FILES = {
    "Dockerfile": 'FROM python:3.13-slim@sha256:0123\nRUN pip install .\nUSER app\nCMD ["app"]\n',
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make test\n",
    "Makefile": "test:\n\tpytest\n",
    "compose.yml": "services:\n  web:\n    build: .\n",
    "conftest.py": "raise SystemExit('imported')\n",
    "setup.py": "raise SystemExit('run')\n",
    "app/__init__.py": "raise SystemExit('imported')\n",
    "app/test_one.py": "raise SystemExit('imported')\n",
    ".env.example": "A=\n",
    ".git/HEAD": "ref: refs/heads/main\n",
}


@pytest.fixture
def seen(house, tmp_path_factory, monkeypatch) -> dict[str, Any]:
    """What a run of the gate alone did, with every built-in check, in a repository with traps."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "Dockerfile").write_text("FROM secret\n")
    (outside / "ci.yml").write_text("on: push\n")
    house.write({**FILES, "deploy.toml": 'ignore = ["house-*"]\n'})
    (house.path / "svc").mkdir()
    (house.path / "svc" / "Dockerfile").symlink_to(outside / "Dockerfile")
    (house.path / ".github" / "workflows" / "linked.yml").symlink_to(outside / "ci.yml")
    watched = tmp_path_factory.mktemp("watched") / "seen.json"
    monkeypatch.setenv("WATCHED", str(watched))
    arguments = ("-p", "watcher", "-p", "no:cacheprovider", "--deploy-only", "--deploy-report", "json:gate.json")
    result = house.run_apart(*arguments, plugins=())
    assert result.ret in (0, 1), result.stderr.str()
    found: dict[str, Any] = json.loads(watched.read_text(encoding="utf-8"))
    found["root"] = str(house.path)
    found["nodes"] = [one["node"] for one in house.read_report()["checks"]]
    found["outcomes"] = {one["outcome"] for one in house.read_report()["checks"]}
    return found


def test_nothing_leaves_the_machine_or_the_repository(seen):
    assert "Dockerfile::nonroot-user" in seen["nodes"]  # it did its work
    assert not [node for node in seen["nodes"] if "svc/" in node or "linked" in node]
    assert "error" not in seen["outcomes"]
    assert seen["network"] == []
    assert set(seen["processes"]) == {"git"}
    assert [path for path in seen["modules"] if path.startswith(seen["root"])] == []
    ours = [
        sys.prefix,
        sys.base_prefix,
        sysconfig.get_path("stdlib"),
        str(Path(pytest_deploy.__file__).parents[1]),
        str(Path(__file__).parent),
    ]
    allowed = [seen["root"], *(str(Path(one).resolve()) for one in ours), "/dev/", "/proc/", "/usr/lib/", "/usr/share/zoneinfo"]
    assert [path for path in seen["read"] if not path.startswith(tuple(allowed))] == []
    written = [path for path in seen["written"] if not path.endswith(".pyc") and ".pyc." not in path and path != "/dev/null"]
    assert [path for path in written if path.startswith(seen["root"])] == [f"{seen['root']}/gate.json"]
