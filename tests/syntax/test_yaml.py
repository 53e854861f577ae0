"""YAML: what the core schema makes of scalars, where they stand, and what is refused."""

from __future__ import annotations

import math

import pytest
import yaml as pyyaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.findings import SyntaxProblem
from pytest_deploy.places import Place
from pytest_deploy.syntax.yaml import Mapping, Node, Scalar, Sequence, as_mapping, at, items, load, parse, resolve, strings, walk
from pytest_deploy.tree import Source


def read(text: str) -> Node:
    root = load(Source("f.yml", text))
    assert root is not None
    return root


def plain(node: Node) -> object:
    """The node as the usual Python values."""
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in items(node)}
    if isinstance(node, Sequence):
        return [plain(one) for one in node]
    return node.value


def refused(text: str) -> SyntaxProblem:
    with pytest.raises(SyntaxProblem) as caught:
        parse(Source("f.yml", text))
    return caught.value


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("No", "No"),
        ("y", "y"),
        ("22:22", "22:22"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("~", None),
        ("null", None),
        ("010", 10),
        ("-7", -7),
        ("0o10", 8),
        ("0xfF", 255),
        ("0b1", "0b1"),
        ("3.12", 3.12),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        (".", "."),
        ("-", "-"),
        ("-.inf", -math.inf),
        ("١", "١"),
    ],
)
def test_plain_scalars_mean_what_the_core_schema_of_yaml_1_2_says(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_not_a_number_is_one() -> None:
    value = resolve(".nan")
    assert isinstance(value, float)
    assert math.isnan(value)


def test_an_integer_of_absurd_length_is_still_read() -> None:
    assert resolve("9" * 5000) == math.inf


def test_quoted_scalars_and_blocks_are_strings() -> None:
    assert plain(read("[\"1\", '2', !!str 3]")) == ["1", "2", "3"]
    assert plain(read("a: |\n  1\nb: >-\n  true\n")) == {"a": "1\n", "b": "true"}


def test_tags_are_kept() -> None:
    root = read("a: !Ref Bucket\nb: !reference [x, y]\nc: !If {q: 1}\nd: !!int 7\ne: ! 7")
    assert isinstance(root, Mapping)
    assert [node.tag for node in root.values()] == ["!Ref", "!reference", "!If", "!!int", "!"]
    assert [plain(node) for node in root.values()] == ["Bucket", ["x", "y"], {"q": 1}, 7, "7"]


def test_merge_keys_give_way_to_own_keys_and_earlier_mappings_to_none() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 3\n"
    assert plain(at(read(text), "z") or Sequence()) == {"b": 1, "c": 2, "a": 3}


def test_a_merge_of_something_else_is_a_problem() -> None:
    (document,) = parse(Source("f.yml", "a: 1\n<<: text\n"))
    assert [(problem.message, problem.place.line) for problem in document.problems] == [("a merge (<<) of something that is no mapping", 2)]


def test_the_last_of_two_equal_keys_counts_and_is_a_problem_at_its_place() -> None:
    (document,) = parse(Source("f.yml", "a: 1\nb: 2\na: 3\n"))
    assert plain(document.root or Sequence()) == {"b": 2, "a": 3}
    (problem,) = document.problems
    assert problem.message == "the key 'a' stands twice in one mapping; the last one counts"
    assert problem.place == Place("f.yml", 3, 1, 3)
    root = document.root
    assert isinstance(root, Mapping)
    assert root.key("a") is not None
    assert root.key("a").line == 3  # type: ignore[union-attr]  # see the line above


def test_an_unquoted_template_is_a_key_that_is_a_collection() -> None:
    (document,) = parse(Source("f.yml", "image: {{ image }}\n"))
    (problem,) = document.problems
    assert (problem.place.line, problem.place.column) == (1, 9)
    assert list(items(at(document.root, "image"))) == [("{ image }", "")]


def test_empty_files_and_comments_have_no_document_with_content() -> None:
    assert parse(Source("f.yml", "")) == ()
    assert parse(Source("f.yml", "# nothing\n\n")) == ()
    assert [document.root for document in parse(Source("f.yml", "---\n---\na: 1\n"))] == [None, {"a": "1"}]
    assert load(Source("f.yml", "---\n---\na: 1\n")) == {"a": "1"}


def test_accessors_answer_nothing_for_what_is_of_another_kind() -> None:
    root = read("a: {b: {c: [x, [y, null]]}}\nd: z\n")
    assert strings(at(root, "a", "b", "c")) == ("x", "y")
    assert strings(at(root, "d")) == ("z",)
    assert at(root, "d", "b") is None
    assert as_mapping(at(root, "d")) is None
    assert [str(node) for node in walk(root) if isinstance(node, Scalar)] == ["x", "y", "null", "z"]


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a:\n\tb: 1\n", 2, 1, "cannot start any token"),
        ("a: [1,\n", 2, 1, "flow"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ("a: *x\n", 1, 4, "the alias *x has no anchor before it"),
        ("a: &x [1, *x]\n", 1, 11, "the alias *x stands inside its own anchor"),
        ("a: \0\n", 1, 4, "NUL"),
        ("é: \x07\n", 1, 4, "control characters"),
        ("a: !x!y z\n", 1, 4, "undefined tag handle"),
        ("a\n: \ud800", 2, 3, "surrogate"),
    ],
)
def test_what_is_no_yaml_is_refused_at_its_line_and_column(text: str, line: int, column: int, message: str) -> None:
    problem = refused(text)
    assert message in problem.message
    assert (problem.place.line, problem.place.column) == (line, column)


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert refused("\n".join(lines)).message == "aliases that stand for more than 100,000 nodes"


