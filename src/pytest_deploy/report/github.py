"""What GitHub Actions shows of a run: annotations at the lines of the findings, and the summary of the job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_deploy.findings import Finding
from pytest_deploy.report import markdown
from pytest_deploy.report.result import CHECKLIST, SMOKE, Result, Run

SHOWN = 10
"""GitHub shows this many errors, and as many warnings, of one step; what comes after them is dropped in silence."""


def annotate(run: Run, folder: str = "", failures_annotated: bool = False) -> list[str]:
    """Workflow commands that put each finding at its line, the most severe first; one line each, to be printed at the start of a line.

    ``folder`` is the way from the checkout (``GITHUB_WORKSPACE``) to the repository's root, empty when they are the same.
    ``failures_annotated`` is for a run in which pytest-github-actions-annotate-failures is active: that annotates each failed
    check at its first finding, so only the others are given here.
    """
    errors: list[str] = []
    warnings: list[str] = []
    for result in sorted(run.ordered, key=_severity):
        for number, (level, finding) in enumerate(_levels(result)):
            if level == "error" and number == 0 and failures_annotated:
                continue
            (errors if level == "error" else warnings).append(_command(level, result, finding, folder))
    more = max(len(errors) - SHOWN, 0) + max(len(warnings) - SHOWN, 0)
    shown = [*errors[:SHOWN], *warnings[:SHOWN]]
    if more:
        shown.append(f"::notice title={run.title}::{more} more {'is' if more == 1 else 'are'} in the summary of this job")
    return shown


def append_summary(run: Run, path: Path) -> None:
    """Add the Markdown report to the summary of the job, the file that ``GITHUB_STEP_SUMMARY`` names.

    What is there stays; the whole is kept within GitHub's limit. Raises ``OSError`` when the file cannot be written.
    """
    with path.open("ab") as file:
        room = markdown.LIMIT - file.tell()
        text = markdown.render(run, room).encode("utf-8")
        if len(text) <= room:
            file.write(text)


def _severity(result: Result) -> tuple[int, int]:
    return ("failed", "error", "advisory").index(result.outcome) if result.outcome in ("failed", "error", "advisory") else 3, int(
        result.tier == "advisory"
    )


def _levels(result: Result) -> Iterator[tuple[str, Finding | None]]:
    if result.outcome == "error":
        yield "error", None
    elif result.outcome == "failed":
        if not result.findings:
            yield "error", None
        # Of a required check only the findings that made it fail are errors; when all are advisory, the user asked for strictness.
        strict = all(finding.advisory for finding in result.findings)
        for finding in result.findings:
            yield ("warning" if finding.advisory and not strict else "error"), finding
    elif result.outcome == "advisory":
        for finding in result.findings:
            yield "warning", finding


def _command(level: str, result: Result, finding: Finding | None, folder: str) -> str:
    properties: dict[str, str | int] = {}
    path, message = result.subject, result.reason or "the check could not be run"
    if finding is not None:
        path, message = finding.place.path, f"{finding.message}\n{finding.hint}".rstrip()
    # What is absent from the repository as a whole has no file, and of a deployment only what a file asks for has one.
    if finding is None and result.area == SMOKE:
        path = SMOKE
    if path not in (CHECKLIST, SMOKE):
        properties["file"] = f"{folder.rstrip('/')}/{path}" if folder.strip("./") else path
        place = finding.place if finding is not None else None
        properties["line"] = place.line if place else 1
        properties["endLine"] = (place.end_line or place.line) if place else 1
        # A column means something within one line only; GitHub refuses it otherwise.
        if place and properties["endLine"] == place.line:
            properties["col"] = place.column
    properties["title"] = result.id
    said = ",".join(f"{name}={_escape_property(str(value))}" for name, value in properties.items())
    return f"::{level} {said}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
