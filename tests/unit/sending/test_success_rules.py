from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.failures.success_rules import Verdict, find_header, judge, looks_like_html


@dataclass
class Exchange:
    status: int | None = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    fault: str | None = None
    answered: bool = False


def an_answer(status=200, content_type=None, body=b"", **headers):
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    if content_type is not None:
        named.append(("Content-Type", content_type))
    return Exchange(status, named, body)


OK = b'{"status":"OK"}'
JSON = "application/json"
HTML = "text/html; charset=utf-8"
DELIVERED = Verdict(True, None)

# answer, reason under 2xx, reason under status_ok; None: delivered
TABLE = {
    "asked for": (an_answer(200, JSON, OK), None, None),
    "charset": (an_answer(200, "Application/JSON; charset=utf-8", OK), None, None),
    "json suffix": (an_answer(200, "application/vnd.api+json", OK), None, None),
    "white space": (an_answer(200, JSON, b'\r\n {"status" : "OK"}\n\x0b'), None, None),
    "more fields": (an_answer(200, JSON, b'{"status":"OK","id":7}'), None, None),
    "empty": (an_answer(200), None, "not_status_ok"),
    "empty json": (an_answer(200, JSON), None, "not_status_ok"),
    "no content type": (an_answer(200, None, OK), None, "not_status_ok"),
    "text": (an_answer(200, "text/plain", OK), None, "not_status_ok"),
    "like json": (an_answer(200, "application/jsonp", OK), None, "not_status_ok"),
    "html": (an_answer(200, HTML, b"<!doctype html><p>Sign in"), None, "not_status_ok"),
    "lower case": (an_answer(200, JSON, b'{"status":"ok"}'), None, "not_status_ok"),
    "other status": (an_answer(200, JSON, b'{"status":"error"}'), None, "not_status_ok"),
    "true": (an_answer(200, JSON, b'{"status":true}'), None, "not_status_ok"),
    "list": (an_answer(200, JSON, b'["status","OK"]'), None, "not_status_ok"),
    "text in json": (an_answer(200, JSON, b'"OK"'), None, "not_status_ok"),
    "broken json": (an_answer(200, JSON, b'{"status":"OK"'), None, "not_status_ok"),
    "bad utf-8": (an_answer(200, JSON, b'{"status":"OK","x":"\xff"}'), None, "not_status_ok"),
    "deep": (an_answer(200, JSON, b"[" * 60_000), None, "not_status_ok"),
    "created": (an_answer(201, JSON, OK), None, "not_status_ok"),
    "accepted": (an_answer(202, JSON, OK), None, "not_status_ok"),
    "no content": (an_answer(204), None, "not_status_ok"),
    "last 2xx": (an_answer(299), None, "not_status_ok"),
    "moved": (an_answer(301, Location="https://b.example"), "redirect", "redirect"),
    "found": (an_answer(302), "redirect", "redirect"),
    "not modified": (an_answer(304), "redirect", "redirect"),
    "bad request": (an_answer(400, JSON, OK), "http_400", "http_400"),
    "signed out": (an_answer(401), "http_401", "http_401"),
    "gone": (an_answer(410), "http_410", "http_410"),
    "slow down": (an_answer(429), "http_429", "http_429"),
    "broken": (an_answer(500, HTML, b"<html>Error"), "http_500", "http_500"),
    "last code": (an_answer(599), "http_599", "http_599"),
    "odd code": (an_answer(999), "http_999", "http_999"),
    "no code": (Exchange(None), "internal", "internal"),
    "refused": (Exchange(None, fault="refused"), "refused", "refused"),
    "slow": (Exchange(None, fault="read_timeout"), "read_timeout", "read_timeout"),
    "slow in the middle": (
        Exchange(200, [("Content-Type", JSON)], b'{"sta', "read_timeout"),
        "read_timeout",
        "read_timeout",
    ),
    "no connection in time": (Exchange(None, fault="connect_timeout"), "connect_timeout", "connect_timeout"),
    "no such name": (Exchange(None, fault="dns_not_found"), "dns_not_found", "dns_not_found"),
    "endless": (Exchange(200, [], b"x" * 65536, "too_large"), "too_large", "too_large"),
    "broke off": (Exchange(200, [("Content-Type", JSON)], OK, "reset"), "reset", "reset"),
    "ended too early": (Exchange(200, [("Content-Type", JSON)], OK, "cut_off", True), None, None),
    "ended in the middle": (
        Exchange(200, [("Content-Type", JSON)], b'{"sta', "cut_off", True),
        None,
        "cut_off",
    ),
    "stalled": (
        Exchange(200, [("Content-Type", JSON)], b'{"sta', "read_timeout", True),
        None,
        "read_timeout",
    ),
    "stalled after all of it": (
        Exchange(200, [("Content-Type", JSON)], OK, "read_timeout", True),
        None,
        None,
    ),
    "broken and broke off": (Exchange(500, [], b"Err", "cut_off", True), "http_500", "http_500"),
    "byte order mark": (an_answer(200, JSON, b"\xef\xbb\xbf" + OK), None, None),
    "utf-16": (an_answer(200, "application/json; charset=utf-16", OK.decode().encode("utf-16")), None, None),
}

