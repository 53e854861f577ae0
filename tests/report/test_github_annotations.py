"""Annotations and the summary of a job in GitHub Actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_deploy.findings import Finding
from pytest_deploy.places import Place
from pytest_deploy.report import render
from pytest_deploy.report.github import annotate, append_summary
from pytest_deploy.report.markdown import LIMIT
from pytest_deploy.report.result import Result
from report.runs import ROOT, many, result, run, shown


def finding(message: str = "it is wrong", path: str = "Dockerfile", line: int = 3, **more: Any) -> Finding:
    return Finding(message, Place(path, line, 5), "Mend it.", **more)


def failed(*findings: Finding, **more: Any) -> Result:
    return result(**{"outcome": "failed", "findings": findings, **more})


def test_a_finding_is_an_error_at_its_line() -> None:
    assert annotate(run(failed(ROOT))) == [
        "::error file=svc/Dockerfile,line=12,endLine=12,col=1,title=nonroot-user::"
        "the final stage runs as root: no USER after FROM python:3.13-slim%0A"
        "Add a USER that is not root behind the last instruction that needs root."
    ]


def test_everything_that_ends_a_command_is_escaped() -> None:
    one = finding("100% of\r\n::warning::it", path="a,b:c%/Dockerfile")
    assert annotate(run(failed(one))) == [
        "::error file=a%2Cb%3Ac%25/Dockerfile,line=3,endLine=3,col=5,title=nonroot-user::100%25 of%0D%0A::warning::it%0AMend it."
    ]


def test_a_finding_over_several_lines_has_no_column() -> None:
    one = Finding("m", Place("Dockerfile", 3, 5, 6), "")
    assert annotate(run(failed(one))) == ["::error file=Dockerfile,line=3,endLine=6,title=nonroot-user::m"]


def test_a_finding_of_the_repository_as_a_whole_has_no_file() -> None:
    one = finding("there is no rollback plan", path="checklist")
    assert annotate(run(failed(one, subject="checklist"))) == ["::error title=nonroot-user::there is no rollback plan%0AMend it."]


def test_the_folder_of_the_repository_leads_the_path() -> None:
    (command,) = annotate(run(failed(finding())), folder="services/shop")
    assert command.startswith("::error file=services/shop/Dockerfile,line=3,")


def test_advisory_findings_are_warnings_and_come_after_errors() -> None:
    one = run(result("a", "before", outcome="advisory", tier="advisory", findings=(finding(),)), failed(finding()))
    assert [command.partition(" ")[0] for command in annotate(one)] == ["::error", "::warning"]


def test_an_advisory_finding_of_a_failed_check_is_a_warning() -> None:
    one = run(failed(finding("a", advisory=True), finding("b", advisory=False)))
    assert [command.partition(" ")[0] for command in annotate(one)] == ["::error", "::warning"]


def test_advisory_findings_that_failed_a_strict_run_are_errors() -> None:
    assert annotate(run(failed(finding(advisory=True))))[0].startswith("::error ")


def test_required_checks_come_before_advisory_ones_that_failed() -> None:
    one = run(failed(finding("a"), id="aa", tier="advisory"), failed(finding("b"), id="zz"))
    assert [command.rpartition("::")[2] for command in annotate(one)] == ["b%0AMend it.", "a%0AMend it."]


def test_a_check_that_broke_is_an_error_with_its_reason() -> None:
    one = run(result(subject="Dockerfile", outcome="error", reason="nonroot-user broke: KeyError"))
    assert annotate(one) == ["::error file=Dockerfile,line=1,endLine=1,title=nonroot-user::nonroot-user broke: KeyError"]


def test_passed_waived_and_unverified_results_are_not_annotated() -> None:
    assert annotate(run(result(), result(outcome="waived", waived=(ROOT,)), result(outcome="unverified"))) == []


def test_ten_errors_and_ten_warnings_are_shown_and_the_rest_is_counted() -> None:
    one = run(
        *many(12, "container", outcome="failed", findings=(finding(),)),
        *many(13, "pipeline", outcome="advisory", findings=(finding(),)),
    )
    commands = annotate(one)
    assert [sum(command.startswith(f"::{level} ") for command in commands) for level in ("error", "warning", "notice")] == [10, 10, 1]
    assert commands[-1] == "::notice title=deployment gate::5 more are in the summary of this job"


def test_the_first_finding_is_left_to_a_plugin_that_annotates_failures() -> None:
    one = run(failed(finding("a"), finding("b", line=9)), result(outcome="advisory", tier="advisory", findings=(finding("c"),)))
    assert [command.rpartition("::")[2] for command in annotate(one, failures_annotated=True)] == ["b%0AMend it.", "c%0AMend it."]


def test_the_summary_is_added_behind_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_text("# Coverage\n")
    append_summary(shown(), path)
    assert path.read_text(encoding="utf-8") == "# Coverage\n" + render(shown(), "markdown")


def test_a_summary_that_is_nearly_full_is_kept_within_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * (LIMIT - 2_000))
    append_summary(run(*many(600, "container", outcome="failed", findings=(ROOT,)), verdict="no-go"), path)
    text = path.read_bytes()
    assert LIMIT - 2_000 < len(text) <= LIMIT
    assert b"results more did not fit here" in text


def test_a_full_summary_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    path.write_bytes(b"x" * LIMIT)
    append_summary(shown(), path)
    assert path.stat().st_size == LIMIT