def test_merges_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(2000)) + "}"]
    lines += [f"a{n}: {{<<: [{', '.join(['*a0'] * 9)}]}}" for n in range(1, 9)]
    assert "aliases" in refused("\n".join(lines)).message


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
@pytest.mark.parametrize("depth", [101, 900, 20_000])
def test_what_is_nested_too_deep_is_refused(opening: str, closing: str, depth: int) -> None:
    assert "nest" in refused(opening * depth + "x" + closing * depth).message


def test_nesting_through_aliases_counts() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 120)]
    problem = refused("\n".join(lines))
    assert problem.message == "collections nested deeper than 100"
    assert problem.place.line == 100


# --- places --------------------------------------------------------------------------------------------------------


def test_a_scalar_stands_behind_its_tag_and_anchor_and_a_collection_ends_with_its_last_line() -> None:
    root = read("a: &x !Ref foo\nb:\n  c: [1,\n    2\n  ]\n\n# end\nd: 1\n")
    assert at(root, "a").place == Place("f.yml", 1, 12, 1)  # type: ignore[union-attr]  # it is there
    assert at(root, "b").place == Place("f.yml", 3, 3, 5)  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("header", ["|", "|-", "|+", "|  # why", "!sh |", "&run |"])
def test_lines_of_a_literal_block_are_found_in_the_file(header: str) -> None:
    script = at(read(f"jobs:\n  run: {header}\n\n    echo 1\n\n      echo 2\n    echo 3\n\n\nnext: 1\n"), "jobs", "run")
    assert isinstance(script, Scalar)
    lines = script.split("\n")
    found = {line: script.locate(number, len(line) - len(line.lstrip()) + 1) for number, line in enumerate(lines, 1) if line}
    assert {line.strip(): (place.line, place.column) for line, place in found.items()} == {
        "echo 1": (4, 5),
        "echo 2": (6, 7),
        "echo 3": (7, 5),
    }
    assert script.line == 2
    assert script.end_line == 7


def test_a_block_with_a_given_indentation_keeps_leading_spaces() -> None:
    script = at(read("run: |2\n    deep\n  flat\n"), "run")
    assert isinstance(script, Scalar)
    assert str(script) == "  deep\nflat\n"
    assert script.locate(1, 3) == Place("f.yml", 2, 5)
    assert script.locate(2) == Place("f.yml", 3, 3)


