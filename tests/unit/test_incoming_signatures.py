"""Signatures of other systems: their published vectors hold, and nothing else passes (D7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.services.incoming.sources.signatures import (
    MISSING,
    NO_MATCH,
    STALE,
    WINDOW_S,
    NotProved,
    SourceMessage,
    delivery_id,
    verify,
)

# docs.github.com, "Validating webhook deliveries".
GITHUB = {
    "secret": "It's a Secret to Everybody",
    "body": b"Hello, World!",
    "headers": {
        "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    },
}
# docs.slack.dev, "Verifying requests from Slack".
SLACK = {
    "secret": "8f742231b10e8888abcd99yyyzzz85a5",
    "body": b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
    "headers": {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    "now": 1531420618,
}
# The event that Stripe's libraries test with, and the signature that goes with it.
STRIPE = {
    "secret": "webhook_secret",
    "body": b"""{
  "id": "evt_123",
  "object": "event",
  "account": "acct_123",
  "api_version": "2017-05-25",
  "created": 1533204620,
  "data": {
    "object": {
      "id": "ii_123",
      "object": "invoiceitem",
      "amount": 1000,
      "currency": "usd",
      "customer": "cus_123",
      "date": 1533204620,
      "description": "Test Invoice Item",
      "discountable": false,
      "invoice": "in_123",
      "livemode": false,
      "metadata": {},
      "period": {
        "start": 1533204620,
        "end": 1533204620
      },
      "proration": false,
      "quantity": 3
    }
  },
  "livemode": false,
  "pending_webhooks": 1,
  "request": {
    "id": "req_123",
    "idempotency_key": "idempotency-key-123"
  },
  "type": "invoiceitem.created"
}
""",
    "headers": {
        "stripe-signature": "t=1533204620,v1=82216eca827bcb7b34b8055eb2d2d9e6bc13b9ac39ded14a61e69f70c565f53a"
        ",v0=63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"
    },
    "now": 1533204620,
}
STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HMAC_OPTIONS = {"header": "X-Sig", "prefix": "sha512=", "algorithm": "sha512", "encoding": "hex"}


def message(case: dict[str, Any], **changes: Any) -> SourceMessage:
    """The message of a vector, with something else in it."""
    case = {"now": int(time.time()), **case, **changes}
    return SourceMessage(case["headers"], case["body"], case["now"])


def standard(body: bytes = b'{"test": 2432232314}', off_s: int = 0) -> dict[str, Any]:
    """A message signed by the library of Standard Webhooks, whose verifier goes by the real clock alone."""
    at = int(time.time()) + off_s
    signature = Webhook(STANDARD_SECRET).sign("msg_1", datetime.fromtimestamp(at, UTC), body.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}
    return {"secret": STANDARD_SECRET, "body": body, "headers": headers}


def shopify() -> dict[str, Any]:
    digest = hmac.digest(b"hush", b'{"id":1}', hashlib.sha256)
    headers = {"x-shopify-hmac-sha256": base64.b64encode(digest).decode()}
    return {"secret": "hush", "body": b'{"id":1}', "headers": headers}


def own_hmac() -> dict[str, Any]:
    digest = hmac.digest(b"hush", b"{}", hashlib.sha512).hex()
    return {"secret": "hush", "body": b"{}", "headers": {"x-sig": f"sha512={digest.upper()}"}}


def basic() -> dict[str, Any]:
    coded = base64.b64encode("ada:pässword:1".encode()).decode()
    return {"secret": "ada:pässword:1", "body": b"{}", "headers": {"authorization": f"Basic {coded}"}}


# Made when a test asks for one: by the time it runs, a message that was signed at the import may be stale.
CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "github": lambda: GITHUB,
    "slack": lambda: SLACK,
    "stripe": lambda: STRIPE,
    "standard": standard,
    "shopify": shopify,
    "hmac": own_hmac,
    "basic": basic,
}


@pytest.mark.parametrize("preset", CASES)
def test_what_its_sender_signed_passes(preset: str) -> None:
    case = CASES[preset]()
    verify(preset, message(case), case["secret"], HMAC_OPTIONS)


@pytest.mark.parametrize("preset", sorted(set(CASES) - {"basic"}))
def test_another_body_or_another_secret_does_not(preset: str) -> None:
    case = CASES[preset]()
    secret = "whsec_" + base64.b64encode(b"x" * 24).decode() if preset == "standard" else "another"
    for changed, key in ((message(case, body=case["body"] + b" "), case["secret"]), (message(case), secret)):
        with pytest.raises(NotProved) as refused:
            verify(preset, changed, key, HMAC_OPTIONS)
        assert refused.value.reason == NO_MATCH


@pytest.mark.parametrize("preset", CASES)
def test_without_its_headers_it_is_missing(preset: str) -> None:
    case = CASES[preset]()
    for name in case["headers"]:
        rest = {n: v for n, v in case["headers"].items() if n != name}
        with pytest.raises(NotProved) as refused:
            verify(preset, message(case, headers=rest), case["secret"], HMAC_OPTIONS)
        assert refused.value.reason == MISSING


@pytest.mark.parametrize("preset", ["slack", "stripe"])
@pytest.mark.parametrize("off", [-WINDOW_S - 1, WINDOW_S + 1])
def test_outside_the_window_it_is_stale(preset: str, off: int) -> None:
    case = CASES[preset]()
    with pytest.raises(NotProved) as refused:
        verify(preset, message(case, now=case["now"] + off), case["secret"], {})
    assert refused.value.reason == STALE


@pytest.mark.parametrize("off", [-WINDOW_S - 60, WINDOW_S + 60])
def test_the_library_holds_the_clock_too(off: int) -> None:
    with pytest.raises(NotProved) as refused:
        verify("standard", message(standard(off_s=off)), STANDARD_SECRET, {})
    assert refused.value.reason == STALE


@pytest.mark.parametrize(
    ("preset", "headers"),
    [
        ("standard", {"webhook-id": "1", "webhook-timestamp": "soon", "webhook-signature": "v1,AA=="}),
        ("standard", {"webhook-id": "1", "webhook-timestamp": "now", "webhook-signature": "nonsense"}),
        ("standard", {"webhook-id": "1", "webhook-timestamp": "now", "webhook-signature": "v1,ä,ö"}),
        ("stripe", {"stripe-signature": "t=1,t=2,v1="}),
        ("stripe", {"stripe-signature": "t=٣,v1=ä"}),
        ("stripe", {"stripe-signature": "," * 9000}),
        ("slack", {"x-slack-request-timestamp": "1e3", "x-slack-signature": "v0="}),
        ("github", {"x-hub-signature-256": "sha256=ä"}),
        ("shopify", {"x-shopify-hmac-sha256": "ä"}),
        ("basic", {"authorization": "Basic ä"}),
        ("basic", {"authorization": "Bearer x"}),
        ("hmac", {"x-sig": "ä"}),
    ],
)
def test_nonsense_is_refused_and_breaks_nothing(preset: str, headers: dict[str, str]) -> None:
    now = str(int(time.time()))
    headers = {name: now if value == "now" else value for name, value in headers.items()}
    with pytest.raises(NotProved):
        verify(
            preset,
            SourceMessage(headers, b"\xff{}", int(time.time())),
            CASES[preset]()["secret"],
            HMAC_OPTIONS,
        )


@pytest.mark.parametrize(
    ("preset", "headers", "data", "options", "wanted"),
    [
        ("github", {"x-github-delivery": "72d3162e"}, {}, {}, "72d3162e"),
        ("stripe", {}, {"id": "evt_1"}, {}, "evt_1"),
        ("slack", {}, {"event_id": "Ev1"}, {}, "Ev1"),
        ("shopify", {"x-shopify-webhook-id": "b54"}, {}, {}, "b54"),
        ("standard", {"webhook-id": "msg_1"}, {}, {}, "msg_1"),
        ("hmac", {"x-id": "7"}, {}, {"id_header": "X-Id"}, "7"),
        ("none", {}, {}, {}, None),
        ("stripe", {}, {"id": {"no": "text"}}, {}, None),
    ],
)
def test_what_the_sender_calls_a_message(
    preset: str, headers: dict[str, str], data: dict[str, Any], options: dict[str, str], wanted: str | None
) -> None:
    assert delivery_id(preset, SourceMessage(headers, b"", int(time.time())), data, options) == wanted
