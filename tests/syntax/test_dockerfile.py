"""The reader of Dockerfiles equals BuildKit's own parser (the ``dockerfile`` package)."""

from __future__ import annotations

from typing import Any

import dockerfile
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_deploy.syntax.dockerfile import Instruction, Instructions, parse
from pytest_deploy.tree import Source

Row = tuple[Any, ...]


def read(text: str) -> Instructions:
    """As the tree of files gives the text to the reader."""
    return parse(Source("Dockerfile", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")))


def only(text: str) -> Instruction:
    (found,) = read(text).instructions
    return found


def problems(text: str) -> list[tuple[int, str]]:
    return [(problem.place.line, problem.message) for problem in read(text).problems]


# --- against BuildKit ------------------------------------------------------------------------------------------------


def ours(text: str) -> list[Row]:
    return [row(one) for one in read(text).instructions]


def row(one: Instruction) -> Row:
    lines = (one.place.line, one.place.end_line)
    if one.child is not None:  # of ONBUILD, BuildKit's binding tells the words of the instruction behind it, not its flags and documents
        return ("ONBUILD", one.child.name, *lines, one.child.words if one.child.name != "ONBUILD" else ())
    heredocs = tuple((heredoc.name, heredoc.descriptor, str(heredoc.content)) for heredoc in one.heredocs)
    return (one.name, "", *lines, one.words, one.json, one.flags, heredocs)


def theirs(text: str) -> list[Row]:
    rows: list[Row] = []
    for one in dockerfile.parse_string(text):
        if one.cmd is None:
            continue  # a line that is a lone continuation: an instruction without a name, which the build refuses
        # An instruction that BuildKit does not know has one empty word; ours has none.
        words = () if one.value == ("",) and not one.json else one.value
        lines = (one.start_line, one.end_line)
        if one.sub_cmd:
            rows.append(("ONBUILD", one.sub_cmd.upper(), *lines, words if one.sub_cmd.upper() != "ONBUILD" else ()))
            continue
        heredocs = tuple((heredoc.name, heredoc.file_descriptor, heredoc.content.replace("\r\n", "\n")) for heredoc in one.heredocs)
        # BuildKit reads flags byte by byte; put characters beyond ASCII together again.
        flags = tuple(flag.encode("latin-1").decode() for flag in one.flags)
        rows.append((one.cmd.upper(), "", *lines, words, one.json, flags, heredocs))
    return rows


def assert_same(text: str) -> None:
    try:
        expected = theirs(text)
    except dockerfile.GoParseError:
        expected = None
    if expected is None:
        assert read(text).problems, f"BuildKit refuses {text!r}"
    else:
        assert ours(text) == expected


LINES = [
    "FROM a",
    "from a as b",
    "RUN a \\",
    "  b && \\",
    "# c",
    "  # c",
    "",
    "  ",
    "RUN <<EOF",
    "EOF",
    "RUN cat <<-E 3<<F",
    "\tE",
    "F",
    'COPY --from=b --chown=1:1 ["a", "b"]',
    "COPY <<\"A B\" <<'B' /x",
    "A B",
    "B",
    "ONBUILD RUN x <<EOF",
    "ENV A=b \\",
    '  C="d e" F=g\\ h \\',
    "ENV a b c",
    "LABEL 'a b'=\"c\"",
    "ARG X=1 Y Z=",
    'CMD ["a", \\',
    '"b"]',
    "CMD exec  a",
    'HEALTHCHECK --interval=1s CMD ["a"]',
    "HEALTHCHECK NONE",
    "b\\\\",
    "\\",
    " \\  ",
    "RU\\",
    "N x",
    'RUN --mount=type=x,"target=a b" \\',
    "--network=none \\",
    "# escape=`",
    "# escape=\\",
    "#syntax=docker/dockerfile:1",
    "#check=skip=all",
    "RUN a `",
    "EXPOSE 80  81/udp",
    "RUN echo $((1 << 2)) <<< x",
]
FRAGMENTS = [*LINES, "\n", "\n", " ", "\t", "\f", "\v", "\\", "`", '"', "'", "--", "--a", "=", "$V", "${V:-x}", "${", "}", "[", '"a"', "]"]


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=15), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_lines_in_any_order_read_as_buildkit_reads_them(lines: list[str], end: str, ended: bool) -> None:
    assert_same(end.join(lines) + (end if ended else ""))


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from([*FRAGMENTS, "\x1c", "<<", "<<-", "é", "\ufeff"]), max_size=20).map("".join))
@example("FROM a\nRUN a \\")
@example("\\ ")
@example("FROM a\nRUN --mount=a\\\n# c\n\n\n --x y")
def test_fragments_glued_together_read_as_buildkit_reads_them(text: str) -> None:
    assert_same(text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_is_read_without_an_exception_and_each_instruction_is_at_its_place(text: str) -> None:
    source = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = parse(Source("Dockerfile", source))
    last = 0
    for one in found.instructions:
        assert last < one.place.line <= (one.place.end_line or 0) <= source.count("\n") + 1
        last = one.place.end_line or 0


# --- directives, lines and ends --------------------------------------------------------------------------------------


def test_the_escape_directive_makes_the_backtick_continue_lines() -> None:
    found = read("# escape=`\nFROM a\nRUN dir c:\\ `\n  /s\nRUN x\n")

    assert found.escape == "`"
    assert [(one.name, one.place.line, one.place.end_line, one.value) for one in found.instructions] == [
        ("FROM", 2, 2, "a"),
        ("RUN", 3, 4, "dir c:\\   /s"),
        ("RUN", 5, 5, "x"),
    ]


def test_a_directive_knows_its_place() -> None:
    syntax = read("#  syntax = docker/dockerfile:1 \nFROM a\n").directives["syntax"]

    assert (syntax, syntax.line, syntax.column) == ("docker/dockerfile:1", 1, 13)


def test_comments_and_blank_lines_inside_a_continuation_are_passed_over() -> None:
    assert only("RUN a && \\\n\n  # why\n  b\n").value == "a &&   b"


def test_onbuild_holds_the_instruction_behind_it() -> None:
    child = read("FROM a\nONBUILD RUN --mount=type=ssh make\n").instructions[1].child

    assert child is not None
    assert (child.name, child.flags, child.value) == ("RUN", ("--mount=type=ssh",), "make")


def test_flags_are_asked_by_name() -> None:
    one = only('RUN --mount=type=cache,target=/a --mount=type=secret,id=b --network="none" x\n')

    assert list(one.all_flags("mount")) == ["type=cache,target=/a", "type=secret,id=b"]
    assert one.flag("network") == "none"
    assert one.flag("security") is None


def test_an_argument_without_a_default_has_no_value() -> None:
    assert only("ARG A B=1 C=\n").pairs == (("A", None), ("B", "1"), ("C", ""))


# --- places ----------------------------------------------------------------------------------------------------------


def test_text_on_a_continued_line_is_found_at_that_line() -> None:
    place = only("RUN apk add \\\n    # tools\n    git \\\n    curl\n").at("curl")

    assert (place.line, place.column) == (4, 5)


def test_the_script_of_a_run_keeps_its_lines() -> None:
    script = only("RUN --mount=type=ssh a && \\\n\n  # why\n  b\n").script

    assert script == "a && \\\n\\\n\\\n  b"
    assert (script.line, script.column) == (1, 22)
    assert script.locate(4, 3).line == 4


def test_a_script_that_begins_behind_its_flags_on_the_next_line_is_placed_there() -> None:
    script = only("RUN --mount=type=ssh \\\n    make\n").script

    assert (script, script.line, script.column) == ("make", 2, 5)


def test_a_lone_here_document_is_the_script() -> None:
    script = only("RUN <<EOF\nset -e\nmake\nEOF\n").script

    assert (script, script.line, script.column) == ("set -e\nmake\n", 2, 1)


def test_a_here_document_given_to_a_command_is_part_of_the_script() -> None:
    assert only("RUN cat <<EOF > /x && ls\nhello\nEOF\n").script == "cat <<EOF > /x && ls\nhello\nEOF"


# --- what BuildKit refuses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the file has no instructions"),
        ("# only a comment\n", 1, "the file has no instructions"),
        ("FROM a\nRUM x\n", 2, "unknown instruction: RUM (did you mean RUN?)"),
        ("FROM a\n\nRUN <<EOF\nx\n", 3, "unterminated heredoc: no line is EOF"),
        ("FROM\n", 1, "FROM requires either one or three arguments: FROM image, or FROM image AS name"),
        ("FROM a b\n", 1, "FROM requires either one or three arguments: FROM image, or FROM image AS name"),
        ("FROM a AS 1b\n", 1, "invalid name for build stage: '1b'"),
        ("ARG A\nRUN x\nFROM a\n", 2, "RUN stands before the first FROM: there is no build stage yet"),
        ("ARG A\n", 1, "the file has no FROM: there is no build stage"),
        ("FROM a\nCOPY b\n", 2, "COPY requires at least two arguments"),
        ("FROM a\nENV A\n", 2, "ENV: ENV must have two arguments"),
        ("FROM a\nENV A=1 B\n", 2, "ENV: can't find = in 'B': must be of the form name=value"),
        ("FROM a\nCMD [1]\n", 2, "CMD: when using JSON array syntax, arrays must be comprised of strings only"),
        ("FROM a\nUSER\n", 2, "USER requires exactly one argument"),
        ("FROM a\nSHELL bash\n", 2, "SHELL requires the arguments to be in JSON form"),
        ("FROM a\nHEALTHCHECK curl x\n", 2, "unknown type 'curl' in HEALTHCHECK: it is CMD or NONE"),
        ("FROM a\nCOPY --chwon=1 a b\n", 2, "COPY has an unknown flag: chwon"),
        ("FROM a\nONBUILD FROM b\n", 2, "FROM isn't allowed as an ONBUILD trigger"),
        ("FROM a\nONBUILD\n", 2, "ONBUILD requires at least one argument"),
        ("# escape=x\nFROM a\n", 1, "invalid escape token 'x': it must be ` or \\"),
        ("# escape=`\n# escape=`\nFROM a\n", 2, "only one escape parser directive can be used"),
    ],
)
def test_what_buildkit_refuses_is_a_problem_at_its_line(text: str, line: int, message: str) -> None:
    assert problems(text) == [(line, message)]


def test_a_file_cut_off_in_a_here_document_is_not_complete() -> None:
    found = read("FROM a\nRUN <<EOF\nx\n")

    assert not found.complete
    assert [one.name for one in found.instructions] == ["FROM"]


def test_a_sound_file_has_no_problems() -> None:
    assert problems("ARG V=1\nFROM a:$V AS build\nRUN x\n\nFROM scratch\nCOPY --from=build --link /a /b\nUSER 1\n") == []
