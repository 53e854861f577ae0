"""The base URL: what it may be, and how it is shown."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_deploy.smoke.address import Address, is_loopback, shown
from pytest_deploy.smoke.failures import SettingsProblem


@pytest.mark.parametrize(
    ("text", "url", "origin"),
    [
        ("http://localhost:8000/", "http://localhost:8000", ("http", "localhost", 8000)),
        ("https://Shop.Example/app/", "https://shop.example/app", ("https", "shop.example", 443)),
        ("https://shop.example:443", "https://shop.example", ("https", "shop.example", 443)),
        ("http://ann:pw@[::1]:80", "http://[::1]", ("http", "::1", 80)),
    ],
)
def test_a_base_url(text, url, origin):
    address = Address.parse(text)
    assert (address.url, address.origin) == (url, origin)
    assert "pw" not in repr(address) + str(address)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the base URL is empty: give --base-url https://…"),
        ("localhost:8000", "the base URL localhost:8000 has no scheme: write http://localhost:8000"),
        ("shop.example", "the base URL shop.example has no scheme: write https://shop.example"),
        ("ftp://shop.example", "the base URL ftp://shop.example begins with ftp://; only http and https are known here"),
        ("https://", "the base URL https:// names no host"),
        ("https://shop:port", "the base URL https://shop:port cannot be read: its host or port is none"),
        (
            "https://a?token=hunter2hunter2",
            "the base URL https://a?token=hu…(14 characters) has a query or a fragment: paths are put behind it, so it can have none",
        ),
        ("https://ann:pw@a b", "the base URL 'https://…@a b' has a blank or a control character in it"),
    ],
)
def test_what_is_no_base_url(text, said):
    with pytest.raises(SettingsProblem) as caught:
        Address.parse(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "shop.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "0.0.0.0", "::ffff:127.0.0.1"]
)
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "::2", "10.0.0.1", "host", "127.0.0.1.example"])
def test_other_machines(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("url", "as_shown"),
    [
        ("https://ann:pa:ss@host/x", "https://…@host/x"),
        ("https://token@host/x", "https://…@host/x"),
        ("https://host/x?page=2&api_key=abcdefghijklmnop", "https://host/x?page=2&api_key=ab…(16 characters)"),
        ("https://host/x?X-Amz-Signature=abc&code=1234", "https://host/x?X-Amz-Signature=…(3 characters)&code=…(4 characters)"),
        ("https://host/@user?mail=a@b", "https://host/@user?mail=a@b"),
    ],
)
def test_how_a_url_is_shown(url, as_shown):
    assert shown(url) == as_shown
    assert shown(as_shown) == as_shown


SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789-_.~!$&'*+,;=", min_size=8, max_size=30).map(lambda text: f"Zq{text}Zq")


@given(SECRET, st.sampled_from(["http", "https"]), st.sampled_from(["host", "host:8080", "[::1]:1", "a.b.example/path"]))
def test_a_password_is_never_shown(password, scheme, place):
    assert password not in shown(f"{scheme}://user:{password}@{place}?x=1")
    assert password not in repr(Address.parse(f"{scheme}://user:{password}@{place}"))


@given(SECRET, st.sampled_from("/?#@: "), st.sampled_from(["http://", "https://", "ftp://"]))
def test_a_password_that_makes_it_unreadable_is_not_shown_either(password, odd, scheme):
    try:
        said = str(Address.parse(f"{scheme}user:{password}{odd}{password}@host"))
    except SettingsProblem as problem:
        said = str(problem)
    assert password not in said


@given(st.text())
def test_whatever_is_given_is_an_address_or_a_problem(text):
    with contextlib.suppress(SettingsProblem):
        Address.parse(text)
