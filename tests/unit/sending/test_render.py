import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.message.formats import FORMATS
from app.sending.message.layout import AddressTooLarge, Layout, RenderableEvent, Rendered
from app.sending.message.parameters import flatten, with_query
from app.sending.message.rendering import basic_authorization, content_type_of, headers_around, render, stamp

AT = "2026-03-01T10:00:00Z"
STANDARD = Layout("standard")
DATA = b'{"contact": {"id":7,"name":"Ada & Co"},  "tags":["a","b"],"vip":true,"old":false,"fax":null}'
LEAD = RenderableEvent("lead.created", AT, DATA)

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
json_values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def an_event(data):
    return RenderableEvent("lead.created", AT, data)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_standard_body_has_type_timestamp_and_data(method):
    rendered = render(STANDARD, LEAD, method)
    assert rendered == Rendered(
        b'{"type":"lead.created","timestamp":"2026-03-01T10:00:00Z","data":' + DATA + b"}",
        "application/json",
        [],
    )


@given(type_=st.text(), data=json_values)
def test_standard_body_is_json_of_what_went_in(type_, data):
    stored = json.dumps(data).encode()
    body = render(STANDARD, RenderableEvent(type_, AT, stored), "POST").body
    assert json.loads(body) == {"type": type_, "timestamp": AT, "data": data}
    assert stored in body


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_carry_the_values_as_parameters(method):
    assert render(STANDARD, LEAD, method) == Rendered(
        b"",
        "",
        [
            ("type", "lead.created"),
            ("timestamp", AT),
            ("contact.id", "7"),
            ("contact.name", "Ada & Co"),
            ("tags", "a"),
            ("tags", "b"),
            ("vip", "true"),
            ("old", "false"),
            ("fax", ""),
        ],
    )


def test_fields_named_like_the_events_own_are_told_apart():
    query = render(STANDARD, an_event(b'{"type":"person","timestamp":5,"a":{"type":"x"}}'), "GET").query
    assert query[2:] == [("data.type", "person"), ("data.timestamp", "5"), ("a.type", "x")]


@pytest.mark.parametrize(
    ("data", "query"),
    [
        (b"{}", []),
        (b"[]", []),
        (b"5", [("data", "5")]),
        (b'["a",["b",{"c":1}]]', [("data", "a"), ("data", "b"), ("data.c", "1")]),
        (b'{"a":[{"b":1},{"b":2}],"c":{}}', [("a.b", "1"), ("a.b", "2")]),
        (
            b'{"n":12345678901234567890123,"f":1.10,"e":1e400}',
            [("n", "12345678901234567890123"), ("f", "1.10"), ("e", "1e400")],
        ),
        (b'{"":"x"}', [("", "x")]),
    ],
)  # fmt: skip
def test_flattens(data, query):
    assert flatten(data) == query


@given(json_values)
def test_flattening_keeps_every_leaf(data):
    def count(value):
        if isinstance(value, dict):
            return sum(map(count, value.values()))
        return sum(map(count, value)) if isinstance(value, list) else 1

    assert len(flatten(json.dumps(data).encode())) == count(data)


def test_data_nested_too_deep_is_refused_with_a_sentence():
    with pytest.raises(AddressTooLarge, match="nested too deep") as refused:
        flatten(b"[" * 100_000 + b"]" * 100_000)
    assert refused.value.facts == {"part": "address"}


def test_there_is_no_other_format():
    with pytest.raises(KeyError):
        render(Layout("carrier pigeon"), LEAD, "POST")
    assert "standard" in FORMATS


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://a.example", "https://a.example?k=1%202&k=%26"),
        ("https://a.example/x", "https://a.example/x?k=1%202&k=%26"),
        ("https://a.example/x?", "https://a.example/x?k=1%202&k=%26"),
        ("https://a.example/x?t=1", "https://a.example/x?t=1&k=1%202&k=%26"),
        ("https://a.example/x?t=1&", "https://a.example/x?t=1&k=1%202&k=%26"),
    ],
)
def test_appends_parameters_to_any_address(url, whole):
    assert with_query(url, [("k", "1 2"), ("k", "&")]) == whole


def test_an_address_without_parameters_stays_as_it_is():
    assert with_query("https://a.example/x?", []) == "https://a.example/x?"


pairs = st.lists(st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=30)), max_size=5)


@given(pairs)
def test_a_receiver_reads_back_what_was_sent(query):
    url = with_query("https://a.example/x?t=1", query)
    assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [("t", "1"), *query]


def test_a_lone_surrogate_does_not_break_the_address():
    assert with_query("https://a.example", flatten(b'{"a":"\\ud800"}')) == "https://a.example?a=%3F"


def test_an_address_of_8000_characters_is_the_most():
    start = "https://a.example?a="
    runtime = 8000 - len(start)
    assert len(with_query("https://a.example", [("a", "x" * runtime)])) == 8000
    with pytest.raises(AddressTooLarge, match="8,001 characters") as refused:
        with_query("https://a.example", [("a", "x" * (runtime + 1))])
    assert refused.value.facts == {"part": "address", "characters": "8,001"}


def headers_for(content_type, **kwargs):
    before, after = headers_around(content_type, user_agent="Hookdesk/1.2", **kwargs)
    return [*before, *stamp("evt_1", 1700000000, "v1,x"), *after]


def test_headers_of_a_message_with_a_body():
    assert headers_for("application/json", authorization="Basic eDp5", own=[("X-A", "1")]) == [
        ("Content-Type", "application/json"),
        ("User-Agent", "Hookdesk/1.2"),
        ("webhook-id", "evt_1"),
        ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,x"),
        ("Authorization", "Basic eDp5"),
        ("X-A", "1"),
    ]


def test_a_message_without_a_body_has_no_content_type():
    assert content_type_of("standard", "POST") == "application/json"
    assert content_type_of("standard", "GET") == ""
    names = [name for name, _ in headers_for("")]
    assert names == ["User-Agent", "webhook-id", "webhook-timestamp", "webhook-signature"]


def test_an_own_user_agent_wins():
    headers = headers_for("", own=[("user-agent", "Mine")])
    assert [value for name, value in headers if name.lower() == "user-agent"] == ["Mine"]


def test_basic_authorization_is_utf_8():
    assert basic_authorization("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert basic_authorization("test", "123£") == "Basic dGVzdDoxMjPCow=="  # RFC 7617 section 2.1


def test_a_user_name_cannot_hold_a_colon():
    with pytest.raises(ValueError, match="without a colon"):
        basic_authorization("a:b", "c")
