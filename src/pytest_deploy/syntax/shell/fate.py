"""What becomes of each command's failure.

One walk through the script, in the order in which it runs, keeps for every status, variable and file the *marks* of the commands that
it depends on (:mod:`taint`). A command whose mark reaches an ``exit`` other than zero, an errexit or the script's own status can fail
the script; for every other one the first place where its mark was lost is the reason why it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pytest_deploy.places import Text
from pytest_deploy.syntax.shell import simple
from pytest_deploy.syntax.shell.nodes import (
    Background,
    Case,
    Chain,
    Function,
    If,
    Loop,
    Node,
    Not,
    Pipeline,
    Redirect,
    Redirected,
    Sequence,
    Simple,
    Subshell,
    Word,
)
from pytest_deploy.syntax.shell.taint import NONE, Draft, Frame, Guard, Marks, Outcome, State, union

_HELP = re.compile(r"(?:in |\||[\"' ])-{0,2}(?:h|help)(?:$|[\"' |)])")
"""A script that is asked for its help does nothing else: that is no condition of the rest."""
ROUNDS_WITHIN = 3
"""Loops nested deeper than this are walked once, not twice."""


class Walk:
    """The walk and what it found."""

    def __init__(self, text: Text, *, errexit: bool, pipefail: bool) -> None:
        self.text = text
        self.lines = _line_starts(text)
        self.state = State(errexit, pipefail)
        self.frames = [Frame("shell")]
        self.conditions = 0
        """How many conditions we are within: errexit is off there."""
        self.calls: list[Function] = []
        self.followed = 0
        """How many calls there were."""
        self.arguments: list[tuple[Word, ...]] = []
        """What each of them was called with."""
        self.call_path: tuple[int, ...] = ()
        self.drafts: dict[tuple[int, tuple[int, ...]], Draft] = {}
        self.reasons: dict[int, str] = {}
        self.fatal: Marks = NONE
        self.loops = 0
        self.shells = 0
        """How many subshells there were."""
        self.outputs: dict[int, Marks] = {}
        """What the substitutions of a word (by its identity) wrote when they were last walked."""
        self.traps: dict[int, tuple[Node, str]] = {}

    def run(self, script: Node) -> None:
        """Walk through the whole script."""
        outcome = self.walk(script)
        if not outcome.ends:
            self.fatal |= outcome.fails
        self.fatal |= self.frames[0].fatal
        for body, signals in self.traps.values():
            known = len(self.drafts)
            with self.frame("branch", guards=[Guard(f"trap … {signals}")]), self.condition():
                ended = self.walk(body)
            trapped = frozenset(range(known + 1, len(self.drafts) + 1))
            self.lose(trapped, f"in a trap for {signals}")
            if ended.ends == "exit" and ended.well and signals in ("EXIT", "ERR", "0"):
                self.lose(self.fatal, f"trap '… exit 0' {signals}")
                trapped = self.fatal
            self.fatal -= trapped

    def trap(self, word: Word, body: Node, signals: str) -> None:
        """What runs at the end. ``word`` is where it is written."""
        self.traps.setdefault(id(word), (body, signals))

    # --- what we stand within ----------------------------------------------------------------------------------------

    @property
    def control(self) -> Marks:
        """What decides whether we get here."""
        return union(frame.control for frame in self._frames_of_shell())

    def _frames_of_shell(self) -> Iterator[Frame]:
        for frame in reversed(self.frames):
            yield frame
            if frame.kind == "shell":
                return

    @property
    def branches(self) -> bool:
        """Whether we stand in a branch: what is assigned here may not be."""
        return any(frame.kind in ("branch", "loop") for frame in self._frames_of_shell())

    @property
    def active(self) -> bool:
        """Whether a failure ends the shell."""
        return self.state.errexit and not self.conditions

    def frame_of(self, kind: str) -> Frame:
        """The innermost frame of a kind; the shell's where there is none."""
        for frame in self._frames_of_shell():
            if frame.kind == kind:
                return frame
        return next(frame for frame in reversed(self.frames) if frame.kind == "shell")

    @contextmanager
    def frame(self, kind: str, control: Marks = NONE, guards: Iterable[Guard] = (), other: Marks = NONE) -> Iterator[Frame]:
        """Stand within a part, where failures of ``control`` lead, or successes of ``other``."""
        frame = Frame(kind, control, list(guards), other)
        self.frames.append(frame)
        try:
            yield frame
        finally:
            self.frames.pop()

    @contextmanager
    def condition(self) -> Iterator[None]:
        """Stand within a condition."""
        self.conditions += 1
        try:
            yield
        finally:
            self.conditions -= 1

    def lose(self, marks: Marks, reason: str) -> None:
        """These failures end here, unless something else still depends on them."""
        for mark in marks:
            if mark > 0:
                self.reasons.setdefault(mark, reason)

    def leave(self, outcome: Outcome, marks: Marks, guard: str) -> None:
        """A branch ended the shell, function or round: what comes behind it depends on what did not lead there."""
        kind = {"exit": "shell", "return": "function", "loop": "loop"}[outcome.ends]
        frame = self.frame_of(kind)
        frame.control |= marks
        if outcome.well and not _HELP.search(guard) and all(known.text != guard for known in frame.guards):
            frame.guards.append(Guard(guard))

    # --- compound commands -------------------------------------------------------------------------------------------

    def walk(self, node: Node) -> Outcome:
        """Walk through a part of the script."""
        match node:
            case Simple():
                outcome = simple.walk(self, node)
                self.state.status = self.state.pipe_status = outcome.fails
                return outcome
            case Sequence():
                return self._sequence(node)
            case Chain():
                return self._chain(node)
            case Pipeline():
                return self._pipeline(node)
            case Not():
                with self.condition():
                    inner = self.walk(node.body)
                self.lose(inner.fails, "`!` turns its failure round")
                return Outcome(NONE, inner.inverts, inner.fails, inner.output, inner.ends, inner.well)
            case Background():
                inner = self.subshell(node.body)
                self.state.started = inner.fails
                self.state.background |= inner.fails
                self.lose(inner.fails, "in the background")
                return Outcome()
            case Subshell():
                return self.subshell(node.body)
            case Redirected():
                return self._redirected(node)
            case If():
                return self._if(node)
            case Case():
                return self._case(node)
            case Loop():
                return self._loop(node)
            case Function():
                self.state.functions[node.name] = node
                return Outcome()

    def _sequence(self, node: Sequence) -> Outcome:
        last = Outcome()
        output = NONE
        for index, item in enumerate(node.items):
            last = self.walk(item)
            output |= last.output
            if self.active:
                self.frame_of("shell").fatal |= last.hard
            elif index < len(node.items) - 1:
                why = "set +e" if self.state.switched_off else "not the last command, without set -e"
                self.lose(last.fails, why if not self.state.errexit else "not the last command, where a condition switches set -e off")
            self.state.status = last.fails
            if last.ends:
                break
        return Outcome(last.hard, last.soft, last.inverts, output, last.ends, last.well)

    def subshell(self, body: Node, *, errexit: bool | None = None) -> Outcome:
        """Walk through a part that is a shell of its own: what it sets is lost, and its exit is its status."""
        outer = self.state
        self.state = outer.copy()
        if errexit is not None:
            self.state.errexit = errexit
        control = self.control
        try:
            with self.frame("shell", control) as frame:
                self.shells += 1
                frame.number = self.shells
                inner = self.walk(body)
                # A file that it writes stays.
                outer.variables.update((name, marks) for name, marks in self.state.variables.items() if name.startswith("file:"))
        finally:
            self.state = outer
        fails = frame.fatal | (NONE if inner.ends == "exit" else inner.fails)
        return Outcome(fails, NONE, inner.inverts, inner.output)

    def _pipeline(self, node: Pipeline) -> Outcome:
        parts: list[Outcome] = []
        before = self.state.standard_input
        for part in node.parts:
            parts.append(self.subshell(part))
            self.state.standard_input = parts[-1].output
        self.state.standard_input = before
        every = union(part.fails for part in parts)
        last = parts[-1]
        if not self.state.pipefail and not simple.reports(node.parts[-1]):
            self.lose(every - last.fails, "in a pipe without pipefail")
            self.state.status, self.state.pipe_status = last.fails, every
            return Outcome(last.fails, NONE, last.inverts, last.output)
        self.state.status = self.state.pipe_status = every
        return Outcome(every, NONE, last.inverts, last.output)

    def _chain(self, node: Chain) -> Outcome:
        with self.condition():
            left = self.walk(node.left)
        if left.ends:
            return left
        self.state.status = left.fails
        both = node.operator == "&&"
        guard = Guard(node.left_raw, left.fails) if both else Guard(f"! {node.left_raw}")
        with self.frame("branch", left.inverts if both else left.fails, [guard], left.fails if both else left.inverts):
            right = self.walk(node.right)
        output = left.output | right.output
        if both:
            if self.active:
                self.lose(left.fails, f"set -e passes over the left side of `&& {_short(node.right_raw)}`")
            if right.ends:
                self.leave(right, left.fails, f"! {node.left_raw}")
            return Outcome(right.hard, right.soft | left.fails, right.inverts | left.inverts, output)
        handed_on = left.fails if simple.decides(node.left, node.right) else NONE
        self.lose(left.fails, f"|| {_short(node.right_raw)}")
        if right.ends:
            self.leave(right, left.inverts, node.left_raw)
        return Outcome(right.hard | handed_on, right.soft, right.inverts | left.inverts | left.fails - handed_on, output)

    def _redirected(self, node: Redirected) -> Outcome:
        before = self.state.standard_input
        self.state.standard_input = before | simple.read_by(self, node.redirects)
        inner = self.walk(node.body)
        self.state.standard_input = before
        self.write(node.redirects, inner.output)
        return inner

    def write(self, redirects: tuple[Redirect, ...], marks: Marks) -> None:
        """What is written to files."""
        for redirect in redirects:
            if redirect.writes and redirect.target is not None:
                self.assign(f"file:{redirect.target.text}", marks, add=redirect.text.lstrip("0123456789&").startswith(">>"))

    def assign(self, name: str, marks: Marks, *, add: bool = False) -> None:
        """Set a variable (or a file) to something that depends on ``marks``."""
        self.frame_of("loop").assigned.add(name)
        marks |= self.control | union(frame.other for frame in self._frames_of_shell())
        if add or self.branches:
            marks |= self.state.variables.get(name, NONE)
        self.state.variables[name] = marks

    def _if(self, node: If) -> Outcome:
        failed = NONE
        condition = Outcome()
        hard = soft = output = inverts = NONE
        ends: list[Outcome] = []
        guards: list[Guard] = []
        for arm in node.arms:
            with self.frame("branch", failed, guards):
                with self.condition():
                    condition = self.walk(arm.condition) if arm.condition is not None else Outcome()
                self.lose(condition.fails, "the condition of an if")
            with self.frame("branch", failed | condition.inverts, [*guards, Guard(arm.raw)], condition.fails):
                body = self.walk(arm.body)
            if body.ends:
                self.leave(body, failed | condition.fails, f"! {arm.raw}")
            ends.append(body)
            failed |= condition.fails
            guards = [*guards, Guard(f"! {arm.raw}")]
            hard, soft, output, inverts = (
                hard | body.hard,
                soft | body.soft,
                output | body.output | condition.output,
                inverts | body.inverts,
            )
        if node.otherwise is not None:
            with self.frame("branch", failed, guards, condition.inverts):
                body = self.walk(node.otherwise)
            if body.ends:
                self.leave(body, condition.inverts, node.arms[-1].raw if node.arms else "")
            ends.append(body)
            hard, soft, output, inverts = hard | body.hard, soft | body.soft, output | body.output, inverts | body.inverts
            # A branch that may fail of itself (`else false`) hands the condition's failure on.
            if simple.always_fails(node.otherwise):
                soft |= failed
        if node.otherwise is None or not all(one.ends for one in ends):
            return Outcome(hard, soft, inverts, output)
        return Outcome(hard, soft, inverts, output, ends[0].ends, all(one.well for one in ends))

    def _case(self, node: Case) -> Outcome:
        marks, _ = simple.substitutions(self, node.subject)
        self.lose(marks, "in the subject of a case")
        subject = simple.marks_of(self, node.subject)
        total = Outcome()
        for arm in node.arms:
            with self.frame("branch", subject, [Guard(arm.raw)]):
                body = self.walk(arm.body)
            if body.ends:
                self.leave(body, subject, f"! {arm.raw}")
            total = Outcome(total.hard | body.hard, total.soft | body.soft, total.inverts | body.inverts, total.output | body.output)
        return total

    def _loop(self, node: Loop) -> Outcome:
        for word in node.words:
            marks, _ = simple.substitutions(self, word)
            self.lose(marks, "in the list of a for loop")
        listed = union(simple.marks_of(self, word) for word in node.words)
        may_not_run = node.kind == "for" and not simple.literal(node.words)
        guards = [Guard(node.raw)] if may_not_run else []
        self.loops += 1
        outcome = Outcome()
        with self.frame("loop", NONE, guards) as frame:
            for _ in range(2 if self.loops <= ROUNDS_WITHIN else 1):
                if node.kind == "for":
                    self.assign(node.variable, listed)
                outcome = self._round(node)
        self.loops -= 1
        for name in frame.assigned:
            self.state.variables[name] = self.state.variables.get(name, NONE) | frame.control
            self.frame_of("loop").assigned.add(name)
        if not self.active:
            self.lose(outcome.fails, "in a loop, whose last round alone counts without set -e")
            outcome = Outcome(NONE, NONE, NONE, outcome.output)
        if outcome.ends == "loop":
            outcome = Outcome(outcome.hard, outcome.soft, outcome.inverts, outcome.output)
        forever = node.kind == "while" and node.raw in ("true", ":", "1")
        if outcome.ends and not (forever or (node.kind == "for" and not may_not_run)):
            outcome = Outcome(outcome.hard, outcome.soft, outcome.inverts, outcome.output)
        return outcome

    def _round(self, node: Loop) -> Outcome:
        if node.condition is None:
            return self.walk(node.body)
        with self.condition():
            condition = self.walk(node.condition)
        goes_on, ends = (condition.fails, condition.inverts) if node.kind == "until" else (condition.inverts, condition.fails)
        guards = (
            [] if node.kind == "while" and node.raw in ("true", ":") else [Guard(node.raw if node.kind == "while" else f"! {node.raw}")]
        )
        with self.frame("branch", goes_on, guards):
            outcome = self.walk(node.body)
        tried = node.condition.body if isinstance(node.condition, Not) else node.condition
        if isinstance(tried, (Simple, Pipeline)) and not _leaves(node.body):
            # As long as it fails, nothing behind the loop runs.
            self.frame_of("shell").fatal |= goes_on
        self.lose(goes_on | ends, f"the condition of {'an until' if node.kind == 'until' else 'a while'} loop")
        return Outcome(outcome.hard, outcome.soft, outcome.inverts, outcome.output | condition.output)


def _leaves(node: Node) -> bool:
    """Whether a loop's body can leave the loop other than by a failing exit."""
    match node:
        case Simple():
            words = [word.text for word in node.words]
            return words[:1] == ["break"] or words == ["exit", "0"] or words[:1] == ["return"]
        case Sequence():
            return any(_leaves(item) for item in node.items)
        case Chain():
            return _leaves(node.left) or _leaves(node.right)
        case If():
            return any(_leaves(arm.body) for arm in node.arms) or (node.otherwise is not None and _leaves(node.otherwise))
        case Case():
            return any(_leaves(arm.body) for arm in node.arms)
        case Redirected():
            return _leaves(node.body)
        case _:
            return False


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _line_starts(text: str) -> list[int]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts
