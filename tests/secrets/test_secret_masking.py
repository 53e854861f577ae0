from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.secrets import judge, mask, mask_value

AWS = "AKIA" + "Q3EGRZ7LWXPT5VNM"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"key {AWS} here", "key AK…(20 characters) here"),
        ("postgres://app:hunter2@db/app", "postgres://app:…(7 characters)@db/app"),
        ("DB_PASSWORD=hunter2 ./run", "DB_PASSWORD=…(7 characters) ./run"),
        ("  password: hunter2", "  password: …(7 characters)"),
        ("  DB_PASSWORD: 'hunter two'", "  DB_PASSWORD: '…(10 characters)'"),
        ('{"apiKey": "q7Hx2Lk9Vn4R"}', '{"apiKey": "q7…(12 characters)"}'),
        ("docker login -u me -p hunter2 ghcr.io", "docker login -u me -p …(7 characters) ghcr.io"),
        ("PASSWORD=${DB_PASSWORD:-hunter2}", "PASSWORD=${DB_PASSWORD:-…(7 characters)}"),
        ("x: ${{ secrets.TOKEN || 'hunter2' }}", "x: ${{ secrets.TOKEN || '…(7 characters)' }}"),
        ("tool --password hunter2 x", "tool --password …(7 characters) x"),
        ("curl -u me:hunter2 https://a.io", "curl -u me:…(7 characters) https://a.io"),
        ("curl -H 'Authorization: Bearer q7Hx2Lk9Vn4R' x", "curl -H 'Authorization: Bearer q7…(12 characters)' x"),
    ],
)
def test_a_secret_is_masked_where_it_stands(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD=${DB_PASSWORD}",
        "password: ${{ secrets.PASSWORD }}",
        "COLOUR=blue",
        "docker build -p . -t app",
        "a literal value of the secret-named variable DB_PASSWORD",
        ".github/workflows/ci.yml:12:3",
        "docker login --password-stdin ghcr.io",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert mask(text) == text


def test_a_short_secret_shows_not_even_its_beginning() -> None:
    assert mask_value("hunter2") == "…(7 characters)"
    assert mask_value("q7Hx2Lk9Vn4R") == "q7…(12 characters)"


@given(st.text(max_size=60) | st.builds("{}={}{}".format, st.sampled_from(["PASSWORD", "token", "x"]), st.text(), st.text()))
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.sampled_from(["DB_PASSWORD", "apiKey", "client_secret"]), st.text("abcXYZ0189+/", min_size=4, max_size=40))
def test_the_value_of_a_secret_name_never_survives(name: str, value: str) -> None:
    assert value not in mask(f"{name}={value}")
    assert value not in mask(f'  {name}: "{value}"')


@pytest.mark.parametrize("part", ["a", "a-", "docker login ", "mysql ", "{{", "${", "a.b", "-u a", "<%", "host = ;", "$(", "eyJ"])
def test_long_text_without_a_secret_is_read_in_passing(part: str) -> None:
    # With patterns that go back over what they have seen, each of these takes minutes.
    text = part * (40_000 // len(part))
    assert mask(text) == text
    assert judge("NOTE", text) is None
