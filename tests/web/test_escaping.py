"""What anybody else wrote is text: in names, addresses, data, receivers' headers and bodies."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import orjson
import pytest

pytestmark = pytest.mark.databases("sqlite")

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</pre><iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    '<div hx-get="/webhooks" hx-trigger="load">x</div>',
    '<form hx-post="/x" hx-trigger="revealed">',
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<style>*{display:none}</style>",
    "{{ 7*7 }}{% raw %}",
    "<!--",
    "]]><x",
    "&lt;script&gt;",
    "<template><script>alert(1)</script></template>",
    "<math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "` onmouseover=alert(1) x=`",
    "\u202egnp.exe",
    "a\x07b\x1bc",
]
DANGEROUS = re.compile(
    r"<script>|<img src=x|<svg/onload|<iframe|<a href=javascript|<div hx-get=\"/webhooks\" hx-trigger=\"load\"|"
    r"<form hx-post=\"/x\"|<base |<meta http-equiv|<style|<math|<!--|\u202e|\x07|\x1b",
    re.IGNORECASE,
)


@pytest.fixture
def hostile(new_webhook, new_delivery):
    """A webhook, an event and a receiver that all carry the payload."""

    def make(payload: str) -> tuple[str, str]:
        # Names, ids and types with hidden characters are refused where they come in.
        name = payload if payload.isprintable() else "plain"
        webhook_id = new_webhook(
            name=name,
            url="https://crm.example.com/" + name,
            last_reason="http_422",
            last_status=422,
            failures_in_a_row=5,
        )
        delivery_id = new_delivery(
            webhook_id,
            "failed",
            data=orjson.dumps({payload: payload, "list": [{payload: payload}]}),
            object_id=name[:200],
            event_type="own." + name[:50],
            status=422,
            reason="http_422",
            request_headers=orjson.dumps([[payload, payload]]),
            request_body=orjson.dumps(payload),
            response_headers=orjson.dumps([[payload, payload], ["content-type", "text/plain"]]),
            response_body=payload.encode(),
            detail=payload,
        )
        return webhook_id, delivery_id

    return make


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_it_becomes_part_of_a_page(admin, client, hostile, payload):
    webhook_id, delivery_id = hostile(payload)
    _send_to_inbox(admin, client, payload)
    pages = [
        admin.get("/webhooks"),
        admin.get(f"/webhooks/{webhook_id}"),
        admin.get(f"/webhooks/{webhook_id}/settings"),
        admin.get(f"/webhooks/{webhook_id}/delete"),
        admin.get("/webhooks/new", copy=webhook_id),
        admin.get("/deliveries"),
        admin.get(f"/deliveries/{delivery_id}"),
        admin.get(f"/deliveries/{delivery_id}", target="modal-content"),
        admin.get("/inbox"),
    ]
    if payload.isprintable():
        form = {
            "name": payload,
            "url": payload,
            "events": payload,
            "header_name": payload,
            "header_value": payload,
        }
        pages += [
            admin.get("/deliveries", q=payload),
            admin.get("/deliveries", status=payload, event_type=payload, since=payload),
            admin.post("/webhooks/new", **form),
        ]
    for page in pages:
        assert page.status_code in {200, 422}
        # The dashboard's own script tags have a source, so a bare one came from the payload.
        found = DANGEROUS.search(page.text)
        assert found is None, page.text[max(0, found.start() - 200) : found.end() + 50]


def _send_to_inbox(admin, client, payload: str) -> None:
    address = re.search(r"/inbox/[a-z0-9]{32}", admin.get("/inbox").text)[0]
    printable = "".join(letter for letter in payload if " " <= letter <= "~")
    client.post(address, query_string={"q": payload}, data=payload.encode(), headers={"X-Odd": printable})


class _Ancestors(HTMLParser):
    """Finds texts that hold a word and keeps the start tags around them."""

    VOID = frozenset(["input", "br", "hr", "img", "meta", "link", "path", "circle", "rect"])

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.found: list[list[tuple[str, dict[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self._open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:  # was never opened: "<rect/>" comes here too
            return
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._word in data:
            self.found.append(list(self._open))


def test_what_a_receiver_sent_stands_where_htmx_does_not_look(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(
        a_webhook,
        "failed",
        status=422,
        reason="http_422",
        response_headers=orjson.dumps([["X-Canary", "canary-value"]]),
        response_body=b'{"message":"canary-value"}',
        detail="canary-value",
    )
    parser = _Ancestors("canary-value")
    parser.feed(admin.get(f"/deliveries/{delivery_id}").text)
    places = [place for place in parser.found if "textarea" not in [tag for tag, _attrs in place]]
    assert len(places) >= 4  # the sentence's quote; header, body and detail of an attempt
    for place in places:
        assert any("hx-disable" in attrs for _tag, attrs in place), [tag for tag, _attrs in place]
