import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.failures.diagnosis import explain
from app.sending.failures.facts import Failure, failure_facts, quote_of

JSON = [("Content-Type", "application/json")]
HTML = [("content-type", "text/html")]
URL = "https://crm.example.com:8443/in?x=1"


def explained(reason, **kwargs):
    failure = Failure(reason=reason, url=URL, **kwargs)
    return explain(reason, failure_facts(failure))


def test_takes_the_host_from_the_address_or_what_was_dialled():
    assert failure_facts(Failure(reason="reset", url=URL))["host"] == "crm.example.com"
    assert failure_facts(Failure(reason="reset", url=URL, known={"host": "xn--a"}))["host"] == "xn--a"
    assert "host" not in failure_facts(Failure(reason="reset", url="https://[broken"))


def test_takes_the_time_limit_from_the_exchange_or_the_webhook():
    assert "2.5 seconds" in explained("read_timeout", known={"seconds": "2.5"}, timeout_s=9).what
    assert "9 seconds" in explained("read_timeout", timeout_s=9).what


def test_takes_the_date_and_names_of_a_certificate():
    assert "on 2026-01-31," in explained("tls_expired", known={"expires": "2026-01-31"}).what
    assert "for *.example, not" in explained("tls_name_mismatch", known={"names": "*.example"}).what


@pytest.mark.parametrize(
    ("location", "new"),
    [
        ("https://b.example/x", "https://b.example/x"),
        ("/new", "https://crm.example.com:8443/new"),
        ("//b.example/", "https://b.example/"),
        ("javascript:alert(1)", None),
        ("https://b.example/a b", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_a_new_address_is_whole_and_a_web_address(location, new):
    facts = failure_facts(Failure(reason="redirect", url=URL, status=301, known={"location": location}))
    assert facts.get("new") == new


def test_reads_the_new_address_from_the_answers_headers_too():
    what = explained("redirect", status=308, response_headers=[("Location", "https://b.example/")]).what
    assert "https://b.example/," in what


def test_says_what_was_sent():
    assert (
        explained("http_405", method="GET").what
        == "crm.example.com does not accept GET requests at this address."
    )
    assert explained("http_415", request_headers=JSON).what == "It does not accept application/json."
    assert explained("http_413", request_body=b"x" * 2_400_000).what.startswith("The data (2.4 MB)")
    assert explained("internal", reference="att_7").next == "Nothing. Reference att_7."


def test_says_when_we_try_again():
    assert "Next try 14:25." in explained("dns_timeout", next_attempt="14:25").next
    assert (
        "2 more times, until 14:35."
        in explained("http_503", next_attempt="14:25", last_attempt="14:35", attempts_left=2).next
    )
    assert "no tries left" in explained("http_503", attempts_left=0).next
    assert (
        explained("http_503", trigger="test", next_attempt="14:25").next == "Wait a little, then Test again."
    )
    assert explained("http_503").next == "Wait for the next try, or resend it."


@pytest.mark.parametrize(
    ("headers", "body", "what"),
    [
        (JSON, b"", "It answered, but without"),
        (JSON, b'{"done":true}', "It answered, but without"),
        (JSON, b'{"status":"OK"', "It answered, but without"),
        ([], b'{"status":"OK"}', "It answered, but without"),
        (JSON, b'{"status":true}', "It answered, but without"),
        (JSON, b'{"status":["error"]}', "It answered, but without"),
        (HTML, b"<p>", "It answered with a web page"),
        ([], b"<!DOCTYPE html>", "It answered with a web page"),
        (JSON, b'{"status":"er\\nror"}', 'It answered "er ror"'),
        (JSON, b'{"status":"ok"}', 'It answered "ok"'),
        (JSON, b'{"status":0}', 'It answered "0"'),
    ],
)
def test_tells_apart_what_was_answered_instead_of_ok(headers, body, what):
    answer = explained("not_status_ok", status=200, response_headers=headers, response_body=body)
    assert answer.what.startswith(what)


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ({"detail": "email is taken"}, "email is taken"),
        ({"id": 7, "message": 'no "x"'}, "no 'x'"),
        ({"error": {"code": 5, "message": "wrong stage"}}, "wrong stage"),
        ({"errors": [{"detail": "first"}, {"detail": "second"}]}, "first"),
        ({"errors": {"email": ["is taken"]}}, "is taken"),
        ({"message": "", "title": "Not that"}, "Not that"),
        ({"foo": "bar"}, ""),
        (["just text"], "just text"),
        (7, ""),
        ({"message": "x" * 500}, "x" * 119 + "…"),
        ({"message": "a\u202eb\x00c\n\td"}, "a b c d"),
    ],
)
def test_finds_the_message_in_a_json_answer(answer, quote):
    assert quote_of(JSON, json.dumps(answer).encode()) == quote


@pytest.mark.parametrize(
    ("headers", "body", "quote"),
    [
        (HTML, b"<h1>No</h1>", ""),
        ([], b"phone number missing\n", "phone number missing"),
        ([], b"\xff bad", "\ufffd bad"),
        (JSON, b'{"detail":"cut o', ""),
        ([], b"<error/>", ""),
        ([], b"", ""),
    ],
)
def test_quotes_plain_text_but_no_markup(headers, body, quote):
    assert quote_of(headers, body) == quote


def test_an_answer_without_a_message_is_not_quoted():
    assert explained("http_422", response_headers=JSON, response_body=b"{}").next.startswith(
        "Ask them which value"
    )


@given(
    reason=st.sampled_from(["http_422", "not_status_ok", "redirect", "http_413"]),
    body=st.binary(max_size=200),
    headers=st.lists(
        st.tuples(st.sampled_from(["content-type", "location"]), st.text(max_size=30)), max_size=2
    ),
    url=st.text(max_size=30),
)
def test_no_answer_breaks_it(reason, body, headers, url):
    failure = Failure(
        reason=reason, url=url, status=301, request_body=body, response_body=body, response_headers=headers
    )
    explanation = explain(reason, failure_facts(failure))
    assert explanation.what
    assert explanation.next
