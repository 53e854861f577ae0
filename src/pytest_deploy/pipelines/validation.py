"""What has to hold of the jobs of one pipeline in any CI system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.pipelines.model import Job
from pytest_deploy.places import Place

_MOST_COMPARED = 200
_MOST_NAMED = 20


def missing_needs(jobs: Mapping[str, Job]) -> Iterator[SyntaxProblem]:
    """Needs that name no job."""
    for job in jobs.values():
        for need in job.needs:
            if str(need) not in jobs:
                near = get_close_matches(str(need), list(jobs), 1) if len(jobs) <= _MOST_COMPARED else []
                hint = f"; did you mean {near[0]!r}?" if near else ""
                yield SyntaxProblem(f"job {str(job.id)!r} needs {str(need)!r}, which is no job of this pipeline{hint}", need.place)


def cycles(jobs: Mapping[str, Job]) -> Iterator[SyntaxProblem]:
    """Jobs that wait for each other, each ring once: at the need of its first job that leads into it."""
    done: set[str] = set()
    numbers = {name: number for number, name in enumerate(jobs)}
    for start in jobs:
        way: dict[str, int] = {}  # each with its place on the way
        stack: list[tuple[str, Iterator[str]]] = []

        def enter(name: str, way: dict[str, int] = way, stack: list[tuple[str, Iterator[str]]] = stack) -> None:
            way[name] = len(way)
            stack.append((name, (str(need) for need in jobs[name].needs if str(need) in jobs)))

        if start not in done:
            enter(start)
        while stack:
            name, needs = stack[-1]
            need = next(needs, None)
            if need is None:
                stack.pop()
                del way[name]
                done.add(name)
            elif need in way:
                yield _cycle(jobs, [one for one, _ in stack[way[need] :]], numbers)
            elif need not in done:
                enter(need)


def _cycle(jobs: Mapping[str, Job], ring: list[str], numbers: Mapping[str, int]) -> SyntaxProblem:
    first = min(range(len(ring)), key=lambda index: numbers[ring[index]])
    ring = [*ring[first:], *ring[:first]]
    following = ring[1] if len(ring) > 1 else ring[0]
    place = next(need.place for need in jobs[ring[0]].needs if str(need) == following)
    if len(ring) == 1:
        return SyntaxProblem(f"job {ring[0]!r} needs itself", place)
    named = ring if len(ring) <= _MOST_NAMED else [*ring[:_MOST_NAMED], "…"]
    return SyntaxProblem(f"these jobs wait for each other: {' -> '.join([*named, ring[0]])}", place)


def indirect_needs(job: Job, named: Iterable[tuple[str, Place]]) -> Iterator[SyntaxProblem]:
    """Expressions of a job that ask for a job it does not need directly: they get nothing. ``named`` are the variables of its
    expressions (``needs.JOB.…``) and where they stand."""
    direct = {str(need).lower() for need in job.needs}
    for name, place in named:
        context, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if context.lower() == "needs" and other not in ("", "*") and other.lower() not in direct:
            message = f"{name!r} is empty in job {str(job.id)!r}, which does not need {other!r} directly"
            yield SyntaxProblem(message, place)
