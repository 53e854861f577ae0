"""A Dockerfile: its stages, and what of each ends up in another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_deploy.artifacts.stage import Copy, Image, Stage, Step, Taken, User, absolute, find_stage, within
from pytest_deploy.artifacts.stage_building import StageBuilder
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.syntax.dockerfile import Instruction, parse
from pytest_deploy.tree import Source, Tree

__all__ = [
    "Copy",
    "Dockerfile",
    "Image",
    "Stage",
    "Step",
    "Taken",
    "User",
    "absolute",
    "from_source",
    "has_dockerfile_name",
    "read",
    "within",
]

_NAME = re.compile(r"(?:.*/)?(?:(?:docker|container)file(?:[._-][^/]*)?|[^/]+\.(?:docker|container)file)", re.IGNORECASE)
_NOT_ONE = re.compile(
    r".*\.(?:dockerignore|containerignore|md|mdx|rst|txt|py|rb|js|ts|go|rs|java|php|sh|ya?ml|json|toml|lock|html?|svg|png|vim|snap)", re.I
)
_TEMPLATE_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\$\{\w[\w-]*(?:\.[\w-]+)+\}")
"""What a template engine puts in: Jinja, Go, ERB, the properties of Maven."""
_TEMPLATE = re.compile(r".*\.(?:template|tmpl|tpl|j2|jinja2?|erb|ejs|in|mustache|hbs|handlebars|m4|gotmpl|liquid|twig|mako)", re.IGNORECASE)


def has_dockerfile_name(path: str) -> bool:
    """Whether a file is called as a Dockerfile is: ``Dockerfile``, ``Dockerfile.prod``, ``Dockerfile-web``, ``web.Dockerfile``,
    ``Containerfile``, in any case. The template of one (``Dockerfile.j2``) is none."""
    return bool(_NAME.fullmatch(path)) and not _NOT_ONE.fullmatch(path) and not _TEMPLATE.fullmatch(path)


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
        return find_stage(self.stages, name)

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
    builder = StageBuilder(read_)
    stages = builder.stages()
    template = template or any(_TEMPLATE_MARK.search(source.line(problem.place.line)) for problem in read_.problems)
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
