"""What a token server may answer, and what goes to it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound import Exchange
from app.sending.tokens.token_answer import Granted, TokenRefusal, masked_fields, read_answer
from app.sending.tokens.token_request import (
    Code,
    code_parameters,
    first_parameters,
    is_secret,
    recipe_from,
    refresh_parameters,
    token_request,
)

ROW = {"name": "CRM", "grant": "password", "token_url": "https://a.example/t?x=1", "method": "POST"}
PARAMETERS = {
    "grant_type": "password",
    "client_id": "us",
    "client_secret": "canary-secret",
    "username": "ada",
    "password": "canary-password",
    "scope": "a b",
    "empty": "",
}
JSON = [("Content-Type", "application/json")]


def recipe(send_in: str = "form", **changes):
    return recipe_from({**ROW, "send_in": send_in, **changes}, PARAMETERS)


def answered(body: object, status: int = 200, headers=JSON, **more) -> Exchange:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(started_at_ms=0, status=status, headers=headers, body=raw, **more)


@pytest.mark.parametrize(
    ("said", "life_s", "used_for_ms"),
    [
        (3600, 3600, 3_570_000),
        ("3600", 3600, 3_570_000),
        (100, 100, 90_000),
        (59.9, 59, 53_100),
        (0, 0, 0),
        (-5, 0, 0),
        (None, None, None),
        ("soon", None, None),
        ([], None, None),
        (10**15, 315_360_000, 315_359_970_000),
    ],
)
def test_a_token_is_used_until_a_little_before_its_end(said, life_s, used_for_ms):
    body = json.dumps({"access_token": "t", "expires_in": said}).encode()
    granted = read_answer(recipe(), answered(body))
    assert isinstance(granted, Granted)
    assert (granted.life_s, granted.usable_for_ms()) == (life_s, used_for_ms)


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER", None, "", "bot"])
def test_kinds_of_tokens_that_go_as_bearer(kind):
    assert isinstance(read_answer(recipe(), answered({"access_token": "t", "token_type": kind})), Granted)


@pytest.mark.parametrize(
    ("exchange", "reason", "facts"),
    [
        (answered({"error": "invalid_client"}, 401), "oauth_refused", {"error": "invalid_client"}),
        (
            answered({"error": "temporarily_unavailable", "error_description": "back at nine"}, 503),
            "oauth_unreachable",
            {"code": "503", "said": "back at nine"},
        ),
        (
            answered({"error": "x", "error_description": "no such client"}, 400),
            "oauth_refused",
            {"error": "no such client"},
        ),
        (answered({"message": "denied"}, 403), "oauth_refused", {"error": "code 403"}),
        (answered(b"", 400), "oauth_refused", {"error": "code 400"}),
        (answered({"access_token": 7}), "oauth_refused", {"error": "code 200"}),
        (answered({"access_token": "a b"}), "oauth_refused", {}),
        (answered({"access_token": "t"}, 400), "oauth_refused", {"error": "code 400"}),
        (answered([]), "oauth_refused", {"error": "code 200"}),
        (answered(b"<!DOCTYPE html><p>a=b", 200, []), "oauth_refused", {"html": "1"}),
        (answered(b"<html>", 404, [("content-type", "text/html")]), "oauth_refused", {"html": "1"}),
        (answered(b"<html>", 502, [("content-type", "text/html")]), "oauth_unreachable", {"code": "502"}),
        (answered(b"", 429), "oauth_unreachable", {"code": "429"}),
        (Exchange(0, fault="reset"), "oauth_unreachable", {"fault": "reset"}),
        (
            Exchange(0, fault="tls_expired", detail="canary-secret"),
            "oauth_unreachable",
            {"fault": "tls_expired"},
        ),
    ],
)
def test_what_is_no_token(exchange, reason, facts):
    refusal = read_answer(recipe(), exchange)
    assert isinstance(refusal, TokenRefusal)
    assert refusal.reason == reason
    assert facts.items() <= refusal.facts.items()
    assert (refusal.facts["oauth_credential"], refusal.facts["host"]) == ("CRM", "a.example")
    assert "canary" not in str(refusal)


def test_a_server_that_repeats_secrets_tells_nobody():
    echo = {"error": "wrong secret canary-secret of canary-password", "client_secret": "canary-secret"}
    refusal = read_answer(recipe(), answered(echo, 400))
    assert isinstance(refusal, TokenRefusal)
    assert refusal.facts["error"] == "wrong secret •••• of ••••"
    assert "canary" not in refusal.detail
    assert masked_fields(recipe(), answered(echo)) == [("error", "wrong secret •••• of ••••")]
    granted = read_answer(recipe(), answered({"access_token": "canary-1", "refresh_token": "canary-2"}))
    assert "canary" not in repr(granted)


@given(
    body=st.binary(max_size=200) | st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=9)),
    status=st.integers(100, 599),
    kind=st.sampled_from(["application/json", "text/html", "text/plain", ""]),
)
def test_no_answer_breaks_it(body, status, kind):
    exchange = answered(body, status, [("Content-Type", kind)] if kind else [])
    assert isinstance(read_answer(recipe(), exchange), Granted | TokenRefusal)
    masked_fields(recipe(), exchange)


TOKEN = "eyJ-canary-token-0123456789"
ODD_ANSWERS = {
    "form": f"access_token_={TOKEN}".encode(),
    "form names": f"{TOKEN}=1&{TOKEN}".encode(),
    "plain": TOKEN.encode(),
    "broken off": f'{{"access_token": "{TOKEN}'.encode(),
    "page": f"<html>{TOKEN}</html>".encode(),
    "list": json.dumps([{"access_token": TOKEN}]).encode(),
    "nested": json.dumps({"data": {"access_token": TOKEN}}).encode(),
    "in an error": json.dumps({"error": {"access_token": TOKEN}}).encode(),
    "repeated": json.dumps({"accessToken": TOKEN, "error_description": f"had {TOKEN}"}).encode(),
    "as its kind": json.dumps({"access_token": "t", "token_type": f"{TOKEN} {TOKEN}"}).encode(),
    "as a name": json.dumps({TOKEN: 1}).encode(),
    "huge": b'{"x": "' + TOKEN.encode() * 5000 + b'"}',
    "utf-16": json.dumps({"access_token": TOKEN}).encode("utf-16"),
}


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\n\0"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("body", ODD_ANSWERS.values(), ids=ODD_ANSWERS.keys())
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_that_is_not_understood_shows_no_token(before, kind, body, status):
    exchange = answered(before + body, status, [("Content-Type", kind)] if kind else [])
    said = f"{read_answer(recipe(), exchange)} {masked_fields(recipe(), exchange)}"
    assert TOKEN not in said.encode("utf-8", "replace").decode().replace("\0", "")
    assert len(said) < 1000


def test_a_byte_order_mark_before_an_answer_is_no_fault():
    granted = read_answer(recipe(), answered(b"\xef\xbb\xbf" + json.dumps({"access_token": TOKEN}).encode()))
    assert isinstance(granted, Granted)
    assert granted.access_token == TOKEN


def test_what_is_sent_first_and_to_renew():
    first = first_parameters(recipe())
    assert first == {name: value for name, value in PARAMETERS.items() if value}
    assert refresh_parameters(recipe(), "r") == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "client_id": "us",
        "client_secret": "canary-secret",
        "scope": "a b",
    }
    waiting = recipe_from(
        {**ROW, "send_in": "form", "grant": "authorization_code"},
        {"grant_type": "authorization_code", "client_id": "us", "code": "{{generated_code}}"},
    )
    assert first_parameters(waiting) is None
    brought = code_parameters(waiting, Code("c", "https://us.example/back", "v"))
    assert (brought["code"], brought["redirect_uri"], brought["code_verifier"]) == (
        "c",
        "https://us.example/back",
        "v",
    )


def test_basic_encodes_what_a_colon_would_break():
    odd = recipe_from({**ROW, "send_in": "basic"}, {"client_id": "a:b c", "client_secret": "ü%"})
    request = token_request(odd, {"client_id": "a:b c", "client_secret": "ü%", "grant_type": "x"}, 1000)
    value = dict(request.headers)["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(value) == b"a%3Ab%20c:%C3%BC%25"
    assert request.body == b"grant_type=x"


def test_parameters_join_those_of_the_address():
    request = token_request(recipe("query"), {"scope": "a b", "x": "&"}, 1000)
    assert (request.url, request.body) == ("https://a.example/t?x=1&scope=a%20b&x=%26", b"")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("client_id", False),
        ("scope", False),
        ("Scope", False),
        ("client_secret", True),
        ("anything", True),
        ("code", True),
    ],
)
def test_only_names_that_are_known_to_be_no_secret_are_shown(name, secret):
    assert is_secret(name, "value") is secret
    assert is_secret(name, "") is False
