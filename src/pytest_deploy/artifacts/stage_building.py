"""Stages made out of instructions: scopes, parents, copies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_deploy.artifacts.expansion import PLATFORM_ARGUMENTS, Scope, Word
from pytest_deploy.artifacts.image_reference import parse_reference
from pytest_deploy.artifacts.stage import Copy, Image, Stage, Step, User, absolute, find_stage
from pytest_deploy.syntax.dockerfile import Instruction, Instructions

_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+")


class StageBuilder:
    """Goes through the instructions once. ``arguments`` are the global ones, once :meth:`stages` was asked for."""

    def __init__(self, instructions: Instructions) -> None:
        self.instructions = instructions.instructions
        self.escape = instructions.escape
        self.arguments: dict[str, str | None] = {}
        self.outer = Scope({}, PLATFORM_ARGUMENTS, self.escape)
        self.built: list[Stage] = []

    def stages(self) -> tuple[Stage, ...]:
        groups: list[list[Instruction]] = []
        for one in self.instructions:
            if one.name == "FROM":
                groups.append([one])
            elif groups:
                groups[-1].append(one)
            elif one.name == "ARG":
                self.argument(one)
        for group in groups:
            self.built.append(self.stage(group[0], group[1:]))
        return tuple(self.built)

    def argument(self, one: Instruction) -> None:
        for name, default in one.pairs:
            word = self.outer.expand(default) if default is not None else None
            self.arguments[name] = word.text if word is not None and word.known else None
            if word is not None:
                self.outer = self.outer.with_value(name, word)
            elif name not in PLATFORM_ARGUMENTS:
                self.outer = self.outer.without(name)

    def stage(self, source: Instruction, instructions: list[Instruction]) -> Stage:
        written = source.words[0] if source.words else ""
        name = source.words[2] if len(source.words) > 2 else ""
        word = self.outer.expand(written)
        parent = self.parent(word, written)
        base = None
        refused = not written or word.error  # the file's own problem: there is no image to judge
        if parent is None and not refused and word.text.lower() != "scratch":
            base = Image(parse_reference(word.text), source.at(written), "FROM", written, word.missing)
        scope, folder, user = Scope({}, frozenset(), self.escape), "/", None
        if parent is not None:
            scope, folder, user = parent.end.scope, parent.end.folder, parent.end.user
        steps: list[Step] = []
        for one in instructions:
            step = Step(one, scope, folder, user)
            steps.append(step)
            if one.name == "ENV":
                scope = self.environment(one, scope)
            elif one.name == "ARG":
                scope = self.stage_argument(one, scope)
            elif one.name == "WORKDIR" and one.words:
                folder = absolute(scope.path(one.words[0]), folder)
            elif one.name == "USER" and one.words:
                user = User(scope.expand(one.words[0]), one)
        copies = tuple(self.copy(step) for step in steps if step.name in ("COPY", "ADD") and len(step.instruction.words) > 1)
        images = [base] if base else []
        images += [copy.image for copy in copies if copy.image]
        mounted = [one for step in steps if step.name == "RUN" for one in self.mounted(step)]
        images += [image for _, image in mounted if image]
        mounts = tuple(stage for stage, _ in mounted if stage)
        end = Step(source, scope, folder, user)
        return Stage(len(self.built), name, source, base, parent, tuple(steps), tuple(images), copies, mounts, end)

    def parent(self, word: Word, written: str) -> Stage | None:
        """The stage that a FROM names. ``FROM base-$TARGETARCH`` names one of several, which are taken to be alike."""
        if word.known:
            return None if word.text.isdecimal() else find_stage([one for one in self.built if one.name], word.text)
        parts = [re.escape(part) for part in _VARIABLE.split(written)]
        pattern = re.compile("[^/]*".join(parts), re.IGNORECASE)
        return next((one for one in reversed(self.built) if any(parts) and one.name and pattern.fullmatch(one.name)), None)

    @staticmethod
    def environment(one: Instruction, scope: Scope) -> Scope:
        values = [(name, scope.expand(value or "")) for name, value in one.pairs]  # all of one ENV see what was before it
        for name, word in values:
            scope = scope.with_value(scope.expand(name).text, word, lasting=True)
        return scope

    def stage_argument(self, one: Instruction, scope: Scope) -> Scope:
        for name, default in one.pairs:
            if name in scope.lasting:
                continue  # an ENV outweighs every ARG
            if default is not None:
                scope = scope.with_value(name, scope.expand(default))
            elif name in self.outer.values or name in self.outer.unknown:
                value = self.outer.values.get(name)
                scope = scope.with_value(name, Word(value or "", frozenset() if value is not None else frozenset({name})))
            else:
                scope = scope.without(name)
        return scope

    def copy(self, step: Step) -> Copy:
        *written, target = step.instruction.words
        sources = tuple(step.scope.path(one) for one in written)
        target = absolute(step.scope.path(target), step.folder)
        origin = step.instruction.flag("from")
        if not origin:
            return Copy(step, sources, target)
        stage, image = self.origin(origin, step, "COPY --from")
        return Copy(step, sources, target, stage, image)

    def origin(self, written: str, step: Step, how: str) -> tuple[Stage | None, Image | None]:
        word = step.scope.expand(written)
        if not word.known:
            word = self.outer.expand(written)
        stage = find_stage(self.built, word.text) if word.known else None
        if stage is not None or word.text.lower() == "scratch":
            return stage, None
        return None, Image(parse_reference(word.text), step.instruction.at(written), how, written, word.missing)

    def mounted(self, step: Step) -> Iterator[tuple[Stage | None, Image | None]]:
        for mount in step.instruction.all_flags("mount"):
            options = dict(option.partition("=")[::2] for option in mount.split(","))
            if options.get("from"):
                yield self.origin(options["from"], step, "RUN --mount")
