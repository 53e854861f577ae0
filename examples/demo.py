"""The gate over a small application that may go to production, smoke tests of it while it runs, and the gate over the same one with
a few things broken.

The application is laid out as a repository of its own in the folder that is given (``.demo`` beside ``examples``): look around
there and run the commands yourself.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", "*.egg-info", ".venv", ".env")
COMMITTED = "2026-11-20T12:00:00+00:00"  # fixed, so that dates in the application's documents stay as near as they are
PYTEST = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--quiet"]
EXPECTED = [0, 0, 1, 1]


def main(folder: Path) -> int:
    """Run it; 0 when every verdict is as it should be."""
    shop = folder / "shop"
    lay_out(shop)
    print(f"The application, in {shop}: its own tests and the gate in one run.", flush=True)
    got = [run(shop, "--deploy-checks")]
    print("\nIt is started, and asked whether it works and is what was just released:", flush=True)
    with started(shop, folder / "shop.db") as (url, token):
        smoke = ["-m", "smoke", "--base-url", url]
        got.append(run(shop, *smoke, "--deploy-wait", "20", SMOKE_TOKEN=token))
        print("\nThe same, had another version been released than the one that answers:", flush=True)
        got.append(run(shop, *smoke, "--deploy-version", "v1.3.0", SMOKE_TOKEN=token))
    print("\nThe same application with a few things broken:\n", flush=True)
    patch = HERE / "broken.patch"
    print("\n".join(line for line in patch.read_text(encoding="utf-8").splitlines() if line[:1] in "+-"), flush=True)
    git(shop, "apply", str(patch))
    got.append(run(shop, "--deploy-checks"))
    if got == EXPECTED:
        return 0
    print(f"\nexpected the exit codes {EXPECTED}, got {got}", file=sys.stderr)
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


@contextlib.contextmanager
def started(shop: Path, database: Path) -> Iterator[tuple[str, str]]:
    """The application with a database of its own, on a free port of this machine: its URL, and a token of the smoke tests' account."""
    database.unlink(missing_ok=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=shop, env=surroundings(), check=True, capture_output=True, text=True)
    settings = {"DATABASE_URL": f"sqlite:///{database}", "SECRET_KEY": secrets.token_hex(), "COMMIT": commit.stdout.strip()}

    def python(*words: str, **rest: Any) -> str:
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=shop, env=surroundings() | settings, check=True, stdout=subprocess.PIPE, text=True, **rest)
        return done.stdout.strip()

    python("alembic", "upgrade", "head")
    python("shop.manage", "account", "smoke@example.org", input=f"{secrets.token_hex()}\n")
    token = python("shop.manage", "token", "smoke@example.org")
    port = free_port()
    words = ["--factory", "shop.app:create_app", "--port", str(port), "--no-server-header", "--log-level", "error"]
    service = subprocess.Popen([sys.executable, "-m", "uvicorn", *words], cwd=shop, env=surroundings() | settings)
    try:
        yield f"http://127.0.0.1:{port}", token
    finally:
        service.terminate()
        service.wait(timeout=20)


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def run(shop: Path, *options: str, **environment: str) -> int:
    """Run pytest and give its exit code."""
    print(f"\n$ pytest {' '.join(options)}", flush=True)
    return subprocess.run([*PYTEST, *options], cwd=shop, env=surroundings() | environment, check=False).returncode


def surroundings() -> dict[str, str]:
    """Our environment without what would lead git or pytest elsewhere, or annotate files that are not the caller's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTEST_", "GITHUB_"))}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / ".demo").resolve()))