CHALLENGES = {
    "cloudflare": an_answer(403, HTML, b"<html>Just a moment", cf_mitigated="challenge"),
    "cloudflare, slowed down": an_answer(429, CF_Mitigated="Challenge"),
    "cloudflare, by its page": an_answer(503, HTML, b"<html><script>window._cf_chl_opt={}</script>"),
    "aws": an_answer(202, x_amzn_waf_action="challenge"),
    "aws, puzzle": an_answer(405, x_amzn_waf_action="captcha"),
    "aws, by its page": an_answer(202, HTML, b"<html><script>window.gokuProps = {}</script>"),
    "datadome": an_answer(403, HTML, b"<html><script src=https://ct.captcha-delivery.com/c.js>"),
    "datadome, by header": an_answer(403, JSON, b"{}", X_DD_B="1"),
    "imperva": an_answer(403, HTML, b"<html>Request unsuccessful. Incapsula incident ID: 1-2"),
    "imperva, untyped": an_answer(403, None, b" <html><iframe src=/_Incapsula_Resource?x>"),
    "akamai": an_answer(403, HTML, b"<html><div id=sec-if-cpt-container>"),
    "akamai, refresh": an_answer(
        403, HTML, b"<html><meta http-equiv=refresh content='5; URL=/?bm-verify=A'>"
    ),
}
NO_CHALLENGES = {
    "a plain 403": an_answer(403, HTML, b"<html>No"),
    "blocked, not asked": an_answer(403, HTML, b"<html>Access Denied", cf_mitigated="block"),
    "a page that carries the detection script": an_answer(
        403, HTML, b"<html>No<script src=/cdn-cgi/challenge-platform/scripts/jsd/main.js>"
    ),
    "a mark in JSON": an_answer(403, JSON, b'{"error":"_cf_chl_opt"}'),
    "a mark far down": an_answer(403, HTML, b"<html>" + b" " * 9000 + b"_cf_chl_opt"),
    "a mark under another code": an_answer(500, HTML, b"<html>_cf_chl_opt"),
}


@pytest.mark.parametrize("name", TABLE)
def test_rule_2xx(name):
    answer, reason, _ = TABLE[name]
    assert judge("2xx", answer) == Verdict(reason is None, reason)


@pytest.mark.parametrize("name", TABLE)
def test_rule_status_ok(name):
    answer, _, reason = TABLE[name]
    assert judge("status_ok", answer) == Verdict(reason is None, reason)


@pytest.mark.parametrize("rule", ["2xx", "status_ok"])
@pytest.mark.parametrize("name", CHALLENGES)
def test_a_challenge_is_no_delivery(rule, name):
    assert judge(rule, CHALLENGES[name]) == Verdict(False, "challenge")


@pytest.mark.parametrize("name", NO_CHALLENGES)
def test_what_is_no_challenge(name):
    answer = NO_CHALLENGES[name]
    assert judge("2xx", answer) == Verdict(False, f"http_{answer.status}")


def test_an_ordinary_202_is_delivered():
    assert judge("2xx", an_answer(202, JSON, b'{"queued":true}')) == DELIVERED


def test_there_is_no_other_rule():
    with pytest.raises(KeyError):
        judge("3xx", an_answer())


@given(
    rule=st.sampled_from(["2xx", "status_ok"]),
    status=st.none() | st.integers(0, 999),
    content_type=st.text(max_size=20) | st.sampled_from([JSON, HTML]),
    body=st.binary(max_size=60),
    fault=st.none() | st.sampled_from(["reset", "read_timeout", "cut_off"]),
    answered=st.booleans(),
)
def test_every_answer_has_a_verdict_with_a_reason_if_it_failed(
    rule, status, content_type, body, fault, answered
):
    verdict = judge(rule, Exchange(status, [("content-type", content_type)], body, fault, answered))
    assert verdict.ok == (verdict.reason is None)
    if verdict.ok:
        assert fault is None or answered
        assert status is not None
        assert 200 <= status < 300


def test_finds_the_first_header_whatever_its_case():
    headers = [("X-One", "1"), ("RETRY-AFTER", "5"), ("retry-after", "6")]
    assert find_header(headers, "retry-after") == "5"
    assert find_header(headers, "location") is None


@pytest.mark.parametrize(
    ("content_type", "body", "html"),
    [(HTML, b"", True), (JSON, b"<html>", False), (None, b"\n<!DOCTYPE HTML>", True), (None, b"{}", False)],
)
def test_knows_a_web_page(content_type, body, html):
    assert looks_like_html(an_answer(200, content_type).headers, body) is html
