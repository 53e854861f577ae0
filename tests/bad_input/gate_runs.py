"""Running the gate in a repository made of bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOUND = {
    ".github/workflows/ci.yml": """\
on: {push: {branches: [main]}, pull_request: }
permissions: {contents: read}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/prepare
      - run: ruff check .
      - run: mypy .
      - run: pytest
      - run: pip-audit
  image:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: docker build -f Dockerfile -t ghcr.io/acme/app:${{ github.sha }} .
      - run: trivy image --exit-code 1 ghcr.io/acme/app:${{ github.sha }}
      - run: docker push ghcr.io/acme/app:${{ github.sha }}
""",
    ".github/actions/prepare/action.yml": """\
runs:
  using: composite
  steps:
    - run: pip install .
      shell: bash
""",
    "Dockerfile": 'FROM python:3.13-slim\nCOPY app /app\nUSER app\nHEALTHCHECK CMD ["true"]\nCMD ["app"]\n',
    "deploy.toml": 'exclude = ["app/**"]\n',
    "app/app.py": "print()\n",
}


@dataclass(frozen=True)
class Ran:
    """A run of the gate: its report, what it printed, how it ended."""

    report: dict[str, Any]
    out: str
    code: int

    @property
    def checks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.report["checks"]
        return found

    def of(self, subject: str) -> list[dict[str, Any]]:
        return [one for one in self.checks if one["subject"] == subject]


def gate(folder: Path, *arguments: str, **environment: str) -> Ran:
    """A run of the gate alone, in a process of its own; the report is written beside the folder."""
    report = folder.parent / f"{folder.name}.json"
    # By name: to look for the plugins that are installed takes longer than all the rest, and some of them open sockets.
    words = ("-p", "pytest_deploy.plugin", "-p", "no:cacheprovider", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--deploy-only", "--deploy-report", f"json:{report}", *arguments],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PYTEST_", "CI"))},
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
        capture_output=True,
        check=False,
        timeout=120,
    )
    found = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {"checks": []}
    return Ran(found, (done.stdout + done.stderr).decode("utf-8", "replace"), done.returncode)


def lay_out(folder: Path, contents: dict[str, bytes]) -> Path:
    for path, data in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


SOUND_BYTES = {path: text.encode() for path, text in SOUND.items()}
