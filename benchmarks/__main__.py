"""Takes all comparisons, or those whose names are given, and prints them. Ends with 1 when one is over its bound."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import smoke_runs
from benchmarks.generated import gate, generate, with_items
from benchmarks.measuring import PYTEST, ROOT, Command, Comparison, in_turns, medians

CHECKOV = ROOT / "build" / "checkov"


def unused(folder: Path) -> Comparison:
    """What the plugin costs a run that does not ask for it."""
    tests = folder / "unused"
    tests.mkdir()
    (tests / "test_one.py").write_text("def test_one():\n    pass\n")
    without, installed = in_turns([Command((*PYTEST, "-p", "no:deploy"), tests), Command(PYTEST, tests)], 31)
    more = statistics.median(two.processor - one.processor for one, two in zip(without, installed, strict=True))
    whole = statistics.median(one.processor for one in without)
    said = f"{1000 * more:+.1f} ms (bound: 5 ms more; a run without it takes {1000 * whole:.0f} ms)"
    return Comparison("installed and unused, against -p no:deploy", said, more <= 0.005)


def plain(folder: Path) -> Comparison:
    """The gate against a plugin that does nothing with as many items and the same files."""
    repository, count = with_items(folder, 2_000)
    (repository / "plain.items").write_text("")
    os.environ["PLAIN_ITEMS"] = str(count)
    words = (*PYTEST, "-p", "no:deploy", "-p", "benchmarks.plain", f"--rootdir={repository}", "plain.items")
    bare, ours = medians([Command(words, repository), gate(repository)], 7)
    ratio = ours.processor / bare.processor
    said = f"{ratio:.2f}x (bound: 1.5x; {ours.processor:.2f} s against {bare.processor:.2f} s)"
    return Comparison(f"the gate with {count} items, against empty items and bare parsers", said, ratio <= 1.5)


def checkov(folder: Path) -> Comparison:
    """The gate against checkov on the same Dockerfiles and workflows."""
    name = "the gate on Dockerfiles and workflows, against checkov"
    program = CHECKOV / "bin" / "checkov"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", CHECKOV], check=True)
        done = subprocess.run([CHECKOV / "bin" / "pip", "install", "--quiet", "checkov"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return Comparison(name, f"checkov could not be installed: {done.stderr.strip().splitlines()[-1]}", None)
    ratios = []
    said = []
    for services in (20, 100):
        repository = folder / f"checkov-{services}"
        generate(repository, services)
        words = (str(program), "--directory", str(repository), "--framework", "dockerfile", "github_actions", "--quiet", "--compact")
        theirs, ours = medians([Command(words, repository, exits=(0, 1)), gate(repository)], 3)
        ratios.append(theirs.wall / ours.wall)
        said.append(f"{services} of each {ratios[-1]:.1f}x as fast ({ours.wall:.2f} s against {theirs.wall:.2f} s)")
    return Comparison(name, f"{'; '.join(said)} (bound: 20x)", min(ratios) >= 20)


def growth(folder: Path) -> Comparison:
    """Whether the time of the gate grows with the number of items and no faster."""
    measured = [with_items(folder, wanted) for wanted in (100, 1_000, 10_000)]
    times = [one.processor for one in medians([gate(repository) for repository, _ in measured], 3)]
    (small, middle, large), counts = times, [count for _, count in measured]
    first, second = (middle - small) / (counts[1] - counts[0]), (large - middle) / (counts[2] - counts[1])
    row = ", ".join(f"{count} items {taken:.2f} s" for count, taken in zip(counts, times, strict=True))
    said = f"{second / first:.2f}x the time for each further item (bound: 1.3x; {row})"
    return Comparison("growth from 100 to 10,000 items", said, second / first <= 1.3)


def smoke(folder: Path) -> Comparison:
    """A smoke run over endpoints that take 50 ms each, against a client that asks one after another."""
    count = 200
    with smoke_runs.slow_service() as url:
        commands = [smoke_runs.serial(folder / "serial", url, count), smoke_runs.ours(folder / "ours", url, count)]
        one_by_one, ours = medians(commands, 5)
    said = f"{ours.wall:.2f} s in all (bound: 1.5 s; {one_by_one.wall:.2f} s with a serial client of httpx)"
    return Comparison(f"a smoke run of {count} endpoints that take 50 ms each, against one after another", said, ours.wall < 1.5)


ALL: dict[str, Callable[[Path], Comparison]] = {one.__name__: one for one in (unused, plain, checkov, growth, smoke)}


def main(names: list[str]) -> int:
    """Take the comparisons one after another."""
    held = True
    with tempfile.TemporaryDirectory() as folder:
        for name in names or ALL:
            place = Path(folder, f"for-{name}")
            place.mkdir()
            comparison = ALL[name](place)
            print(comparison, flush=True)
            held = held and comparison.held is not False
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
