"""What a run against a deployment tells in each report."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from pytest_deploy.report import render
from pytest_deploy.report.deployed import bars, percent
from pytest_deploy.report.result import Rollback, Run, Timed
from pytest_deploy.report.terminal import cells, lines
from pytest_deploy.smoke.latency import Latency
from pytest_deploy.smoke.watch import Span, Watched
from report.runs import run

SCHEMA = json.loads(resources.files("pytest_deploy.report").joinpath("schema-1.json").read_text(encoding="utf-8"))
PRINTED = "one\n\x1b[31mtwo\x1b[0m"
BEFORE, NOW = Latency((0.010,) * 20), Latency((0.020,) * 20)


def deployed(**more: Any) -> Run:
    """A run that was watched and taken back."""
    parts: dict[str, Any] = {
        "title": "smoke run",
        "target": "https://shop.example.org",
        "verdict": "rolled-back",
        "reasons": ("watched for 60 s: 3 rounds in a row failed",),
        "latency": (Timed("GET /health", NOW, BEFORE), Timed("GET /orders", NOW)),
        "watched": Watched(
            60.0, 12, 24, 3, (Span(0.0, 30.0, 12, 0, 0.01, 0.02), Span(30.0, 60.0, 12, 3, 0.02, 0.04)), (("GET /x: it answered 500", 3),)
        ),
        "rollback": Rollback(
            True, "`kubectl rollout undo` ended well after 3 s", "one\n\x1b[31mtwo\x1b[0m", "healthy again after 2 s", 5.0
        ),
    }
    return run(**{**parts, **more})


def test_a_terminal_shows_all_of_it() -> None:
    assert lines(deployed(), 90)[1:] == [
        " latency  GET /health  p50 20 ms, p95 20 ms  (baseline p50 10 ms, p95 10 ms)",
        " latency  GET /orders  p50 20 ms, p95 20 ms",
        " watched  60 s, 12 rounds: 24 asked, 3 failed (12 %)",
        "   errors  ▁▃",
        "   p95     ▅█  20 ms to 40 ms",
        "   3 × GET /x: it answered 500",
        " rollback  `kubectl rollout undo` ended well after 3 s",
        "   | one",
        "   | \ufffd[31mtwo\ufffd[0m",
        "   healthy again after 2 s",
        "ROLLED BACK  watched for 60 s: 3 rounds in a row failed",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_of_it_is_wider_than_the_terminal(width: int) -> None:
    back = Rollback(False, f"`{'word ' * 60}{'x' * 300}` did not end", "y" * 400, "not healthy since: " + "z " * 300, 5.0)
    assert all(cells(line) <= width for line in lines(deployed(rollback=back, verdict="rollback-failed"), width)[1:-1])


def test_an_ascii_terminal_shows_it_too() -> None:
    assert all(line.isascii() for line in lines(deployed(), 80, unicode=False))
    assert "   errors  _," in lines(deployed(), 80, unicode=False)


@pytest.mark.parametrize("more", [{}, {"latency": ()}, {"watched": None}, {"rollback": None}, {"verdict": "rollback-failed"}])
def test_the_json_report_keeps_its_schema(more: dict[str, Any]) -> None:
    jsonschema.validate(json.loads(render(deployed(**more), "json")), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_knows_every_key_of_it() -> None:
    data = json.loads(render(deployed(), "json"))
    for name in ("watch", "rollback"):
        assert set(data[name]) == set(SCHEMA["$defs"][name]["properties"])
    assert set(data["latency"][0]) == set(SCHEMA["$defs"]["timed"]["properties"])
    assert data["latency"][0]["baseline"] == {"samples": 20, "p50": 0.01, "p95": 0.01, "p99": 0.01}


def test_markdown_has_tables_with_bars_and_what_the_command_printed() -> None:
    text = render(deployed(), "markdown")
    assert text.startswith("## ↩️ ROLLED BACK · smoke run · https://shop.example.org\n")
    assert "| GET /health | now | 20 ms | 20 ms | ████████████████████ |\n| GET /health | baseline | 10 ms | 10 ms | ██████████ |" in text
    assert "| 30 s | 60 s | 3 of 12 | 20 ms | 40 ms | ████████████████████ |" in text
    assert "```text\none\n\ufffd[31mtwo\ufffd[0m\n```" in text


def test_what_a_command_prints_cannot_leave_its_block() -> None:
    back = Rollback(False, "`undo` failed", "a\n```\n<img src=x>\n````", "", 1.0)
    text = render(deployed(rollback=back), "markdown")
    assert "`````text\na\n```\n<img src=x>\n````\n`````" in text


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0 %"), (0.00001, "0.01 %"), (0.004, "0.4 %"), (0.055, "5.5 %"), (0.5, "50 %"), (1, "100 %")]
)
def test_a_share_that_is_not_nothing_is_not_shown_as_nothing(share: float, said: str) -> None:
    assert percent(share) == said


def test_bars_of_nothing_are_low() -> None:
    assert (bars([]), bars([0.0, 0.0]), bars([1.0, 0.5, 0.0])) == ("", "▁▁", "█▅▁")
