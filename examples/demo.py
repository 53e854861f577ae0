"""The gate over a small application that may go to production, and over the same one with a few things broken.

The application is laid out as a repository of its own in the folder that is given (``.demo`` beside ``examples``): look around
there and run the commands yourself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", "*.egg-info", ".venv", ".env")
COMMITTED = "2026-11-20T12:00:00+00:00"  # fixed, so that dates in the application's documents stay as near as they are
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--quiet", "--deploy-checks"]


def main(folder: Path) -> int:
    """Run it; 0 when both verdicts are as they should be."""
    shop = folder / "shop"
    lay_out(shop)
    print(f"The application, in {shop}: its own tests and the gate in one run.", flush=True)
    good = run(shop)
    print("\nThe same application with a few things broken:\n", flush=True)
    patch = HERE / "broken.patch"
    print("\n".join(line for line in patch.read_text(encoding="utf-8").splitlines() if line[:1] in "+-"), flush=True)
    git(shop, "apply", str(patch))
    bad = run(shop)
    if (good, bad) == (0, 1):
        return 0
    print(f"\nexpected exit codes 0 and 1, got {good} and {bad}", file=sys.stderr)
    return 1


def lay_out(shop: Path) -> None:
    """Copy the application and make it a repository with two releases."""
    shutil.rmtree(shop, ignore_errors=True)
    shutil.copytree(HERE / "shop", shop, ignore=NOT_COPIED)
    git(shop, "init", "--quiet", "--initial-branch", "main")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "Release 1.3.0")
    git(shop, "tag", "v1.3.0")
    git(shop, "commit", "--quiet", "--allow-empty", "--message", "Release 1.4.0")
    git(shop, "tag", "v1.4.0")


def git(shop: Path, *arguments: str) -> None:
    """Run git in the application, with an identity and a date of its own."""
    person = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()}
    subprocess.run(["git", *arguments], cwd=shop, env=surroundings() | person, check=True)


_PERSON = {"NAME": "shop", "EMAIL": "shop@example.org", "DATE": COMMITTED}


def run(shop: Path) -> int:
    """Run the gate and give its exit code."""
    print("\n$ pytest --deploy-checks", flush=True)
    return subprocess.run(PYTEST, cwd=shop, env=surroundings(), check=False).returncode


def surroundings() -> dict[str, str]:
    """Our environment without what would lead git or pytest elsewhere, or annotate files that are not the caller's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTEST_", "GITHUB_"))}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / ".demo").resolve()))
