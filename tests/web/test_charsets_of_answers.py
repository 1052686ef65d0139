"""Answers in other charsets: read as declared on pages, in the API and in the text; the bytes can be downloaded."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest
from flask import Flask

from tests.api.conftest import caller_in
from tests.web.conftest import Visitor

pytestmark = pytest.mark.databases("sqlite")

TEXT = "Ошибка: лид не найден"
BODIES = {
    "windows-1251 by header": ("text/html; charset=windows-1251", TEXT.encode("cp1251")),
    "koi8-r in quotes": ('text/plain; Charset="KOI8-R"', TEXT.encode("koi8-r")),
    "utf-16 by its mark": ("text/plain", TEXT.encode("utf-16")),
    "utf-8 with a mark": ("text/plain; charset=windows-1251", b"\xef\xbb\xbf" + TEXT.encode()),
    "by a meta element": ("text/html", b'<meta charset="windows-1251">' + TEXT.encode("cp1251")),
    "by XML": ("text/xml", b'<?xml version="1.0" encoding="windows-1251"?>' + TEXT.encode("cp1251")),
    "none declared": ("text/plain", TEXT.encode()),
    "one that nobody knows": ("text/plain; charset=nonsense", TEXT.encode()),
    "one of Python's own": ("text/plain; charset=unicode_escape", TEXT.encode()),
    "json": ("application/json; charset=windows-1251", b'{"error":"' + TEXT.encode("cp1251") + b'"}'),
}


@pytest.mark.parametrize("kind", BODIES)
def test_an_answer_is_read_in_its_charset(
    app: Flask, space_id: str, admin: Visitor, a_webhook: str, new_delivery: Callable[..., str], kind: str
) -> None:
    content_type, body = BODIES[kind]
    headers = orjson.dumps([["Content-Type", content_type]])
    delivery_id = new_delivery(
        a_webhook,
        "failed",
        attempts=1,
        status=422,
        reason="http_422",
        response_headers=headers,
        response_body=body,
    )
    shown = caller_in(app, space_id)("GET", f"/deliveries/{delivery_id}").json["attempts"][0]  # type: ignore[index]
    assert TEXT in shown["response"]["body"]
    assert "\ufffd" not in shown["response"]["body"]
    assert "\ufeff" not in shown["response"]["body"]
    assert TEXT in admin.get(f"/deliveries/{delivery_id}").text
    assert TEXT in admin.get(f"/deliveries/{delivery_id}/text").text


def test_the_bytes_of_an_answer_can_be_downloaded_and_do_nothing(
    admin: Visitor, a_webhook: str, new_delivery: Callable[..., str]
) -> None:
    body = b"<script>alert(1)</script>\xff\x00"
    delivery_id = new_delivery(a_webhook, "failed", attempts=1, response_body=body)
    page = admin.get(f"/deliveries/{delivery_id}").text
    path = page.partition("/response-body")[0].rpartition('href="')[2] + "/response-body"
    got = admin.get(path)
    assert (got.status_code, got.data, got.mimetype) == (200, body, "text/plain")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    other = new_delivery(a_webhook, "failed", attempts=1)
    assert admin.get(path.replace(delivery_id, other)).status_code == 404
