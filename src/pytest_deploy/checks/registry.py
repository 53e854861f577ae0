"""What a check is, and where all of them are found.

A check is one module with one function under :func:`check`. The module's docstring is its documentation *and* its test:
a title line, why it matters, ``## Bad`` and ``## Good`` with fenced examples that name their file, ``## References``.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pytest_deploy.findings import Finding

Tier = Literal["required", "advisory"]
Run = Callable[..., Iterable[Finding]]
F = TypeVar("F", bound=Run)

AREAS = (
    "before",
    "pipeline",
    "container",
    "infrastructure",
    "environment",
    "migrations",
    "staging",
    "smoke",
    "production",
    "after",
    "rollback",
)
"""The areas of the checklist, in the order of the verdict; the number that is shown is the place in this list."""


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the checklist.

    ``subject`` is the type of the model that one test is about (``Repository`` for the repository as a whole); ``run``
    takes the model and, if it has a second parameter, the repository.
    """

    id: str
    area: str
    tier: Tier
    subject: type
    run: Run
    wants_repository: bool
    module: str
    after_tests: bool = False
    """Whether it asks what became of the other tests of the run, and so waits for them."""

    @property
    def documentation(self) -> str:
        """The documentation: the docstring of its module."""
        return inspect.cleandoc(sys.modules[self.module].__doc__ or "")

    @property
    def summary(self) -> str:
        """The first line of the documentation, without its full stop."""
        return self.documentation.partition("\n")[0].rstrip(".")

    def __call__(self, subject: Any, repository: Any) -> Iterator[Finding]:
        """Run it: yields findings, raises ``NotApplicable`` or ``Unverified``.

        Findings of a subject that is for development only (its ``development`` is true) become advisory, but for those
        that insist on being required.
        """
        lowered = bool(getattr(subject, "development", False))
        for finding in self.run(subject, repository) if self.wants_repository else self.run(subject):
            if finding.advisory is None:
                yield Finding(finding.message, finding.place, finding.hint, finding.related, lowered)
            else:
                yield finding


def check(tier: Tier = "required", *, area: str | None = None, after_tests: bool = False) -> Callable[[F], F]:
    """Make a function a check. Its name gives the id (``nonroot_user`` -> ``nonroot-user``); the area is that of the
    package it stands in, unless given; the type of its first parameter says what one test is about. With ``after_tests`` it is asked
    once the project's own tests of the same run are over (``Repository.own_tests``).

    Raises ``ValueError`` for an area that the checklist does not have.
    """

    def decorate(function: F) -> F:
        where = area or function.__module__.rpartition(".")[0].rpartition(".")[2]
        if where not in AREAS:
            raise ValueError(f"check {function.__name__}: no such area {where!r}; one of {', '.join(AREAS)}")
        function.__deploy_check__ = (tier, where, after_tests)  # type: ignore[attr-defined]  # a mark on the function, read below
        return function

    return decorate


def from_function(function: Run) -> Check:
    """The check that a decorated function makes.

    Raises ``TypeError`` when it is not decorated or its first parameter has no type.
    """
    mark = getattr(function, "__deploy_check__", None)
    if mark is None:
        raise TypeError(f"{function!r} is not decorated with @check")
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters)
    if not parameters or parameters[0] not in hints:
        raise TypeError(f"check {function.__name__}: its first parameter needs a type, which says what its subjects are")
    return Check(
        id=function.__name__.replace("_", "-"),
        area=mark[1],
        tier=mark[0],
        subject=hints[parameters[0]],
        run=function,
        wants_repository=len(parameters) > 1,
        module=function.__module__,
        after_tests=mark[2],
    )


def built_in() -> tuple[Check, ...]:
    """All checks of this package, by area and id. Found by walking the package: there is no list to edit."""
    package = importlib.import_module("pytest_deploy.checks")
    found: list[Check] = []
    for area in sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.ispkg):
        folder = importlib.import_module(f"{package.__name__}.{area}")
        for name in sorted(module.name for module in pkgutil.iter_modules(folder.__path__)):
            if name.startswith("_"):
                continue  # shared helpers of an area
            module = importlib.import_module(f"{folder.__name__}.{name}")
            found.append(from_function(getattr(module, name)))
    return tuple(sorted(found, key=lambda one: (AREAS.index(one.area), one.id)))