def test_words_of_folded_and_quoted_text_are_found_on_their_lines() -> None:
    root = read("a: >-\n  one two\n  three\n\n  four\nb: \"x\\ty\\\n  z\n  w\"\nc: 'it''s\n  so'\nd: p\n  q\n")
    places = {}
    for key, value in items(root):
        assert isinstance(value, Scalar)
        for number, line in enumerate(value.split("\n"), 1):
            for column, character in enumerate(line, 1):
                if column == 1 or line[column - 2] in " \t":
                    place = value.locate(number, column)
                    places[f"{key}:{character}"] = (place.line, place.column)
    assert places == {
        "a:o": (2, 3),
        "a:t": (3, 3),
        "a:f": (5, 3),
        "b:x": (6, 5),
        "b:y": (6, 8),
        "b:w": (8, 3),
        "c:i": (9, 5),
        "c:s": (10, 3),
        "d:p": (11, 4),
        "d:q": (12, 3),
    }


def test_line_ends_of_other_standards_are_ordinary_characters() -> None:
    root = read("a: x\u2028 # y\x85\nb: 1\n")
    assert at(root, "b").place == Place("f.yml", 2, 4, 2)  # type: ignore[union-attr]  # it is there


# --- properties ----------------------------------------------------------------------------------------------------

_WORDS = st.text(st.sampled_from("abcXYZ 019:-#'\"\\{}[],&*!|>%@`~?.=<é😀\t\n"), max_size=12)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@given(_DATA, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|", ">"]))
def test_documents_are_read_as_pyyaml_reads_them(data: object, flow: bool | None, style: str | None) -> None:
    text = pyyaml.dump(data, default_flow_style=flow, default_style=style, allow_unicode=True)
    documents = parse(Source("f.yml", text))
    assert [plain(document.root) if document.root is not None else None for document in documents] == [pyyaml.safe_load(text)]
    assert [document.problems for document in documents] == [()]


@given(_DATA, st.sampled_from([None, True, False]), st.sampled_from([None, "'", '"', "|", ">"]))
def test_every_character_of_a_scalar_is_found_where_it_is_written(data: object, flow: bool | None, style: str | None) -> None:
    text = pyyaml.dump(data, default_flow_style=flow, default_style=style, allow_unicode=True, width=12)
    lines = text.split("\n")
    for document in parse(Source("f.yml", text)):
        for node in walk(document.root):
            if not isinstance(node, Scalar):
                continue
            for number, line in enumerate(node.split("\n"), 1):
                for column, character in enumerate(line, 1):
                    place = node.locate(number, column)
                    written = lines[place.line - 1][place.column - 1 : place.column]
                    assert character == written or written in "\\ \t'" or not written, (text, node, place)


@given(_DATA)
def test_a_plain_scalar_on_one_line_is_the_text_of_its_span(data: object) -> None:
    text = pyyaml.dump(data, allow_unicode=True, width=1_000_000)
    lines = text.split("\n")
    for document in parse(Source("f.yml", text)):
        for node in walk(document.root):
            for scalar in [*node, node] if isinstance(node, Mapping) else [node]:
                if isinstance(scalar, Scalar) and scalar.style == "plain" and scalar.line == scalar.end_line:
                    assert lines[scalar.line - 1][scalar.column - 1 : scalar.end_column - 1] == scalar
                    assert text[scalar.start : scalar.end] == scalar


@given(st.text(st.sampled_from("ab1:-#'\"{}[],&*!|>%?~<\\ \n\n\t  \u2028\x85😀"), max_size=60))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    lines = text.split("\n")
    try:
        documents = parse(Source("f.yml", text))
    except SyntaxProblem as problem:
        place, documents = problem.place, ()
    else:
        place = Place("f.yml")
    assert 1 <= place.line <= len(lines)
    assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    for document in documents:
        for node in walk(document.root):
            assert 1 <= node.line <= node.end_line <= len(lines)
            if isinstance(node, Scalar):
                place = node.locate(node.count("\n") + 1, 1000)
                assert node.line <= place.line <= len(lines)
