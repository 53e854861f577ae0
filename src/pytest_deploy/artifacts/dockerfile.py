"""A Dockerfile as its stages: what each is built on, what it takes from others, and what is in force at each instruction."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pytest_deploy.artifacts.expansion import PLATFORM_ARGUMENTS, Scope, Word
from pytest_deploy.artifacts.image_reference import ImageReference, parse_reference
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.syntax.dockerfile import Instruction, Instructions, parse
from pytest_deploy.tree import Source, Tree

_NAME = re.compile(r"(?:.*/)?(?:(?:docker|container)file(?:[._-][^/]*)?|[^/]+\.(?:docker|container)file)", re.IGNORECASE)
_NOT_ONE = re.compile(
    r".*\.(?:dockerignore|containerignore|md|mdx|rst|txt|py|rb|js|ts|go|rs|java|php|sh|ya?ml|json|toml|lock|html?|svg|png|vim|snap)", re.I
)
_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\w+")
_TEMPLATE = re.compile(r".*\.(?:template|tmpl|tpl|j2|jinja2?|erb|ejs|in|mustache|hbs|handlebars|m4|gotmpl|liquid|twig|mako)", re.IGNORECASE)


def has_dockerfile_name(path: str) -> bool:
    """Whether a file is called as a Dockerfile is: ``Dockerfile``, ``Dockerfile.prod``, ``Dockerfile-web``, ``web.Dockerfile``,
    ``Containerfile``, in any case. The template of one (``Dockerfile.j2``) is none."""
    return bool(_NAME.fullmatch(path)) and not _NOT_ONE.fullmatch(path) and not _TEMPLATE.fullmatch(path)


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


@dataclass(frozen=True, slots=True, eq=False)
class Dockerfile:
    """A Dockerfile.

    ``global_arguments`` are the ARGs before the first FROM (``None``: without a default). ``problems`` is what BuildKit refuses;
    ``broken``: it cannot be judged any further. ``template``: it is the template of a Dockerfile, not one. ``development``: it is for
    development, tests or CI only.
    """

    path: str
    stages: tuple[Stage, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    directives: Mapping[str, str] = field(default_factory=dict)
    global_arguments: Mapping[str, str | None] = field(default_factory=dict)
    problems: tuple[SyntaxProblem, ...] = ()
    broken: bool = False
    template: bool = False
    development: bool = False

    @property
    def place(self) -> Place:
        """Its first line."""
        return Place(self.path)

    @property
    def folder(self) -> str:
        """The folder it is in, relative to the root (empty: the root)."""
        return posixpath.dirname(self.path)

    def stage(self, name: str) -> Stage | None:
        """The last stage of a name (in any case) or with a number (from 0)."""
        return _find(self.stages, name)

    def taken(self, stage: Stage) -> tuple[Taken, ...]:
        """All that makes a stage: itself, the stages it stands on, and the parts of others that it copies, followed through."""
        found: dict[int, list[str] | None] = {}
        todo: list[tuple[Stage, tuple[str, ...] | None]] = [(stage, None)]
        while todo:
            one, paths = todo.pop()
            known = found.get(one.index, [])
            if known is None or (paths is not None and set(paths) <= set(known)):
                continue
            found[one.index] = None if paths is None else [*known, *(path for path in paths if path not in known)]
            if one.parent is not None:
                todo.append((one.parent, paths))
            for copy in one.copies:
                if copy.stage is not None and _arrives(copy, paths):
                    todo.append((copy.stage, tuple(_behind(copy, source, paths) for source in copy.sources)))
        return tuple(Taken(self.stages[index], None if paths is None else tuple(paths)) for index, paths in sorted(found.items()))


def _arrives(copy: Copy, paths: tuple[str, ...] | None) -> bool:
    return paths is None or any(within(copy.target, path) or within(path, copy.target) for path in paths)


def _behind(copy: Copy, source: str, paths: tuple[str, ...] | None) -> str:
    """The part of a copied path that is passed on when only ``paths`` are taken of what it was copied to."""
    source = absolute(source)
    inner = [path for path in paths or () if path != copy.target and within(path, copy.target)]
    if paths is None or len(inner) != 1 or any(within(copy.target, path) for path in paths):
        return source
    return absolute(f"{source}/{posixpath.relpath(inner[0], copy.target)}")


def absolute(path: str, folder: str = "/") -> str:
    """A path inside an image, seen from a folder, without ``.`` and ``..``."""
    return posixpath.normpath("/" + posixpath.join(folder, path).lstrip("/"))


def within(path: str, folder: str) -> bool:
    """Whether an absolute path is a folder or below it."""
    return path == folder or folder == "/" or path.startswith(folder + "/")


def read(tree: Tree, path: str, *, development: bool = False) -> Dockerfile:
    """Read a Dockerfile of the repository. Never raises: a file that cannot be read is ``broken`` and has the reason in ``problems``."""
    template = bool(_TEMPLATE.fullmatch(path))
    try:
        source = tree.read(path)
    except SyntaxProblem as problem:
        return Dockerfile(path, problems=(problem,), broken=True, template=template, development=development)
    return from_source(source, template=template, development=development)


def from_source(source: Source, *, template: bool = False, development: bool = False) -> Dockerfile:
    """The Dockerfile that a text makes."""
    read_ = parse(source)
    builder = _Builder(read_)
    stages = builder.stages()
    template = template or (bool(read_.problems) and bool(re.search(r"^\s*\{[{%].*[%}]\}", source.text, re.MULTILINE)))
    return Dockerfile(
        source.path,
        stages,
        read_.instructions,
        read_.directives,
        builder.arguments,
        read_.problems,
        broken=bool(read_.problems) and (not read_.complete or not stages or template),
        template=template,
        development=development,
    )


def _find(stages: tuple[Stage, ...] | list[Stage], name: str) -> Stage | None:
    for stage in reversed(stages):
        if stage.name.lower() == name.lower() and name:
            return stage
    return stages[int(name)] if name.isdecimal() and int(name) < len(stages) else None


class _Builder:
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
        if parent is None and word.text.lower() != "scratch":
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
                folder = absolute(scope.expand(one.words[0]).text, folder)
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
            return None if word.text.isdecimal() else _find([one for one in self.built if one.name], word.text)
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
        sources = tuple(step.scope.expand(one).text for one in written)
        target = absolute(step.scope.expand(target).text, step.folder)
        origin = step.instruction.flag("from")
        if not origin:
            return Copy(step, sources, target)
        stage, image = self.origin(origin, step, "COPY --from")
        return Copy(step, sources, target, stage, image)

    def origin(self, written: str, step: Step, how: str) -> tuple[Stage | None, Image | None]:
        word = step.scope.expand(written)
        if not word.known:
            word = self.outer.expand(written)
        stage = _find(self.built, word.text) if word.known else None
        if stage is not None or word.text.lower() == "scratch":
            return stage, None
        return None, Image(parse_reference(word.text), step.instruction.at(written), how, written, word.missing)

    def mounted(self, step: Step) -> Iterator[tuple[Stage | None, Image | None]]:
        for mount in step.instruction.all_flags("mount"):
            options = dict(option.partition("=")[::2] for option in mount.split(","))
            if options.get("from"):
                yield self.origin(options["from"], step, "RUN --mount")
