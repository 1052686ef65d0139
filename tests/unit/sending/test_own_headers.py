import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.message.own_headers import check_header

REFUSED = [
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    "Host",
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "webhook-id",
    "Webhook-Signature",
    "webhook-anything",
    "Authorization",
    "Expect",
    "Accept-Encoding",
]
token_letters = string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~"


@pytest.mark.parametrize("name", ["X-Api-Key", "Accept", "User-Agent", "Cookie", "x", "My_Header.1", "Hosts"])
def test_takes_ordinary_headers(name):
    assert check_header(name, "some value") == (name, "some value")


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_refuses_what_is_not_theirs_to_set_and_says_why(name, change):
    with pytest.raises(ValueError, match=rf"{change(name)} cannot be set here: \w.+\.$"):
        check_header(change(name), "x")


def test_says_where_the_authorization_is_set():
    with pytest.raises(ValueError, match="under Authentication"):
        check_header("Authorization", "Basic eDp5")


def test_takes_white_space_off_the_ends():
    assert check_header(" X-A ", "\t value ") == ("X-A", "value")


@pytest.mark.parametrize("name", ["", " ", "X A", "X:A", "X\nA", "X\0", "Ünder", "X(A)", "x" * 201])
def test_refuses_names_that_are_no_token(name):
    with pytest.raises(ValueError, match="header"):
        check_header(name, "x")


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "a\rb", "a\0b", "a\tb", "é", "\x7f", "x" * 4097])
def test_refuses_values_that_are_not_printable_ascii(value):
    with pytest.raises(ValueError, match="X-A"):
        check_header("X-A", value)


def test_takes_a_value_of_4096_characters():
    assert check_header("X-A", "x" * 4096)[1] == "x" * 4096


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_passes_is_one_safe_header_line(name, value):
    try:
        name, value = check_header(name, value)
    except ValueError:
        return
    assert set(name) <= set(token_letters)
    assert re.fullmatch(r"[!-~]([ -~]*[!-~])?", value)
