"""Times of commands, taken in turns, so that whatever else the machine does falls on all of them alike.

Processor time (the command's and that of what it starts) is what most comparisons look at: it hardly depends on what else runs.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-p",
    "no:playwright",
    "-p",
    "no:rerunfailures",
    "-q",
)


@dataclass(frozen=True, slots=True)
class Command:
    """A command to be timed: where it runs, and the exit codes with which it did its work."""

    words: tuple[str, ...]
    folder: Path
    exits: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a comparison; ``held`` says whether it is within its bound (``None``: it could not be made)."""

    name: str
    said: str
    held: bool | None

    def __str__(self) -> str:
        return f"{ {True: 'ok', False: 'OVER', None: 'skipped'}[self.held]:8}{self.name}\n        {self.said}"


@dataclass(frozen=True, slots=True)
class Time:
    """Seconds of one run: by the clock on the wall, and of the processor."""

    wall: float
    processor: float


def run(command: Command) -> Time:
    """Run a command once. Raises ``RuntimeError`` with its output when it ends otherwise than it should."""
    before, started = _processor(), time.perf_counter()
    done = subprocess.run(command.words, cwd=command.folder, env=_surroundings(), capture_output=True, text=True)
    taken = Time(time.perf_counter() - started, _processor() - before)
    if done.returncode not in command.exits:
        raise RuntimeError(f"{' '.join(command.words)} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return taken


def _surroundings() -> dict[str, str]:
    """Our environment without what leads elsewhere; compiled modules are kept, as they are for everybody who installed the plugin."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTEST_", "GITHUB_", "PYTHON"))}
    return ours | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(ROOT / "build" / "bytecode")}


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turns(commands: Sequence[Command], rounds: int) -> list[list[Time]]:
    """The times of each command, ``rounds`` of them, after one round that is not counted (it fills caches). Every other round goes
    backwards: what comes after another command finds the machine in another state than what comes before it."""
    for command in commands:
        run(command)
    taken: list[list[Time]] = [[] for _ in commands]
    pairs = list(zip(taken, commands, strict=True))
    for number in range(rounds):
        for times, command in pairs if number % 2 == 0 else reversed(pairs):
            times.append(run(command))
    return taken


def medians(commands: Sequence[Command], rounds: int) -> list[Time]:
    """The median times of each command."""
    return [
        Time(statistics.median(one.wall for one in times), statistics.median(one.processor for one in times))
        for times in in_turns(commands, rounds)
    ]
