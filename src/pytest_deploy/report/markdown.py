"""The Markdown report: what GitHub shows as the summary of a job, and what fits into a comment elsewhere.

All text of the repository (names, messages, source lines) is escaped: it cannot end a table, open HTML or leave its code block.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pytest_deploy.findings import Finding
from pytest_deploy.report import deployed
from pytest_deploy.report.mermaid import flowchart
from pytest_deploy.report.result import CHECKLIST, COLUMNS, SMOKE, Result, Run, area_number, many
from pytest_deploy.smoke.latency import milliseconds

LIMIT = 1024 * 1024
"""Bytes that GitHub takes as the summary of one step; a longer one is refused whole."""
_MESSAGE = 2_000
_SOURCE = 300
"""Characters of a message and of a source line that are shown."""
_BAR = 20
"""The longest bar of a plot, in characters."""
_OUTPUT = 50
"""Lines of the output of a command that are shown: the last ones."""
_SPARE = 400
"""Bytes kept back for the note on what was left out and for the end of a section."""

_VERDICTS = {
    "go": "✅ GO",
    "no-go": "❌ NO-GO",
    "incomplete": "⚠️ INCOMPLETE",
    "rolled-back": "↩️ ROLLED BACK",
    "rollback-failed": "❌ ROLLBACK FAILED",
}


def render(run: Run, limit: int = LIMIT) -> str:
    """The report as text of at most ``limit`` bytes of UTF-8; what does not fit is counted at its end, the least weighty first."""
    lines = {(path, number): text for path, number, text in run.source_lines}
    out = [
        f"## {_VERDICTS[run.verdict]} · {escape(run.title)} · {escape(run.target)}\n\n{escape(' · '.join(run.because))}\n",
        _table(run),
        _release_paths(run),
        _deployed(run),
    ]
    sections = [
        ("Failed", False, [_entry(one, one.findings, lines) for one in run.ordered if one.outcome in ("failed", "error")]),
        ("Advisory", True, [_entry(one, one.findings, lines) for one in run.ordered if one.outcome == "advisory"]),
        ("Unverified", True, [_line(one) for one in run.ordered if one.outcome == "unverified"]),
        ("Waived", True, [_entry(one, one.waived, lines) for one in run.ordered if one.outcome == "waived"]),
    ]
    foot = f"\n<sub>{escape(run.tool)}{f' · commit {code(run.commit[:12])}' if run.commit else ''}</sub>\n"
    room = limit - _SPARE - _size(foot) - sum(_size(part) for part in out)
    left_out = 0
    for title, folded, entries in sections:
        text, used = _section(title, folded, entries, room)
        left_out += len(entries) - used
        room -= _size(text)
        out.append(text)
    if left_out:
        out.append(f"\n{many(left_out, 'result', 'results')} more did not fit here; the JSON report has them all.\n")
    return "".join([*out, foot])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _table(run: Run) -> str:
    by_area: dict[str, Counter[str]] = {}
    for result in run.ordered:
        by_area.setdefault(result.area, Counter())[result.outcome] += 1
    columns = [column for column in COLUMNS if any(counts[column.outcome] for counts in by_area.values())]
    if not by_area or not columns:
        return ""
    rows = ["| | area | " + " | ".join(column.more for column in columns) + " |", "| --: | :-- |" + " --: |" * len(columns)]
    for area, counts in by_area.items():
        if not any(counts[column.outcome] for column in columns):
            continue
        said = " | ".join(str(counts[column.outcome] or "") for column in columns)
        rows.append(f"| {area_number(area)} | {escape(area)} | {said} |")
    return "\n" + "\n".join(rows) + "\n"


def _release_paths(run: Run) -> str:
    if not run.release_paths:
        return ""
    graph, left_out = flowchart(run.release_paths)
    note = f"\n{many(left_out, 'path', 'paths')} more, in the JSON report.\n" if left_out else ""
    return f"\n### Release paths\n\n```mermaid\n{graph}```\n{note}"


def _deployed(run: Run) -> str:
    """Latency, what came of watching, and how the deployment was taken back."""
    out = []
    if run.latency:
        most = max(max(one.now.p95, one.before.p95 if one.before else 0.0) for one in run.latency)
        out += ["\n### Latency\n", "| endpoint | | p50 | p95 | |", "| :-- | :-- | --: | --: | :-- |"]
        for one in run.latency:
            for name, taken in (("now", one.now), ("baseline", one.before)):
                if taken is not None:
                    said = f"{milliseconds(taken.p50)} | {milliseconds(taken.p95)} | {_bar(taken.p95, most)}"
                    out.append(f"| {escape(one.endpoint)} | {name} | {said} |")
    if run.watched is not None:
        seen = run.watched
        out += [f"\n### Watched for {seen.seconds:.0f} s\n"]
        out += [f"{seen.asked} asked in {seen.rounds} rounds, {seen.failed} failed ({deployed.percent(seen.error_rate)}).\n"]
        most = max((one.p95 for one in seen.spans), default=0.0)
        out += ["| from | to | failed | p50 | p95 | |", "| --: | --: | --: | --: | --: | :-- |"] if seen.spans else []
        for span in seen.spans:
            times = f"{milliseconds(span.p50)} | {milliseconds(span.p95)} | {_bar(span.p95, most)}"
            out.append(f"| {span.begin:.0f} s | {span.end:.0f} s | {span.failed} of {span.asked} | {times} |")
        out += [f"\n- {count} × {_prose(wrong)}" for wrong, count in seen.wrong[: deployed.SHOWN]]
    if run.rollback is not None:
        out += [f"\n### Rollback\n\n{_prose(run.rollback.text)}\n"]
        shown = run.rollback.output.splitlines()[-_OUTPUT:]
        if shown:
            fence = "`" * max(3, _longest_run(run.rollback.output) + 1)
            out += [f"{fence}text", *(_cut(_one_line(line, strip=False), _SOURCE) for line in shown), f"{fence}\n"]
        out += [f"{_prose(run.rollback.health)}"] if run.rollback.health else []
    return "\n".join(out) + "\n" if out else ""


def _bar(value: float, most: float) -> str:
    return "█" * max(round(value / most * _BAR), 1) if most > 0 else ""


def _section(title: str, folded: bool, entries: Sequence[str], room: int) -> tuple[str, int]:
    """The text of a section and how many of its entries are in it."""
    if not entries:
        return "", 0
    head, end = (f"\n<details><summary>{title} ({len(entries)})</summary>\n\n", "\n</details>\n") if folded else (f"\n### {title}\n\n", "")
    room -= _size(head) + _size(end)
    taken: list[str] = []
    for entry in entries:
        room -= _size(entry)
        if room < 0:
            break
        taken.append(entry)
    return (head + "".join(taken) + end, len(taken)) if taken else ("", 0)


def _entry(result: Result, findings: Sequence[Finding], lines: dict[tuple[str, int], str]) -> str:
    reason = f": {_prose(result.reason)}" if result.reason else ""
    said = "".join(_finding(finding, lines) for finding in findings)
    return f"- **{code(result.id)}** on {code(result.subject)}{reason}\n{said}"


def _line(result: Result) -> str:
    reason = result.reason.removeprefix("unverified:").strip()
    return f"- **{code(result.id)}** on {code(result.subject)}: {_prose(reason)}\n"


def _finding(finding: Finding, lines: dict[tuple[str, int], str]) -> str:
    place = finding.place
    where = place.path if place.path in (CHECKLIST, SMOKE) else str(place)
    out = f"  - {code(where)} {_prose(finding.message)}\n"
    source = lines.get((place.path, place.line), "").strip()
    if source:
        out += f"\n    {_fenced(_cut(source, _SOURCE))}\n\n"
    if finding.hint:
        out += f"    _Fix:_ {_prose(finding.hint)}\n"
    return out


def _fenced(text: str) -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n    {_one_line(text)}\n    {fence}"


def _prose(text: str) -> str:
    """A sentence of a check; what it puts in backticks is code."""
    parts = re.split(r"(?<!`)`([^`\n]+)`(?!`)", _cut(text, _MESSAGE))
    return "".join(code(part) if index % 2 and part.strip() else escape(part, index == 0) for index, part in enumerate(parts))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _one_line(text: str, strip: bool = True) -> str:
    # What is neither printable nor a space has no business in a document: control characters, halves of surrogate pairs.
    line = re.sub(r"\s+", " ", text)
    return "".join(one if one.isprintable() else "\ufffd" for one in (line.strip() if strip else line))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def escape(text: str, leads: bool = True) -> str:
    """Text that Markdown, a table and HTML show as it is, on one line. ``leads``: a line may begin with it."""
    plain = re.sub(r"([\\`*_\[\]|~])", r"\\\1", _one_line(text, leads).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return re.sub(r"^(\d*)([.)#=+-])", r"\1\\\2", plain) if leads else plain


def code(text: str) -> str:
    """A code span with this text on one line; nothing for no text. Not for a table, where a ``|`` would end the cell."""
    plain = _one_line(text)
    if not plain:
        return ""
    fence = "`" * (_longest_run(plain) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{fence}{pad}{plain}{pad}{fence}"
