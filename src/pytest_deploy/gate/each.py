"""Tests of a project for each thing of a kind (``deploy_each``), and built-in checks as tests of a module (``deploy_checks``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_deploy.gate import text
from pytest_deploy.gate.configuration import check_patterns, did_you_mean
from pytest_deploy.gate.engine import Gate, gate_of
from pytest_deploy.gate.evaluation import Task
from pytest_deploy.gate.selection import chosen
from pytest_deploy.pipelines.environments import EnvironmentKind
from pytest_deploy.pipelines.model import Job
from pytest_deploy.repository import Repository

Things = Iterator[tuple[str, Any]]


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Multiply a test by its ``deploy_each`` and ``deploy_checks`` marks."""
    try:
        gate = gate_of(metafunc.config)
        for mark in metafunc.definition.iter_markers("deploy_each"):
            _each(metafunc, mark, gate)
        patterns = [pattern for mark in metafunc.definition.iter_markers("deploy_checks") for pattern in mark.args]
        if patterns:
            _checks(metafunc, patterns, gate)
    except pytest.UsageError as error:
        pytest.fail(f"{metafunc.definition.nodeid}: {error}", pytrace=False)


# --- deploy_each ---------------------------------------------------------------------------------------------------


def _each(metafunc: pytest.Metafunc, mark: pytest.Mark, gate: Gate) -> None:
    if len(mark.args) != 1 or not isinstance(mark.args[0], str):
        raise pytest.UsageError('deploy_each takes the name of one kind: deploy_each("dockerfile")')
    (kind,) = mark.args
    known = {**_KINDS, **{one.name: _of_kind(one.model) for one in gate.repository.kinds.values() if one.name not in _KINDS}}
    if kind not in known:
        raise pytest.UsageError(f"deploy_each: there is no kind {kind!r}{did_you_mean(kind, known)}; one of {', '.join(sorted(known))}")
    allowed = ("environment",) if kind == "deploy_job" else ()
    for name in mark.kwargs:
        if name not in allowed:
            raise pytest.UsageError(f"deploy_each({kind!r}) takes {', '.join(allowed) or 'nothing else'}, not {name!r}")
    things = list(known[kind](gate.repository, **mark.kwargs))
    metafunc.parametrize(kind, [thing for _, thing in things], ids=[name for name, _ in things])


def _of_kind(model: type) -> Callable[..., Things]:
    return lambda repository: repository.subjects(model)


def _dockerfiles(repository: Repository) -> Things:
    yield from sorted(repository.dockerfiles.items())


def _stages(repository: Repository) -> Things:
    for path, dockerfile in _dockerfiles(repository):
        for index, stage in enumerate(dockerfile.stages):
            yield f"{path}:{stage.name or index}", stage


def _pipelines(repository: Repository) -> Things:
    yield from sorted(repository.pipelines.items())


def _jobs(repository: Repository) -> Things:
    for path, pipeline in _pipelines(repository):
        if not pipeline.action:
            for name, job in pipeline.jobs.items():
                yield f"{path}:{name}", job


def _deploy_jobs(repository: Repository, environment: EnvironmentKind | str | None = None) -> Things:
    """Jobs that deploy; ``environment`` is the kind of environment that they deploy to, or its name."""
    homes = {id(job): name for name, job in _jobs(repository)}
    found: dict[str, Job] = {}
    for way in repository.release.deploys:
        if environment is None or environment in (way.target, way.environment):
            job = way.node.job
            found[homes.get(id(job), str(job.id))] = job
    yield from sorted(found.items())


def _compose_services(repository: Repository) -> Things:
    for path, compose in sorted(repository.composes.items()):
        for name, service in compose.services.items():
            yield f"{path}:{name}", service


def _endpoints(repository: Repository) -> Things:
    from pytest_deploy.smoke.endpoints import plan

    found = plan(repository)
    for one in (*found.health, *found.endpoints):
        yield one.name, one


_KINDS: dict[str, Callable[..., Things]] = {
    "dockerfile": _dockerfiles,
    "stage": _stages,
    "pipeline": _pipelines,
    "job": _jobs,
    "deploy_job": _deploy_jobs,
    "compose_service": _compose_services,
    "endpoint": _endpoints,
}


# --- deploy_checks -------------------------------------------------------------------------------------------------


def _checks(metafunc: pytest.Metafunc, patterns: list[str], gate: Gate) -> None:
    check_patterns(patterns, lambda: gate.ids, "deploy_checks")
    tasks = [task for task in gate.tasks if chosen(task.check.id, task.check.area, patterns, ())]
    metafunc.parametrize("deploy_check", tasks, ids=[f"{task.check.id}:{task.subject}" for task in tasks], indirect=True)


def runner(request: pytest.FixtureRequest) -> Callable[[], None]:
    """What the fixture ``deploy_check`` gives: a call that runs the check, and fails, skips or expects to fail as in the gate."""
    task: Task | None = getattr(request, "param", None)
    if task is None:
        pytest.fail('deploy_check needs the mark deploy_checks: @pytest.mark.deploy_checks("container")', pytrace=False)
    gate = gate_of(request.config)

    def run() -> None:
        __tracebackhide__ = True
        result = gate.result(task)
        match result.outcome:
            case "failed" | "error":
                pytest.fail(text.failure(result, gate), pytrace=False)
            case "unverified" if gate.strict:
                pytest.fail(text.unverified(result), pytrace=False)
            case "unverified":
                pytest.skip(f"unverified: {result.reason}")
            case "not-applicable":
                pytest.skip(result.reason)
            case "waived":
                pytest.xfail(result.reason)

    return run
