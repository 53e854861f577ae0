"""A small house of its own for the tests of the gate: notes (``*.note``) as a kind of file, and checks of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_deploy import Finding, NotApplicable, Place, Repository, Unverified, check
from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.repository import Kind


@dataclass(frozen=True)
class Note:
    path: str
    lines: tuple[str, ...]
    broken: bool = False
    problems: tuple[SyntaxProblem, ...] = ()

    def places(self, word: str) -> Iterator[Place]:
        for number, line in enumerate(self.lines, 1):
            if word in line:
                yield Place(self.path, number, line.index(word) + 1)


def read(repository: Repository, path: str) -> Note:
    text = repository.tree.text(path) or ""
    lines = tuple(text.split("\n"))
    if "%%" in text:
        line = next(number for number, one in enumerate(lines, 1) if "%%" in one)
        return Note(path, lines, True, (SyntaxProblem("%% is no note", Place(path, line)),))
    return Note(path, lines)


@check("required", area="container")
def house_parses(note: Note) -> Iterator[Finding]:
    for problem in note.problems:
        yield Finding(problem.message, problem.place, "Write a note.")


@check("required", area="container")
def house_no_todo(note: Note) -> Iterator[Finding]:
    if "draft" in note.lines:
        raise NotApplicable("the note is a draft")
    for place in note.places("TODO"):
        yield Finding("something is to be done", place, "Do it.")


@check("advisory", area="rollback")
def house_short(note: Note) -> Iterator[Finding]:
    for place in note.places("verbose"):
        yield Finding("this is verbose", place, "Say less.")


@check("required", area="pipeline")
def house_known(note: Note) -> Iterator[Finding]:
    if "ask" in note.lines:
        raise Unverified("nobody was asked; set ASK")
    if "crash" in note.lines:
        raise ZeroDivisionError("division by zero")
    for place in note.places("unknown"):
        yield Finding("nobody knows this", place, "Find out.")


@check("required", area="before")
def house_has_readme(repository: Repository) -> Iterator[Finding]:
    if not repository.tree.has("README.md"):
        yield Finding("there is no README.md", Place("checklist"), "Write one.")


def pytest_deploy_checks() -> list[object]:
    return [house_parses, house_no_todo, house_short, house_known, house_has_readme]


def pytest_deploy_kinds() -> list[Kind]:
    return [Kind("note", Note, lambda repository: repository.tree.matching(r".*\.note"), read)]
