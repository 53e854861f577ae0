"""The grammar of GitHub's expressions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.pipelines.github.contexts import neutral
from pytest_deploy.pipelines.github.expressions import ExpressionError, parse
from pytest_deploy.pipelines.model import Call, Constant, Expression, Operation, Variable
from pytest_deploy.pipelines.scope import show


def read(text: str) -> Expression:
    return parse(text).expression


def in_neutral_names(text: str) -> str:
    return show(neutral(read(text), {}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("true", True),
        ("false", False),
        ("711", 711),
        ("-9.2", -9.2),
        ("0xff", 255),
        ("0o17", 15),
        ("-2.99e-2", -0.0299),
        ("1e3", 1000),
        (".5", 0.5),
        ("Infinity", math.inf),
        ("-Infinity", -math.inf),
        ("'it''s'", "it's"),
        ("''", ""),
    ],
)
def test_a_literal_has_its_value(text: str, value: object) -> None:
    assert read(text) == Constant(value)  # type: ignore[arg-type]  # the values of the table


def test_nan_is_a_number() -> None:
    found = read("NaN")
    assert isinstance(found, Constant)
    assert isinstance(found.value, float)
    assert math.isnan(found.value)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a || b && c", "a || (b && c)"),
        ("!a == b", "(!a) == b"),
        ("a == b && c != d", "(a == b) && (c != d)"),
        ("a < b == c", "(a < b) == c"),
        ("a == b == c", "(a == b) == c"),
        ("github['event']['inputs'].x", "github.event.inputs.x"),
        ("a [ 'b' ] . c", "a.b.c"),
        ("steps['a'].outputs", "steps.a.outputs"),
    ],
)
def test_operators_bind_as_the_runner_says(text: str, same: str) -> None:
    assert read(text) == read(same)


def test_several_operands_of_and_are_one_operation() -> None:
    assert read("a && b && c") == Operation("and", (Variable("a"), Variable("b"), Variable("c")))


def test_all_of_a_list_keeps_its_star() -> None:
    assert read("contains(needs.*.result, 'failure')") == Call("contains", (Variable("needs.*.result"), Constant("failure")))
    assert read("github.event.commits[*].id") == Variable("github.event.commits.*.id")


def test_a_key_that_is_worked_out_is_kept_as_an_expression() -> None:
    assert read("vars[inputs.name].x") == Call("item", (Call("item", (Variable("vars"), Variable("inputs.name"))), Constant("x")))
    assert read("fromJSON(needs.plan.outputs.rows)[0]") == Call(
        "item", (Call("fromJSON", (Variable("needs.plan.outputs.rows"),)), Constant(0))
    )


def test_names_are_listed_with_their_offsets() -> None:
    parsed = parse("contains(needs.a.result, x)")
    assert [(one.name, one.offset) for one in parsed.variables] == [("needs.a.result", 9), ("x", 25)]
    assert [(one.name, one.offset) for one in parsed.functions] == [("contains", 0)]


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("", "the expression is empty", 0),
        ("   ", "the expression is empty", 0),
        ("'open", "the string is not closed by a '", 0),
        ('a == "b"', "strings stand in single quotes, not in double ones", 5),
        ("a.", "the end instead of a name behind the dot", 2),
        ("a.1", "'.1' is not expected here", 1),
        ("f(a", "the end instead of the ')' that closes '('", 3),
        ("a[1", "the end instead of the ']' that closes '['", 3),
        ("a b", "'b' is not expected here", 2),
        ("a &&", "the end instead of a value", 4),
        ("a = b", "the character '=' has no meaning here", 2),
        ("1.2.3", "'1.2.3' is no number", 0),
        ("f(a,)", "')' instead of a value", 4),
        ("(" * 60 + "a" + ")" * 60, "the expression is nested deeper than 50", 50),
        ("!" * 60 + "a", "the expression is nested deeper than 50", 50),
    ],
)
def test_what_cannot_be_read_is_told_with_its_offset(text: str, message: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.message, caught.value.offset) == (message, offset)


WORDS = st.sampled_from(["github", "needs", "build-it", "x_1", "outputs", "env"])
VARIABLES = st.lists(WORDS, min_size=1, max_size=4).map(lambda names: Variable(".".join(names)))
CONSTANTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False).filter(lambda number: not number.is_integer() or abs(number) >= 2**53),
    st.text(),
).map(Constant)


def operations(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    comparisons = st.builds(
        lambda sign, left, right: Operation(sign, (left, right)), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner
    )
    several = st.builds(
        lambda sign, operands: Operation(sign, tuple(operands)), st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)
    )
    negations = inner.map(lambda one: Operation("not", (one,)))
    functions = st.builds(
        lambda name, operands: Call(name, tuple(operands)), st.sampled_from(["contains", "join"]), st.lists(inner, max_size=3)
    )
    return st.one_of(comparisons, several, negations, functions)


@given(st.recursive(st.one_of(VARIABLES, CONSTANTS), operations, max_leaves=12))
def test_an_expression_that_is_shown_reads_the_same_again(expression: Expression) -> None:
    assert read(show(expression)) == expression


@given(st.one_of(st.text(), st.text(alphabet="ab.*[]()'\"!&|=<> 0x1e-+,_")))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str) -> None:
    offset = 0
    try:
        parse(text)
    except ExpressionError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("github.event_name == 'workflow_dispatch'", "event == 'manual'"),
        ("'repository_dispatch' != GitHub.Event_Name", "'api' != event"),
        ("github.event.workflow_run.event == 'push'", "upstream.event == 'push'"),
        ("github.event.workflow_run.conclusion == 'success'", "upstream.conclusion == 'success'"),
        ("github.event.workflow_run.head_branch", "upstream.branch"),
        ("startsWith(github.ref, 'refs/tags/v')", "starts_with(ref, 'refs/tags/v')"),
        ("ENDSWITH(github.ref_name, '-rc')", "ends_with(ref_name, '-rc')"),
        ("github.event.inputs.Target", "inputs.Target"),
        ("inputs.Target", "inputs.Target"),
        ("github.event.pull_request.head.repo.fork", "fork"),
        ("github.event.pull_request.head.repo.full_name == github.repository", "!fork"),
        ("github.repository != github.event.pull_request.head.repo.full_name", "fork"),
        ("github.event.pull_request.head.repo.full_name == 'acme/shop'", "!fork"),
        ("github.event.pull_request.merged", "github.event.pull_request.merged"),
        ("github.event.repository.default_branch", "default_branch"),
        ("jobs.build.outputs.tag", "needs.build.outputs.tag"),
        ("Needs.buildApp.Result", "needs.buildApp.result"),
        ("secrets.TOKEN && vars.Region", "secrets.TOKEN && vars.Region"),
        ('contains(fromJSON(\'["push", "workflow_dispatch"]\'), github.event_name)', "event == 'push' || event == 'manual'"),
        ("contains('schedule,workflow_dispatch', github.event_name)", "contains('schedule,manual', event)"),
        ("contains(fromJSON('[\"a\"]'), inputs.x)", "inputs.x == 'a'"),
        ("contains(fromJSON('[]'), inputs.x)", "false"),
        ("contains(fromJSON(inputs.list), 'a')", "contains(from_json(inputs.list), 'a')"),
    ],
)
def test_names_become_neutral(written: str, shown: str) -> None:
    assert in_neutral_names(written) == shown


def test_case_follows_what_is_declared() -> None:
    assert neutral(read("needs.BUILDAPP.result"), {"needs.buildapp": "needs.buildApp"}) == Variable("needs.buildApp.result")
