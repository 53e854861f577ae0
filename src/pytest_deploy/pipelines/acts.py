"""What a step does, in the terms of roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_deploy.places import Place

Role = Literal[
    "tests",
    "typecheck",
    "lint",
    "security-scan",
    "image-build",
    "image-push",
    "image-scan",
    "migrate",
    "deploy",
    "infrastructure",
    "smoke",
    "readiness",
    "approval",
    "release",
    "rollback",
    "trigger",
    "publish",
    "checkout",
    "setup",
    "unseen",
]
"""``deploy`` puts code on a platform, cluster, host or environment; ``infrastructure`` applies infrastructure alone (``terraform
apply``); ``readiness`` waits for a rollout (``kubectl rollout status``, ``helm --wait``); ``trigger`` starts another project's
pipeline; ``publish`` gives a package or image to others; ``setup`` installs or prepares;
``unseen`` hands over to a program that decides by itself what happens (``dagger call``, ``mage``, ``earthly``)."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a step does.

    ``text`` is what runs, short; ``via`` how one gets there from the step (``("make test", "./ci/test.sh")``). ``swallowed`` says
    why its failure cannot fail the step (empty: it can). ``conditional``: it may not run at all. ``environments`` are the words in its
    arguments that could name an environment, by weight. ``images`` are the images built, pushed, scanned or deployed, as written
    (``:TAG`` where only the tag is known).

    ``details`` are facts that a role's checks need:

    - ``never-fails``: the flag that tells a test, scanner or linter to succeed whatever it finds; ``can-fail`` (of scanners and smoke
      tests): ``yes``, ``no``, ``unknown``;
    - of a deploy ``platform``, ``wait`` and ``atomic`` and ``rolling`` (``yes``), ``docs`` (a documentation site), ``copy`` (files are
      put somewhere; another act of the job may be what starts them), ``from`` (``staging``: what runs there is promoted as it is);
    - of what is out of sight ``only`` (``build``: it lets nothing out);
    - of a setup ``cluster`` (``local``: one that the job makes for itself);
    - of a readiness act ``same-command``: the deploy itself waits;
    - of a smoke test ``url`` and ``target`` (``remote``, or ``localhost``: what the job itself, or the machine, runs);
    - of a build ``tool``, ``file``, ``context``, ``target``, ``push``, ``load``, ``directory``; of a migration ``tool``; of a trigger
      ``same`` (it is this repository's), ``repository``, ``workflow``, ``ref``; of a release ``tag``, ``draft``.
    """

    role: Role
    place: Place
    text: str
    words: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    swallowed: str = ""
    conditional: bool = False
    environments: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    guards: tuple[str, ...] = ()
    """The conditions of the script under which it runs, outermost first; ``! …`` for the other branch."""

    def excludes(self, other: Act) -> bool:
        """Whether the two stand in different branches of one condition."""
        return any(
            f"! {guard}" in other.guards or guard.removeprefix("! ") in other.guards for guard in self.guards if guard not in other.guards
        )
