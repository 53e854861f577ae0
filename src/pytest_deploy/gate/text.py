"""What a person reads when a check fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_deploy.findings import Finding
from pytest_deploy.gate.selection import CHECKLIST
from pytest_deploy.report.result import SMOKE, Result

if TYPE_CHECKING:
    from pytest_deploy.gate.engine import Gate

WIDTH = 160
"""A source line is cut to so many characters."""


def failure(result: Result, gate: Gate, trace: str = "") -> str:
    """The findings of a check with their source lines and how to mend them; or what went wrong in the check itself."""
    out: list[str] = []
    if result.outcome == "error":
        out += [f"{result.subject}: the check {result.id} itself failed: {result.reason}"]
        out += [trace.rstrip()] if trace else ["  this says nothing about the repository; --full-trace shows where it happened"]
    for finding in result.findings or result.waived:
        out += block(finding, gate, advisory=bool(finding.advisory) and not gate.strict)
    out += ["", f"more: pytest --deploy-explain {result.id}"]
    return "\n".join(out)


def unverified(result: Result) -> str:
    """The failure of ``--deploy-strict``."""
    return f"{result.subject}: unverified: {result.reason}\n\nmore: pytest --deploy-explain {result.id}"


def where(finding: Finding) -> str:
    """The place of a finding; that of something absent from the repository as a whole has no line, nor has what no file asks for."""
    return finding.place.path if finding.place.path in (CHECKLIST, SMOKE) else str(finding.place)


def block(finding: Finding, gate: Gate, *, advisory: bool = False) -> Iterator[str]:
    """The lines about one finding."""
    yield f"{where(finding)}  {finding.message}{'  (advisory)' if advisory else ''}"
    source = gate.source_line(finding.place.path, finding.place.line)
    if source:
        yield f"    {source if len(source) <= WIDTH else source[: WIDTH - 1] + '…'}"
    for one in finding.related:
        yield f"  see {one.place}  {one.message}"
    yield f"  fix: {finding.hint}"
