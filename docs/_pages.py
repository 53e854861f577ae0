"""Pages that are made when the documentation is built: one for each check, of its docstring, and the changelog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from pytest_deploy.checks.registry import AREAS, Check, built_in
from pytest_deploy.gate import waivers
from pytest_deploy.smoke.claims import ALL

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[\w+-]+) (?P<path>[^\n:]+?)(?::(?P<lines>[\d,]+))?$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, those of the checks to the menu too."""
    areas: dict[str, list[str]] = {}
    for path, text in pages():
        files.append(File.generated(config, path, content=text))
        if found := re.search(r"^area: (.+)$", text, re.MULTILINE):
            areas.setdefault(found[1], []).append(path)
    for entry in config.nav or ():
        if isinstance(entry, dict) and "Checks" in entry:
            entry["Checks"] = ["checks/index.md", *({area: paths} for area, paths in areas.items())]
    return files


def pages() -> Iterator[tuple[str, str]]:
    """(path, text) of each page: of the checks, and of what smoke tests claim."""
    checks = [(one.id, one.area, one.tier, subject_of(one), one.documentation) for one in built_in()]
    checks += [(one.id, "smoke", one.tier, "the running deployment", one.documentation) for one in ALL.values()]
    checks.append((waivers.ID, "before", "required", "the repository", (waivers.__doc__ or "").rstrip()))
    checks.sort(key=lambda one: (AREAS.index(one[1]), one[0]))
    yield "changelog.md", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    rows = ["# Checks\n", "Required checks fail the run, advisory ones show. [Settings](../settings.md) change that.\n"]
    for number, area in enumerate(AREAS, 1):
        here = [one for one in checks if one[1] == area]
        if here:
            rows.append(f"\n## {number} {area}\n\n| check | | |\n| --- | --- | --- |")
        for name, _, tier, _, documentation in here:
            rows.append(f"| [{name}]({name}.md) | {documentation.partition(chr(10))[0].rstrip('.')} | {tier} |")
    yield "checks/index.md", "\n".join(rows) + "\n"
    for name, area, tier, subject, documentation in checks:
        yield f"checks/{name}.md", page(name, area, tier, subject, documentation)


def subject_of(check: Check) -> str:
    """What one test is about, in words."""
    return {"Repository": "the repository", "Pipeline": "each pipeline file"}.get(check.subject.__name__, f"each {check.subject.__name__}")


def page(name: str, area: str, tier: str, subject: str, documentation: str) -> str:
    """The page of a check."""
    title, _, rest = documentation.partition("\n")
    number = AREAS.index(area) + 1
    head = f"---\ntitle: {name}\narea: {number} {area}\n---\n\n# {title.rstrip('.')}\n\n`{name}` · {number} {area} · {tier} · {subject}\n"
    return head + _FENCE.sub(_titled, rest) + "\n"


def _titled(found: re.Match[str]) -> str:
    lines = f' hl_lines="{found["lines"].replace(",", " ")}"' if found["lines"] else ""
    return f'{found["fence"]}{found["language"]} title="{found["path"]}"{lines}'
