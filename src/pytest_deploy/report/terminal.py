"""The end of a run in a terminal: one row per area, the release paths, the verdict and why."""

from __future__ import annotations

import unicodedata
from collections import Counter

from pytest_deploy.report.result import Outcome, PathStep, Result, Run, area_number

_COLUMNS: tuple[tuple[Outcome, str, str, str], ...] = (
    ("passed", "passed", "passed", "32"),
    ("failed", "failed", "failed", "31"),
    ("error", "error", "errors", "31"),
    ("unverified", "unverified", "unverified", "33"),
    ("waived", "waived", "waived", "33"),
    ("advisory", "advisory", "advisory", "33"),
)
"""Outcome, its word for one and for several, its colour (an SGR code)."""

_VERDICTS = {"go": ("GO", "1;32"), "no-go": ("NO-GO", "1;31"), "incomplete": ("INCOMPLETE", "1;33")}
_PLAIN = str.maketrans({"─": "-", "·": "|", "✓": "ok", "✗": "X", "…": "...", "–": "-", "’": "'", "×": "x"})
_GAP = "  "
SHOWN_PATHS = 12
"""More release paths than this are counted, not printed; those with a gap come first."""


def lines(run: Run, width: int = 80, color: bool = False, unicode: bool = True) -> list[str]:
    """The summary as lines no wider than ``width`` cells. ``unicode=False`` is for a terminal that can show ASCII alone."""
    paint = _Paint(color)
    out = [_heading(run.target, width, unicode)]
    out += _areas(run, width, paint)
    out += _paths(run.release_paths, width, paint)
    word, sgr = _VERDICTS[run.verdict]
    out += _flow(list(run.because), " · ", width, first=paint(word, sgr) + _GAP, first_cells=len(word) + 2, rest=" " * (len(word) + 2))
    if unicode:
        return out
    return [line.translate(_PLAIN).encode("ascii", "replace").decode() for line in out]


class _Paint:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, sgr: str) -> str:
        return f"\x1b[{sgr}m{text}\x1b[0m" if self.color and text.strip() else text


def _heading(target: str, width: int, unicode: bool) -> str:
    title = f" deployment gate {'·' if unicode else '|'} {target} "
    if cells(title) + 2 > width:
        return title.strip()
    left = (width - cells(title)) // 2
    return "─" * left + title + "─" * (width - left - cells(title))


def _areas(run: Run, width: int, paint: _Paint) -> list[str]:
    by_area: dict[str, list[Result]] = {}
    for result in run.ordered:
        by_area.setdefault(result.area, []).append(result)
    counts = {area: Counter(one.outcome for one in results) for area, results in by_area.items()}
    labels = {area: f"{area_number(area):2} {area}" for area in by_area}
    label_width = max((len(label) for label in labels.values()), default=0)
    columns = [column for column in _COLUMNS if any(count[column[0]] for count in counts.values())]
    texts = {area: [_count(count[outcome], one, more) for outcome, one, more, _ in columns] for area, count in counts.items()}
    widths = [max(len(row[index]) for row in texts.values()) for index in range(len(columns))]
    aligned = label_width + sum(len(_GAP) + one for one in widths) <= width
    out = []
    for area, row in texts.items():
        label = labels[area]
        if not any(row):
            out.append(f"{label:{label_width}}{_GAP}{paint('not applicable', '2')}")
        elif aligned:
            parts = [paint(text.rjust(size), sgr) for text, size, (_, _, _, sgr) in zip(row, widths, columns, strict=True)]
            out.append((f"{label:{label_width}}{_GAP}" + _GAP.join(parts)).rstrip())
        else:
            said = [text for text in row if text]
            indent = " " * (label_width + 2)
            out += _flow(said, " · ", width, first=f"{label:{label_width}}{_GAP}", first_cells=len(indent), rest=indent)
    return out


def _count(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}" if count else ""


def _paths(paths: tuple[tuple[PathStep, ...], ...], width: int, paint: _Paint) -> list[str]:
    if not paths:
        return []
    chosen = sorted(paths, key=lambda path: not any(step.mark == "✗" for step in path))
    out = [" release paths"]
    for path in chosen[:SHOWN_PATHS]:
        out += _flow([_step(step) for step in path], " ─ ", width, first="   ", first_cells=3, rest="     ", paint=paint)
    if len(chosen) > SHOWN_PATHS:
        out.append(f"   and {len(chosen) - SHOWN_PATHS} more, in the JSON and Markdown reports")
    return out


def _step(step: PathStep) -> str:
    return f"{step.name} {step.mark}".rstrip()


def _flow(
    parts: list[str], separator: str, width: int, *, first: str, first_cells: int, rest: str, paint: _Paint | None = None
) -> list[str]:
    """Parts joined by a separator, broken between them (and within one that is too long) so that no line is wider."""
    out: list[str] = []
    line, used, empty = first, first_cells, True
    for part in parts:
        glue = "" if empty else separator
        if not empty and used + cells(glue) + cells(part) > width:
            out.append(line.rstrip())
            # A separator that joins leads the next line, so that it is read as going on.
            lead = separator.lstrip()
            line, used, glue = rest + lead, cells(rest + lead), ""
        room = max(width - used - cells(glue), 1)
        pieces = _pieces(part, room, max(width - cells(rest), 1))
        for index, piece in enumerate(pieces):
            if index:
                out.append(line.rstrip())
                line, used, glue = rest, cells(rest), ""
            line += glue + (_marked(piece, paint) if paint else piece)
            used += cells(glue) + cells(piece)
        empty = False
    return [*out, line.rstrip()]


def _marked(piece: str, paint: _Paint) -> str:
    for mark, sgr in (("✓", "32"), ("✗", "1;31")):
        if piece.endswith(mark):
            return piece[:-1] + paint(mark, sgr)
    return piece


def _pieces(text: str, room: int, full: int) -> list[str]:
    """A text cut between words, the first piece at most ``room`` cells wide, the others ``full``; a longer word is cut."""
    out: list[str] = []
    now = ""
    for word in text.split(" "):
        rest = word
        while rest:
            limit = full if out else room
            candidate = f"{now} {rest}" if now else rest
            if cells(candidate) <= limit:
                now, rest = candidate, ""
            elif now:
                out.append(now)
                now = ""
            else:
                cut = 1
                while cut < len(rest) and cells(rest[: cut + 1]) <= limit:
                    cut += 1
                out.append(rest[:cut])
                rest = rest[cut:]
    return [*out, now] if now or not out else out


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
