"""Taking a deployment back with the command that the settings give. It is a list of words: no shell sees it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_deploy.secrets import mask
from pytest_deploy.smoke.failures import duration

_SHOWN = 8_000
"""Characters of a command's output that are kept: its end."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What became of the command: ``worked`` when it ended with 0 in time. ``text`` says so; ``output`` is what it printed, masked."""

    worked: bool
    text: str
    output: str
    seconds: float


def roll_back(command: Sequence[str], folder: Path, *, timeout: float) -> RolledBack:
    """Run the command in ``folder``, for ``timeout`` seconds at most. Never raises: what goes wrong is in the result."""
    started = time.monotonic()
    name = mask(" ".join(command))
    try:
        done = subprocess.run(  # noqa: S603  # the user's own command, from the settings, and only with --deploy-rollback
            list(command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return RolledBack(False, f"`{name}` did not end within {duration(timeout)}", _kept(late.stdout), time.monotonic() - started)
    except OSError as error:
        return RolledBack(False, f"`{name}` cannot be run: {error.strerror or error}", "", time.monotonic() - started)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        return RolledBack(False, f"`{name}` ended with {done.returncode} after {duration(seconds)}", _kept(done.stdout), seconds)
    return RolledBack(True, f"`{name}` ended well after {duration(seconds)}", _kept(done.stdout), seconds)


def _kept(output: bytes | None) -> str:
    return mask((output or b"").decode("utf-8", "replace"))[-_SHOWN:].strip()
