"""The end of a run in a terminal: one row per area, the release paths, the verdict and why.

Rows and paths are fitted to the width. The verdict is one line whatever its length: people search logs for it, and a terminal
breaks it by itself.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

from pytest_deploy.report import deployed
from pytest_deploy.report.result import COLUMNS, Outcome, PathStep, Run, area_number, many

_COLOURS: dict[Outcome, str] = {"passed": "32", "failed": "31", "error": "31", "unverified": "33", "waived": "33", "advisory": "33"}
"""SGR codes."""
_VERDICTS = {
    "go": ("GO", "1;32"),
    "no-go": ("NO-GO", "1;31"),
    "incomplete": ("INCOMPLETE", "1;33"),
    "rolled-back": ("ROLLED BACK", "1;31"),
    "rollback-failed": ("ROLLBACK FAILED", "1;31"),
}
_PLAIN = str.maketrans("─·✓✗…–’×▁▂▃▄▅▆▇█→", "-|+x~-'x_.,:-=+#>")  # one for one, so that what fitted still fits
_GAP = "  "
_AREA = 17
"""The cells of `` 4 infrastructure``, the longest of our own areas: rows of different runs stand alike."""
_NAME = 40
"""A station's name is cut to so many cells."""
SHOWN_PATHS = 12
"""More release paths than this are counted, not printed; those with a gap come first."""


def lines(run: Run, width: int = 80, color: bool = False, unicode: bool = True) -> list[str]:
    """The summary as lines, none but the verdict wider than ``width`` cells. ``unicode=False`` is for a terminal that shows ASCII
    only."""
    paint = _Paint(color)
    out = [_heading(printable(run.title), printable(run.target), width, unicode)]
    out += _areas(run, width, paint)
    out += _paths(run.release_paths, width, paint)
    out += deployed.lines(run, width)
    word, sgr = _VERDICTS[run.verdict]
    out.append(paint(word, sgr) + _GAP + " · ".join(printable(clause) for clause in run.because))
    if unicode:
        return out
    return [line.translate(_PLAIN).encode("ascii", "replace").decode() for line in out]


def can_show(encoding: str | None) -> bool:
    """Whether a stream with this encoding can show the signs of the summary (``None``: nobody knows, so it had better not)."""
    try:
        "─·✓✗…".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Paint:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, sgr: str) -> str:
        return f"\x1b[{sgr}m{text}\x1b[0m" if self.color and text.strip() else text


def _heading(name: str, target: str, width: int, unicode: bool) -> str:
    title = f" {name} {'·' if unicode else '|'} {target} "
    if cells(title) + 2 > width:
        return title.strip()
    left = (width - cells(title)) // 2
    return "─" * left + title + "─" * (width - left - cells(title))


def _areas(run: Run, width: int, paint: _Paint) -> list[str]:
    counts: dict[str, Counter[Outcome]] = {}
    for result in run.ordered:
        counts.setdefault(result.area, Counter())[result.outcome] += 1
    labels = {area: f"{area_number(area):2} {printable(area)}" for area in counts}
    columns = [column for column in COLUMNS if any(count[column.outcome] for count in counts.values())]
    texts = {area: [many(count[one.outcome], one.one, one.more) for one in columns] for area, count in counts.items()}
    widths = [max(len(row[index]) for row in texts.values()) for index in range(len(columns))]
    longest = max((cells(label) for label in labels.values()), default=0)
    table = sum(len(_GAP) + one for one in widths)
    label_width = max(longest, _AREA) if max(longest, _AREA) + table <= width else longest
    aligned = label_width + table <= width
    out = []
    for area, row in texts.items():
        label = labels[area]
        if not any(row):
            out.append(f"{label:{label_width}}{_GAP}{paint('not applicable', '2')}")
        elif aligned:
            cells_of = zip(row, widths, columns, strict=True)
            parts = [paint(text.rjust(size), _COLOURS[one.outcome]) for text, size, one in cells_of]
            out.append((f"{label:{label_width}}{_GAP}" + _GAP.join(parts)).rstrip())
        else:
            said = [text for text in row if text]
            indent = " " * (label_width + 2)
            out += _flow(said, " · ", width, first=f"{label:{label_width}}{_GAP}", first_cells=len(indent), rest=indent)
    return out


def _paths(paths: tuple[tuple[PathStep, ...], ...], width: int, paint: _Paint) -> list[str]:
    if not paths:
        return []
    chosen = sorted(paths, key=lambda path: not any(step.mark == "✗" for step in path))
    out = [" release paths"]
    for path in chosen[:SHOWN_PATHS]:
        out += _flow([_step(step) for step in path], " ─ ", width, first="   ", first_cells=3, rest="     ", paint=paint)
    if len(chosen) > SHOWN_PATHS:
        out.append(f"   and {len(chosen) - SHOWN_PATHS} more, all in the JSON report")
    return out


def _step(step: PathStep) -> str:
    name = printable(step.name)
    if cells(name) > _NAME:
        name = _head(name, _NAME - 1) + "…"
    return f"{name} {step.mark}".rstrip()


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
                out.append(_head(rest, limit))
                rest = rest[len(out[-1]) :]
    return [*out, now] if now or not out else out


def _head(text: str, limit: int) -> str:
    """As much of the beginning of a text as fits in ``limit`` cells, one character at least."""
    end = 1
    while end < len(text) and cells(text[: end + 1]) <= limit:
        end += 1
    return text[:end]


def printable(text: str) -> str:
    """Text on one line, without what a terminal would act upon: names come out of files that others wrote."""
    return "".join(one if one.isprintable() else "\ufffd" for one in " ".join(text.split()))


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
