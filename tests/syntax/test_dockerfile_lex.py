from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.syntax.dockerfile_lex import LexError, expand

VALUES = {"V": "v1.2.3", "EMPTY": "", "PATH": "/usr/local/bin"}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("a$V", "av1.2.3"),
        ("${V}b", "v1.2.3b"),
        ("$UNSET-", "-"),
        ("${UNSET:-x}", "x"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY-x}", ""),
        ("${UNSET:-${V}}", "v1.2.3"),
        ("${V:+x}", "x"),
        ("${EMPTY:+x}", ""),
        ("${EMPTY+x}", "x"),
        ("${V#v}", "1.2.3"),
        ("${V#*.}", "2.3"),
        ("${V##*.}", "3"),
        ("${V%.*}", "v1.2"),
        ("${V%%.*}", "v1"),
        ("${V/./-}", "v1-2.3"),
        ("${V//./-}", "v1-2-3"),
        (r"${PATH//\//_}", "_usr_local_bin"),
        ("${V:?must be set}", "v1.2.3"),
        (r"\$V", "$V"),
        ("'$V'", "$V"),
        ('"$V x"', "v1.2.3 x"),
        (r'"a\"b\c"', r"a\"b\c".replace("\\", "", 1)),
        ("a$", "a$"),
        ("$1", ""),
    ],
)
def test_a_word_is_expanded_as_buildkit_does(word: str, expected: str) -> None:
    assert expand(word, VALUES).text == expected


@pytest.mark.parametrize("word", ["${", "${V", "${}", "${:x}", "${V:x}", "${V^}", "'open", '"open', "${UNSET:?must be set}", "${V/a}"])
def test_what_buildkit_refuses_is_an_error(word: str) -> None:
    with pytest.raises(LexError):
        expand(word, VALUES)


def test_words_are_split_outside_of_quotes_after_expansion() -> None:
    assert expand("a '$V b' $SPACED", {"SPACED": "c d"}).words == ("a", "$V b", "c", "d")


def test_a_variable_with_a_default_of_its_own_is_not_missing() -> None:
    assert expand("${A:-x}$B", {}).missing == {"B"}


def test_an_unknown_variable_is_missing_even_with_a_default() -> None:
    assert expand("${A:-x}", {}, unknown={"A"}).missing == {"A"}


def test_the_backtick_may_be_the_escape_character() -> None:
    assert expand(r"c:\x`$V", VALUES, escape="`").text == r"c:\x$V"


@given(st.text("$V{}:-+?#%/*\\`'\" ax", max_size=25))
def test_nothing_but_a_lex_error_comes_out_and_what_is_missing_was_asked_for(word: str) -> None:
    with contextlib.suppress(LexError):
        assert expand(word, VALUES).missing <= {word[i:j] for i in range(len(word)) for j in range(i, len(word) + 1)}
