"""Every waiver has a reason, an end that has not passed, and something to waive

A waiver is a promise with a reason. One that nobody needs any more hides the next finding at the same place; one whose day has
passed is a decision that somebody has to take again. Waivers stand in the settings:

```toml
[[tool.pytest-deploy.waivers]]
check = "nonroot-user"
path = "legacy/**"
reason = "moves in Q1, OPS-123"
expires = 2027-01-31
```

or in the file, on the line of the finding or the one above it:

```dockerfile
# deploy: ignore[nonroot-user] the vendor's image needs root, OPS-123
```

This check finds a waiver without a reason, one that has expired, one of a check that does not exist, and one that waives nothing.
A waiver without a reason, or whose day has passed, waives nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_deploy.checks.registry import Check
from pytest_deploy.findings import Finding, NotApplicable
from pytest_deploy.gate.configuration import nearest
from pytest_deploy.gate.evaluation import Task
from pytest_deploy.gate.selection import CHECKLIST
from pytest_deploy.places import Place
from pytest_deploy.repository import Repository
from pytest_deploy.settings import Waiver

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from pytest_deploy.gate.engine import Gate

ID = "waivers-in-order"
_INLINE = re.compile(r"(?:#|//|--|;|/\*|<!--)\s*deploy:\s*ignore\[(?P<ids>[^\]\n]*)\](?P<reason>.*)")
_END = re.compile(r"\s*(?:\*/|-->)\s*$")


@dataclass(frozen=True, slots=True)
class Inline:
    """A waiver in a file."""

    place: Place
    ids: tuple[str, ...]
    reason: str


def inline_waivers(path: str, text: str) -> Iterator[Inline]:
    """The waivers in a file's text."""
    if "deploy:" not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        if match := _INLINE.search(line):
            ids = tuple(part for one in match["ids"].split(",") if (part := one.strip()))
            yield Inline(Place(path, number, match.start() + 1), ids, _END.sub("", match["reason"]).strip(" \t:-"))


class Waivers:
    """The waivers of a repository."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.settings = () if gate.waivers_off else gate.settings.waivers
        self._inline: dict[str, dict[int, Inline]] = {}

    @functools.cached_property
    def _specs(self) -> list[GitIgnoreSpec]:
        from pathspec import GitIgnoreSpec  # takes long to import, and many have no waivers

        return [GitIgnoreSpec.from_lines([waiver.path]) for waiver in self.settings]

    def reason(self, task: Task, finding: Finding) -> str:
        """Why a finding is waived; empty when it is not."""
        if task.check.id == ID:
            return ""
        for number, waiver in enumerate(self.settings):
            if waiver.reason.strip() and not expired(waiver) and self._covers(number, task, finding):
                until = f", until {waiver.expires}" if waiver.expires else ""
                return f"{waiver.reason}{until}"
        return next((one.reason for one in self._above(finding.place) if one.reason and task.check.id in one.ids), "")

    def until(self, task: Task, finding: Finding) -> dt.date | None:
        """The day on which the waiver of a finding ends."""
        for number, waiver in enumerate(self.settings):
            if waiver.reason.strip() and not expired(waiver) and self._covers(number, task, finding):
                return waiver.expires
        return None

    def _covers(self, number: int, task: Task, finding: Finding) -> bool:
        if self.settings[number].check != task.check.id:
            return False
        return any(self._specs[number].match_file(path) for path in (finding.place.path, task.subject))

    def inline(self, path: str) -> dict[int, Inline]:
        """The waivers in a file by line."""
        if path not in self._inline:
            text = None if self.gate.waivers_off else self.gate.repository.tree.text(path)
            self._inline[path] = {one.place.line: one for one in inline_waivers(path, text or "")}
        return self._inline[path]

    def _above(self, place: Place) -> Iterator[Inline]:
        """Those on the line of a finding, and those in the lines right above it."""
        lines = self.inline(place.path)
        if place.line in lines:
            yield lines[place.line]
        number = place.line - 1
        while number in lines:
            yield lines[number]
            number -= 1

    # --- the check -----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def _files(self) -> list[str]:
        return sorted({task.subject for task in self.gate.tasks} - {CHECKLIST})

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the waivers themselves.

        Raises ``NotApplicable`` when there are none.
        """
        inline = [one for path in self._files for one in self.inline(path).values()]
        if not self.settings and not inline:
            raise NotApplicable("waivers are off: --deploy-no-waivers" if self.gate.waivers_off else "there are no waivers")
        for number, waiver in enumerate(self.settings):
            yield from self._of_settings(number, waiver)
        for one in inline:
            yield from self._of_file(one)

    def _of_settings(self, number: int, waiver: Waiver) -> Iterator[Finding]:
        place = Place(self.gate.configuration.path, self._line(number))
        name = f"the waiver of {waiver.check} for {waiver.path}"
        if not waiver.reason.strip():
            yield Finding(f"{name} has no reason", place, "Say why the finding is accepted.")
        elif expired(waiver):
            yield Finding(f"{name} ended on {waiver.expires}", place, "Mend what it waived, or decide again and set a new day.")
        elif not any(self._covers(number, task, finding) for task, finding in self._raw((waiver.check,))):
            yield Finding(f"{name} waives nothing", place, "Remove it: nothing is found there any more.")

    def _of_file(self, one: Inline) -> Iterator[Finding]:
        if not one.ids:
            yield Finding("this waiver names no check", one.place, "Name it: # deploy: ignore[check-id] reason.")
            return
        unknown = [name for name in one.ids if name not in self.gate.ids]
        for name in unknown:
            near = nearest(name, self.gate.ids)
            yield Finding(
                f"there is no check {name!r} to waive", one.place, f"Did you mean {near}?" if near else "See pytest --deploy-list."
            )
        if not one.reason:
            yield Finding("this waiver has no reason", one.place, "Write it behind the bracket: # deploy: ignore[check-id] reason.")
            return
        for name in one.ids:
            if name not in unknown and not any(one in self._above(finding.place) for _, finding in self._raw((name,))):
                yield Finding(f"this waiver of {name} waives nothing", one.place, "Remove it: nothing is found here any more.")

    def _raw(self, ids: tuple[str, ...]) -> Iterator[tuple[Task, Finding]]:
        for task in self.gate.tasks:
            if task.check.id in ids:
                for finding in self.gate.answer(task).findings:
                    yield task, finding

    def _line(self, number: int) -> int:
        lines = self.gate.configuration.text.split("\n")
        heads = [index for index, line in enumerate(lines, 1) if re.match(r"\s*\[\[\s*(?:tool\.pytest-deploy\.)?waivers\s*\]\]", line)]
        if number < len(heads):
            return heads[number]
        return next((index for index, line in enumerate(lines, 1) if re.match(r"\s*waivers\s*=", line)), 1)


def expired(waiver: Waiver) -> bool:
    """Whether its last day has passed."""
    return waiver.expires is not None and waiver.expires < dt.date.today()  # the day where the person is


def in_order(gate: Gate) -> Check:
    """The check of the waivers themselves. It stands here because it asks what all the others found."""

    def waivers_in_order(repository: Repository) -> Iterator[Finding]:
        yield from gate.waivers.findings()

    return Check(id=ID, area="before", tier="required", subject=Repository, run=waivers_in_order, wants_repository=False, module=__name__)
