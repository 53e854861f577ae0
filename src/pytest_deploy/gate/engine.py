"""The gate itself, without pytest's run around it: settings, checks, subjects, and what becomes of each."""

from __future__ import annotations

import functools
import os.path
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from pytest_deploy.checks.registry import AREAS, Check, Tier, built_in, from_function
from pytest_deploy.findings import Finding
from pytest_deploy.gate import configuration
from pytest_deploy.gate.baseline import Baseline
from pytest_deploy.gate.evaluation import Answer, Task, answer
from pytest_deploy.gate.selection import CHECKLIST, chosen
from pytest_deploy.gate.waivers import Waivers, in_order
from pytest_deploy.report.result import Outcome, Result
from pytest_deploy.repository import Kind, Repository
from pytest_deploy.secrets import mask
from pytest_deploy.settings import Settings

if TYPE_CHECKING:
    from pytest_deploy.pipelines.readers import Reader

_KEY = pytest.StashKey["Gate"]()


def gate_of(config: pytest.Config) -> Gate:
    """The gate of a run; made when first asked for."""
    if _KEY not in config.stash:
        config.stash[_KEY] = Gate(config)
    return config.stash[_KEY]


class Gate:
    """What a run knows about the repository.

    Making one reads the settings and raises ``pytest.UsageError`` for what is wrong in them; the repository is read when its
    subjects are first asked for.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.root = _root(config)
        self._is_pytests_root = self.root == config.rootpath
        self.configuration = configuration.load(self.root, config.rootpath)
        option = config.option
        self.strict: bool = option.deploy_strict
        self.waivers_off: bool = option.deploy_no_waivers
        self.select = _split(option.deploy_select)
        self.ignore = _split(option.deploy_ignore)
        configuration.validate(self.configuration, lambda: self.ids)
        configuration.check_patterns(self.select, lambda: self.ids, "--deploy-select")
        configuration.check_patterns(self.ignore, lambda: self.ids, "--deploy-ignore")
        settings = self.configuration.settings
        self.settings: Settings = msgspec.structs.replace(settings, target=option.deploy_target) if option.deploy_target else settings
        self.baseline = Baseline.load(config.invocation_params.dir / option.deploy_baseline) if option.deploy_baseline else None
        self._answers: dict[tuple[str, str], Answer] = {}
        self._results: dict[tuple[str, str], Result] = {}

    # --- checks ------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def checks(self) -> tuple[Check, ...]:
        """All checks, those of hooks too, in the order of the checklist.

        Raises ``pytest.UsageError`` when two have the same id.
        """
        found: dict[str, Check] = {}
        for one in (*built_in(), in_order(self), *self._from_hooks()):
            if one.id in found:
                raise pytest.UsageError(f"two checks have the id {one.id}: {found[one.id].module} and {one.module}")
            found[one.id] = one
        return tuple(sorted(found.values(), key=lambda one: (AREAS.index(one.area), one.id)))

    def _from_hooks(self) -> Iterable[Check]:
        for given in self.config.hook.pytest_deploy_checks(config=self.config):
            for one in given or ():
                try:
                    yield one if isinstance(one, Check) else from_function(one)
                except TypeError as error:
                    raise pytest.UsageError(str(error)) from None

    @functools.cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all checks."""
        return frozenset(one.id for one in self.checks)

    # --- subjects ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def repository(self) -> Repository:
        """The repository."""
        hook = self.config.hook
        kinds: list[Kind] = [one for given in hook.pytest_deploy_kinds(config=self.config) for one in given or ()]
        readers: list[Reader] = [one for given in hook.pytest_deploy_readers(config=self.config) for one in given or ()]
        return Repository(self.root, self.settings, kinds, readers)

    @functools.cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The whole gate that the settings ask for, whatever the command line leaves of it: by area, check and subject."""
        subjects: dict[type, list[Task]] = {}
        out: list[Task] = []
        for check in self.checks:
            if not chosen(check.id, check.area, self.settings.select, self.settings.ignore):
                continue
            if check.subject not in subjects:
                subjects[check.subject] = list(self._subjects(check))
            out += [Task(check, one.subject, one.model, one.trouble) for one in subjects[check.subject]]
        return tuple(out)

    def _subjects(self, check: Check) -> Iterable[Task]:
        try:
            yield from [Task(check, name, model) for name, model in self.repository.subjects(check.subject)]
        except Exception as trouble:  # a reader's fault is an error of the checks that need it, and of no others
            yield Task(check, CHECKLIST, None, trouble)

    @functools.cached_property
    def by_key(self) -> dict[tuple[str, str], Task]:
        """The tasks by (check, subject)."""
        return {(one.check.id, one.subject): one for one in self.tasks}

    @functools.cached_property
    def subjects(self) -> dict[str, frozenset[str]]:
        """Every subject with the ids of its checks."""
        found: dict[str, set[str]] = {}
        for task in self.tasks:
            found.setdefault(task.subject, set()).add(task.check.id)
        return {subject: frozenset(ids) for subject, ids in sorted(found.items())}

    def asked_for(self, task: Task) -> bool:
        """Whether the options ``--deploy-select`` and ``--deploy-ignore`` leave a task in."""
        return chosen(task.check.id, task.check.area, self.select or ("*",), self.ignore)

    # --- answers and results -------------------------------------------------------------------------------------------

    def answer(self, task: Task) -> Answer:
        """What the check says; it is run once."""
        key = (task.check.id, task.subject)
        if key not in self._answers:
            self._answers[key] = answer(task, self.repository, self._parses.get(task.check.subject))
        return self._answers[key]

    @functools.cached_property
    def _parses(self) -> dict[type, str]:
        return {one.check.subject: one.check.id for one in self.tasks if one.check.id.endswith("-parses")}

    @functools.cached_property
    def waivers(self) -> Waivers:
        """The waivers in force: none with ``--deploy-no-waivers``."""
        return Waivers(self)

    def result(self, task: Task) -> Result:
        """What becomes of a task, with the settings, waivers and the baseline applied."""
        key = (task.check.id, task.subject)
        if key not in self._results:
            self._results[key] = self._judge(task, self.answer(task))
        return self._results[key]

    def error(self, task: Task, trouble: BaseException) -> Result:
        """The result of a task that something around the check kept from a verdict."""
        return self._judge(task, Answer("error", mask(f"{type(trouble).__name__}: {trouble}")))

    def _judge(self, task: Task, said: Answer) -> Result:
        tier: Tier = "required" if self.strict or self.is_required(task.check) else "advisory"
        reasons = [(finding, self._accepted(task, finding)) for finding in said.findings]
        standing = tuple(finding for finding, reason in reasons if not reason)
        outcome: Outcome = said.outcome
        if outcome == "failed" and not standing:
            outcome = "waived"
        elif outcome == "failed" and not any(tier == "required" and (self.strict or not finding.advisory) for finding in standing):
            outcome = "advisory"
        return Result(
            id=task.check.id,
            area=task.check.area,
            tier=tier,
            subject=task.subject,
            node=f"{self.node(task.subject)}::{task.check.id}",
            outcome=outcome,
            reason=said.reason or "; ".join(dict.fromkeys(reason for _, reason in reasons if reason)),
            findings=standing,
            waived=tuple(finding for finding, reason in reasons if reason),
            seconds=said.seconds,
        )

    def _accepted(self, task: Task, finding: Finding) -> str:
        """Why a finding is waived; empty when it stands."""
        return self.waivers.reason(task, finding) or (self.baseline.reason(task, finding, self) if self.baseline else "")

    def is_required(self, check: Check) -> bool:
        """Whether findings of a check fail the run: its own tier, which settings change."""
        if chosen(check.id, check.area, self.settings.required, ()):
            return True
        return check.tier == "required" and not chosen(check.id, check.area, self.settings.advisory, ())

    def node(self, subject: str) -> str:
        """The node id of a subject: its path as pytest writes it, relative to pytest's own root."""
        if self._is_pytests_root:
            return subject
        return Path(os.path.relpath(self.root / subject, self.config.rootpath)).as_posix()

    def source_line(self, path: str, number: int) -> str:
        """A line of a file, without what is around it and with secrets masked; empty where there is none."""
        text = self.repository.tree.text(path)
        lines = text.split("\n") if text is not None else []
        return mask(lines[number - 1].strip()) if 0 < number <= len(lines) else ""


def _root(config: pytest.Config) -> Path:
    """The repository's root: pytest's own where it was named, else the nearest folder from there up that git or a deploy.toml marks."""
    if config.option.rootdir:
        return config.rootpath
    for folder in (config.rootpath, *config.rootpath.parents):
        if (folder / ".git").exists() or (folder / "deploy.toml").is_file():
            return folder
    return config.rootpath


def _split(values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(part for value in values or () for one in value.split(",") if (part := one.strip()))
