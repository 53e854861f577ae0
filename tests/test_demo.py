"""The demonstration: one application, good, running, and broken."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_example_may_go_and_works_and_its_broken_twin_may_not(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py", tmp_path], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    good, _, rest = done.stdout.partition("It is started")
    smoke, _, rest = rest.partition("had another version been released")
    other, _, bad = rest.partition("with a few things broken")
    assert re.search(r"^GO  \d+ checks passed", good, re.MULTILINE)
    assert "FAILED" not in good
    assert re.search(r"^GO  \d+ checks passed", smoke, re.MULTILINE)
    assert "FAILED" not in smoke
    assert re.search(r"^NO-GO  1 required check failed", other, re.MULTILINE)
    assert re.findall(r"^FAILED (\S+)", other, re.MULTILINE) == ["smoke::smoke-version"]
    assert re.search(r"^NO-GO  \d+ required checks failed", bad, re.MULTILINE)
    places = set(re.findall(r"^FAILED (\S+)::(\S+)", bad, re.MULTILINE))
    assert {
        (".github/workflows/release.yml", "pipeline-gate-is-real"),
        (".github/workflows/release.yml", "pipeline-scan-can-fail"),
        (".github/workflows/release.yml", "staging-before-production"),
        (".github/workflows/release.yml", "post-deploy-rolls-back"),
        ("Dockerfile", "base-image-pinned"),
        ("Dockerfile", "nonroot-user"),
    } <= places
