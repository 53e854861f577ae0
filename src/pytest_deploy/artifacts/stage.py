"""The stages of a Dockerfile: what each is built on, what it takes from others, and what is in force at each instruction."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_deploy.artifacts.expansion import Scope, Word
from pytest_deploy.artifacts.image_reference import ImageReference
from pytest_deploy.places import Place
from pytest_deploy.syntax.dockerfile import Instruction


@dataclass(frozen=True, slots=True)
class User:
    """The user that a USER instruction sets. ``name`` is without the group; ``word`` the whole, with what could not be known."""

    word: Word
    instruction: Instruction

    @property
    def name(self) -> str:
        """The user's name or number."""
        return self.word.text.partition(":")[0].strip()

    @property
    def place(self) -> Place:
        """Where it is set."""
        return self.instruction.place


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """An instruction of a stage, with what is in force *before* it: variables, working folder and user."""

    instruction: Instruction
    scope: Scope
    folder: str
    user: User | None

    @property
    def name(self) -> str:
        """The instruction's name, in capitals."""
        return self.instruction.name

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.instruction.place


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """An image from outside that a stage uses: ``how`` is ``FROM``, ``COPY --from`` or ``RUN --mount``. ``missing`` are the variables
    in it without a known value; ``written`` is how the file has it."""

    reference: ImageReference
    place: Place
    how: str
    written: str
    missing: frozenset[str] = frozenset()

    @property
    def shown(self) -> str:
        """As written, with what it comes to where that is another text; without its digest."""
        written, text = self.written.partition("@")[0], self.reference.text.partition("@")[0]
        return written if self.missing or text == written else f"{written} ({text})"


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """A COPY or ADD. ``sources`` are expanded; ``target`` is absolute. ``stage`` or ``image`` is where it takes from (neither: the
    build context, or a URL)."""

    step: Step
    sources: tuple[str, ...]
    target: str
    stage: Stage | None = None
    image: Image | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.step.place

    @property
    def from_context(self) -> bool:
        """Whether it takes files from the build context."""
        return self.stage is None and self.image is None


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stage. It stands on ``base`` (an image from outside) or on ``parent`` (an earlier stage); ``scratch`` is neither.

    ``steps`` are its own instructions behind FROM; ``images`` all images from outside that it uses, its base first; ``copies`` its COPY
    and ADD instructions; ``mounts`` the stages that its RUNs mount. ``end`` is what is in force at its end (as of :class:`Step`),
    inherited things included.
    """

    index: int
    name: str
    source: Instruction
    base: Image | None
    parent: Stage | None
    steps: tuple[Step, ...]
    images: tuple[Image, ...]
    copies: tuple[Copy, ...]
    mounts: tuple[Stage, ...]
    end: Step

    @property
    def place(self) -> Place:
        """Its FROM."""
        return self.source.place

    @property
    def label(self) -> str:
        """What a person calls it: ``stage builder``, ``stage 2`` (counted from 1)."""
        return f"stage {self.name}" if self.name else f"stage {self.index + 1}"

    @property
    def lineage(self) -> tuple[Stage, ...]:
        """Itself, and the stages that it stands on, nearest first."""
        found: list[Stage] = []
        one: Stage | None = self
        while one is not None:
            found.append(one)
            one = one.parent
        return tuple(found)

    @property
    def root(self) -> Image | None:
        """The image from outside at the bottom; ``None`` for ``scratch``."""
        return self.lineage[-1].base

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Every step that makes it, those of the stages below first."""
        return tuple(step for stage in reversed(self.lineage) for step in stage.steps)

    @property
    def user(self) -> User | None:
        """The user in force at its end; ``None`` when no USER was given here or below."""
        return self.end.user

    @property
    def only_files(self) -> bool:
        """Whether it holds files for others to take, and nothing that runs."""
        return self.root is None and self.last("CMD") is None and self.last("ENTRYPOINT") is None

    def last(self, name: str) -> Step | None:
        """The last instruction of a kind that is in force at its end, here or in a stage below."""
        return next((step for step in reversed(self.all_steps) if step.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """Part of a stage that ends up in another: ``paths`` are the absolute paths copied out of it (``None``: all of it)."""

    stage: Stage
    paths: tuple[str, ...] | None


def absolute(path: str, folder: str = "/") -> str:
    """A path inside an image, seen from a folder, without ``.`` and ``..``."""
    return posixpath.normpath("/" + posixpath.join(folder, path).lstrip("/"))


def within(path: str, folder: str) -> bool:
    """Whether an absolute path is a folder or below it."""
    return path == folder or folder == "/" or path.startswith(folder + "/")


def find_stage(stages: Sequence[Stage], name: str) -> Stage | None:
    """The last stage of a name (in any case) or with a number (from 0)."""
    for stage in reversed(stages):
        if stage.name.lower() == name.lower() and name:
            return stage
    return stages[int(name)] if name.isdecimal() and int(name) < len(stages) else None
