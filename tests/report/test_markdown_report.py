"""The Markdown report, read back as GitHub's Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_deploy.findings import Finding
from pytest_deploy.places import Place
from pytest_deploy.report import render
from pytest_deploy.report.markdown import LIMIT, code, escape
from pytest_deploy.report.mermaid import flowchart
from pytest_deploy.report.result import PathStep, Run
from report.runs import PATH, ROOT, many, result, run, shown, with_path

NASTY = [
    "a | b",
    "`tick`",
    "``two``",
    "<script>alert(1)</script>",
    "</details>",
    "- [ ] item",
    "# heading",
    "1. one",
    "[x](javascript:y)",
    "**b** _i_ ~~s~~",
    "&amp;",
    "\\",
    "![i](u)",
    "<!-- c",
    "a\n\n## b",
    "= b",
    "+ c",
]


def gfm() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def text_of(tokens: list[Token]) -> str:
    """What a reader sees, with HTML kept apart."""
    out = []
    for token in tokens:
        if token.type in ("html_block", "html_inline"):
            out.append(f"⟦{token.content}⟧")
        elif token.children is not None:
            out.append(text_of(token.children))
        elif token.type not in ("softbreak",):
            out.append(token.content)
    return "".join(out)


def one_finding(message: str, subject: str = "Dockerfile", source: str = "") -> Run:
    finding = Finding(message, Place(subject, 3, 1), "Mend it.")
    lines = ((subject, 3, source),) if source else ()
    return run(result(subject=subject, outcome="failed", findings=(finding,)), verdict="no-go", source_lines=lines)


def test_the_report_begins_with_the_verdict_and_why() -> None:
    assert render(shown(), "markdown").splitlines()[:10] == [
        "## ❌ NO-GO · deployment gate · production",
        "",
        "1 required check failed · 1 unverified · 2 waived, the first until 2026-12-31",
        "",
        "| | area | passed | failed | unverified | waived | advisory |",
        "| --: | :-- | --: | --: | --: | --: | --: |",
        "| 2 | pipeline | 9 | 1 |  |  | 1 |",
        "| 3 | container | 12 |  |  | 2 |  |",
        "| 11 | rollback | 5 |  | 1 |  |  |",
        "",
    ]


def test_a_failure_shows_its_place_its_line_and_how_to_mend_it() -> None:
    text = render(one_finding("it runs as root", source='  CMD ["app"]'), "markdown")
    assert text.partition("### Failed\n\n")[2].partition("\n<sub>")[0] == (
        "- **`nonroot-user`** on `Dockerfile`\n"
        "  - `Dockerfile:3:1` it runs as root\n"
        "\n"
        "    ```text\n"
        '    CMD ["app"]\n'
        "    ```\n"
        "\n"
        "    _Fix:_ Mend it.\n"
    )


def test_what_a_sentence_puts_in_backticks_is_code() -> None:
    text = render(one_finding("`a || b` and `` c`d `` stay * apart (`x`)"), "markdown")
    assert "`Dockerfile:3:1` `a || b` and \\`\\` c\\`d \\`\\` stay \\* apart (`x`)\n" in text


def test_what_is_absent_from_the_whole_repository_has_no_line() -> None:
    text = render(one_finding("there is no rollback plan", subject="checklist"), "markdown")
    assert "  - `checklist` there is no rollback plan\n" in text


def test_an_area_in_which_nothing_applies_has_no_row() -> None:
    text = render(run(result(), result(area="before", outcome="not-applicable")), "markdown")
    assert [line for line in text.splitlines() if line.startswith("|")][2:] == ["| 3 | container | 1 |"]


def test_what_does_not_fail_the_run_is_folded() -> None:
    text = render(shown(), "markdown")
    assert re.findall(r"<summary>(.*)</summary>", text) == ["Advisory (1)", "Unverified (1)", "Waived (2)"]
    assert text.count("<details>") == text.count("</details>") == 3
    assert "on `checklist`: no tag of the version before; fetch the tags\n" in text


def test_release_paths_are_a_mermaid_graph() -> None:
    fences = [token for token in gfm().parse(render(shown(), "markdown")) if token.type == "fence" and token.info == "mermaid"]
    assert [fence.content for fence in fences] == [flowchart((PATH,))[0]]
    assert fences[0].content.splitlines()[3:7] == [
        '  n0["push main"]',
        '  n0 --> n1["test ✓"]:::holds',
        '  n1 --> n2["build ✓"]:::holds',
        '  n2 --> n3["scan ✗"]:::missing',
    ]


def test_paths_that_begin_alike_share_their_beginning() -> None:
    graph, left_out = flowchart((PATH, (*PATH[:3], PathStep("staging"))))
    assert left_out == 0
    assert graph.splitlines()[-1] == '  n2 --> n7["staging"]'


def test_a_name_cannot_leave_its_node() -> None:
    graph, _ = flowchart(((PathStep('push "x"]; click %%{init: {}}%% #a'), PathStep("```", "✓")),))
    assert graph.splitlines()[3:] == [
        '  n0["push #34;x#34;#93;#59; click #37;#37;#123;init: #123;#125;#125;#37;#37; #35;a"]',
        '  n0 --> n1["#96;#96;#96; ✓"]:::holds',
    ]


@pytest.mark.parametrize(("name", "label"), [("1. Build", "1#46; Build"), ("- build-app", "#45; build-app"), ("build_*", "build#95;#42;")])
def test_a_name_is_not_read_as_markdown(name: str, label: str) -> None:
    graph, _ = flowchart(((PathStep(name),),))
    assert graph.splitlines()[3:] == [f'  n0["{label}"]']


def test_a_graph_keeps_within_what_can_be_drawn() -> None:
    paths = [tuple(PathStep(f"{'x' * 50} {row} {column}") for column in range(10)) for row in range(100)]
    graph, left_out = flowchart(paths)
    assert 0 < left_out < 100
    assert graph.count("-->") < 500
    assert len(graph) < 50_000


def test_paths_with_a_gap_are_drawn_first() -> None:
    whole = (PathStep("push main"), PathStep("production"))
    assert flowchart((whole, PATH))[0].splitlines()[3:6][-1] == '  n1 --> n2["build ✓"]:::holds'


@pytest.mark.parametrize("text", NASTY)
def test_a_message_is_shown_as_it_is(text: str) -> None:
    shown_text = text_of(gfm().parse(render(one_finding(text), "markdown")))
    assert f"Dockerfile:3:1 {' '.join(text.split()).replace('`tick`', 'tick')}" in shown_text
    assert re.findall("⟦.*?⟧", shown_text) == ["⟦<sub>⟧", "⟦</sub>⟧"]


@pytest.mark.parametrize("text", NASTY)
def test_a_subject_is_shown_as_it_is(text: str) -> None:
    shown_text = text_of(gfm().parse(render(one_finding("m", subject=text), "markdown")))
    assert f"nonroot-user on {' '.join(text.split())}" in shown_text
    assert re.findall("⟦.*?⟧", shown_text) == ["⟦<sub>⟧", "⟦</sub>⟧"]


@given(st.sampled_from(["", "x "]), st.text(max_size=30) | st.text(alphabet="-+=#.1) `*", max_size=6))
def test_escaped_text_reads_as_it_was(before: str, text: str) -> None:
    tokens = gfm().parse(f"{before}{escape(text)}y")
    expected = "".join(one if one.isprintable() else "\ufffd" for one in " ".join(text.split()))
    assert text_of(tokens) == f"{before}{expected}y"
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]


@given(st.text(alphabet="`|ab \n<", max_size=12))
def test_a_code_span_reads_as_it_was(text: str) -> None:
    tokens = gfm().parse(f"x {code(text)} y")
    assert text_of(tokens) == f"x {' '.join(text.split())} y"


@pytest.mark.parametrize("source", ["```", "~~~ `````` x", "</details>\n# y"])
def test_a_source_line_stays_in_its_block(source: str) -> None:
    fences = [token for token in gfm().parse(render(one_finding("m", source=source), "markdown")) if token.type == "fence"]
    assert [fence.content for fence in fences] == [" ".join(source.split()) + "\n"]


def test_a_huge_run_stays_within_the_limit_and_says_what_is_missing() -> None:
    finding = Finding("é" * 5_000, Place("Dockerfile", 1), "Mend it.")
    one = run(
        *many(600, "container", outcome="failed", findings=(finding,)),
        *many(600, "pipeline", outcome="waived", waived=(ROOT,)),
        verdict="no-go",
    )
    text = render(one, "markdown")
    assert LIMIT - 10_000 < len(text.encode()) <= LIMIT
    assert re.search(r"\n\d+ results more did not fit here; the JSON report has them all\.\n", text)
    assert text.count("<details>") == text.count("</details>")
    assert text.endswith("</sub>\n")


def test_a_run_without_anything_is_a_report_too() -> None:
    text = render(run(verdict="incomplete", commit=""), "markdown")
    assert text == "## ⚠️ INCOMPLETE · deployment gate · production\n\nno check applies here\n\n<sub>pytest-deploy 0.1.0</sub>\n"


def test_the_order_of_the_results_does_not_matter() -> None:
    one = with_path(shown(), PATH)
    assert render(replace(one, results=one.results[::-1]), "markdown") == render(one, "markdown")
