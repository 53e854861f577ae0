"""The JSON report and its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_deploy.report import names, render, write
from pytest_deploy.report.result import Run
from report.runs import result, run, shown

SCHEMA = json.loads(resources.files("pytest_deploy.report").joinpath("schema-1.json").read_text(encoding="utf-8"))


def report(one: Run) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(render(one, "json"))
    return data


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("one", [shown(), run(), run(result(), commit="", verdict="incomplete", incomplete="stopped by -x")])
def test_every_report_keeps_the_schema(one: Run) -> None:
    jsonschema.validate(report(one), SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_schema_knows_every_key_and_refuses_another_outcome() -> None:
    data = report(shown())
    failed = next(check for check in data["checks"] if check["findings"])
    places = set(SCHEMA["$defs"]["place"]["properties"])
    assert set(data) == set(SCHEMA["properties"])
    assert set(failed) == set(SCHEMA["$defs"]["check"]["properties"])
    assert set(failed["findings"][0]) == set(SCHEMA["$defs"]["finding"]["properties"]) | places
    assert set(failed["findings"][0]["related"][0]) == set(SCHEMA["$defs"]["related"]["properties"]) | places
    failed["outcome"] = "fine"
    with pytest.raises(jsonschema.ValidationError, match="'fine' is not one of"):
        jsonschema.validate(data, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_the_head_of_a_report_tells_the_verdict_and_why() -> None:
    data = report(shown())
    assert {key: data[key] for key in ("version", "tool", "target", "commit", "verdict", "because", "incomplete")} == {
        "version": 1,
        "tool": "pytest-deploy 0.1.0",
        "target": "production",
        "commit": "0" * 40,
        "verdict": "no-go",
        "because": ["1 required check failed", "1 unverified", "2 waived, the first until 2026-12-31"],
        "incomplete": "",
    }


def test_a_failed_check_has_its_findings_at_their_places() -> None:
    (failed,) = [check for check in report(shown())["checks"] if check["outcome"] == "failed"]
    assert failed == {
        "id": "pipeline-scans-image",
        "area": "pipeline",
        "tier": "required",
        "subject": ".github/workflows/ci.yml",
        "node": ".github/workflows/ci.yml::pipeline-scans-image",
        "outcome": "failed",
        "reason": "",
        "findings": [
            {
                "path": "svc/Dockerfile",
                "line": 12,
                "column": 1,
                "end_line": 12,
                "message": "the final stage runs as root: no USER after FROM python:3.13-slim",
                "hint": "Add a USER that is not root behind the last instruction that needs root.",
                "related": [{"path": "svc/Dockerfile", "line": 9, "column": 1, "end_line": 9, "message": "the stage begins here"}],
            }
        ],
        "waived": [],
        "seconds": 0.0,
    }


def test_a_waived_finding_is_apart_from_those_that_stand() -> None:
    waived = [check for check in report(shown())["checks"] if check["outcome"] == "waived"]
    assert [(len(check["findings"]), len(check["waived"]), check["reason"]) for check in waived] == [(0, 1, "moves in Q1, OPS-123")] * 2


def test_release_paths_say_which_gates_hold() -> None:
    (path,) = report(shown())["release_paths"]
    assert path[0] == {"name": "push main", "mark": ""}
    assert [(step["name"], step["mark"]) for step in path if step["mark"] != "holds"][1:] == [("scan", "missing"), ("production", "")]


def test_the_order_is_that_of_the_checklist_whatever_came_first() -> None:
    one = run(result("b", "rollback"), result("a", "container", "z"), result("a", "container", "b"), result("z", "before"))
    assert [(check["area"], check["id"], check["subject"]) for check in report(one)["checks"]] == [
        ("before", "z", "svc/Dockerfile"),
        ("container", "a", "b"),
        ("container", "a", "z"),
        ("rollback", "b", "svc/Dockerfile"),
    ]
    assert render(replace(one, results=one.results[::-1]), "json") == render(one, "json")


def test_text_beyond_ascii_is_written_as_it_is(tmp_path: Path) -> None:
    write(run(result(reason="für später")), "json", tmp_path / "new" / "report.json")
    assert '"reason": "für später"' in (tmp_path / "new" / "report.json").read_text(encoding="utf-8")


def test_an_unknown_format_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="no report format 'pdf'; there are brief, json"):
        render(run(), "pdf", {"brief": lambda one: one.verdict})


def test_a_format_of_a_hook_is_written(tmp_path: Path) -> None:
    write(run(verdict="no-go"), "brief", tmp_path / "out", {"brief": lambda one: one.verdict})
    assert (tmp_path / "out").read_text() == "no-go"
    assert names({"brief": lambda one: one.verdict}) == ("brief", *names())
