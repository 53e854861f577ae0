"""What the pipelines do about migrations."""

from __future__ import annotations

from pytest_deploy.pipelines import opaque
from pytest_deploy.pipelines.graph import Doing
from pytest_deploy.repository import Repository


def applying(repository: Repository) -> tuple[Doing, ...]:
    """The acts that migrate on the ways of deploys: before them, in the same job, or in what comes after. A job that runs the tests
    migrates a database for those."""
    found: dict[tuple[str, int, str], Doing] = {}
    for pipeline in repository.pipelines.values():
        for way in repository.release.of(pipeline, "production", "staging", "development", "other", "unknown"):
            for node in way.graph.own:
                doings = list(node.doings())
                if node is not way.node and any(doing.role == "tests" for doing in doings):
                    continue
                for doing in doings:
                    if doing.role == "migrate":
                        found.setdefault((doing.act.place.path, doing.act.place.line, doing.act.text), doing)
    return tuple(found.values())


def right(doing: Doing) -> bool:
    """Whether an act is its tool's command for production."""
    tool, command = doing.act.details.get("tool", ""), doing.act.details.get("command", "")
    if tool == "prisma":
        return command not in ("dev", "push")
    if tool == "laravel":
        words = " ".join((*doing.act.words, doing.act.text))
        return "--force" in words and ":fresh" not in words and ":refresh" not in words
    return True


def unseen(repository: Repository) -> list[str]:
    """What is out of sight on the ways of deploys, and may migrate."""
    named: dict[str, None] = {}
    for pipeline in repository.pipelines.values():
        for way in repository.release.of(pipeline, "production", "staging", "unknown"):
            for node in (*way.before, way.node):
                if node.unseen and opaque.could(node.job, "migrate"):
                    named[opaque.shown(node)] = None
        named.update((f"{used.text} ({used.text.place})", None) for used in pipeline.unseen)
    return list(named)
