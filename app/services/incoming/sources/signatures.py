"""Who sent a message, proved by the scheme of the product that sends it.

Every scheme signs the body byte by byte. Where a time is signed too, it may be five minutes off (`WINDOW_S`), so
that a recorded message is of no use later. All comparisons take the same time wherever the first difference stands.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from app.models.incoming_source import BASIC, GITHUB, HMAC, NONE, SHOPIFY, SLACK, STANDARD, STRIPE

WINDOW_S = 300
MISSING, STALE, NO_MATCH = "missing", "stale", "no_match"
# A header holds at most so many signatures that are looked at.
MOST_SIGNATURES = 10


class NotProved(Exception):
    """The message does not prove where it comes from. reason: `missing`, `stale` or `no_match`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """A message as it came. Names of headers are lower case. now_s: Unix time of its arrival."""

    headers: Mapping[str, str]
    body: bytes
    now_s: float = field(default_factory=time.time)

    def header(self, name: str) -> str:
        """A header's value. Raises `NotProved` if there is none."""
        if value := self.headers.get(name.lower(), "").strip():
            return value
        raise NotProved(MISSING)


def verify(preset: str, message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """Check a message by a preset. Raises `NotProved`. `secret`: as the sender shows it; `user:password` for Basic."""
    _VERIFY[preset](message, secret, options)


def delivery_id(preset: str, message: SourceMessage, data: Any, options: Mapping[str, Any]) -> str | None:
    """What the sender calls this message, the same when it sends it again; None if it does not say."""
    place = _IDS.get(preset) or options.get("id_header") or ""
    if place.startswith("body:"):
        found = data.get(place.removeprefix("body:")) if isinstance(data, Mapping) else None
        return str(found) if isinstance(found, (str, int)) and found != "" else None
    return message.headers.get(place.lower(), "").strip() or None


def _standard(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """Standard Webhooks, by its own library, which holds the clock to five minutes."""
    message.header("webhook-id"), message.header("webhook-timestamp"), message.header("webhook-signature")
    try:
        Webhook(secret).verify(message.body, dict(message.headers), json_parse=False)
    except WebhookVerificationError as error:
        raise NotProved(STALE if "timestamp" in str(error).lower() else NO_MATCH) from None
    except (ValueError, UnicodeDecodeError):  # a signature without a comma, a body that is not UTF-8
        raise NotProved(NO_MATCH) from None


def _github(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """`X-Hub-Signature-256: sha256=<hex>` over the body."""
    _compare(message.header("x-hub-signature-256"), "sha256=" + _hex(secret, message.body))


def _stripe(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """`Stripe-Signature: t=<seconds>,v1=<hex>,...` over `<t>.<body>`; one of several v1 has to fit."""
    parts = [part.strip().partition("=") for part in message.header("stripe-signature").split(",")]
    stamp = next((value for name, _is, value in parts if name == "t"), "")
    _fresh(message, stamp)
    wanted = _hex(secret, stamp.encode() + b"." + message.body)
    given = [value for name, _is, value in parts if name == "v1"][:MOST_SIGNATURES]
    if not any(_same(value, wanted) for value in given):
        raise NotProved(NO_MATCH if given else MISSING)


def _shopify(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """`X-Shopify-Hmac-Sha256: <base64>` over the body."""
    wanted = base64.b64encode(_digest("sha256", secret, message.body)).decode()
    _compare(message.header("x-shopify-hmac-sha256"), wanted)


def _slack(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """`X-Slack-Signature: v0=<hex>` over `v0:<seconds>:<body>`."""
    stamp = message.header("x-slack-request-timestamp")
    signature = message.header("x-slack-signature")
    _fresh(message, stamp)
    _compare(signature, "v0=" + _hex(secret, b"v0:" + stamp.encode() + b":" + message.body))


def _hmac(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """The body under a header, with a prefix, an algorithm and an encoding of the sender's choice."""
    digest = _digest(options["algorithm"], secret, message.body)
    text = digest.hex() if options["encoding"] == "hex" else base64.b64encode(digest).decode()
    given = message.header(options["header"])
    if options["encoding"] == "hex":
        given = given[: len(options["prefix"])] + given[len(options["prefix"]) :].lower()
    _compare(given, options["prefix"] + text)


def _basic(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """`Authorization: Basic <base64 of user:password>` (RFC 7617)."""
    kind, _space, coded = message.header("authorization").partition(" ")
    try:
        given = base64.b64decode(coded.strip(), validate=True) if kind.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        given = b""
    if not hmac.compare_digest(given, secret.encode()):
        raise NotProved(NO_MATCH)


def _none(message: SourceMessage, secret: str, options: Mapping[str, Any]) -> None:
    """Whoever has the address may send."""


def _fresh(message: SourceMessage, stamp: str) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise NotProved(MISSING)
    if abs(message.now_s - int(stamp)) > WINDOW_S:
        raise NotProved(STALE)


def _compare(given: str, wanted: str) -> None:
    if not _same(given, wanted):
        raise NotProved(NO_MATCH)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _hex(secret: str, signed: bytes) -> str:
    return _digest("sha256", secret, signed).hex()


def _digest(algorithm: str, secret: str, signed: bytes) -> bytes:
    return hmac.digest(secret.encode(), signed, getattr(hashlib, algorithm))


_VERIFY: dict[str, Callable[[SourceMessage, str, Mapping[str, Any]], None]] = {
    STANDARD: _standard,
    GITHUB: _github,
    STRIPE: _stripe,
    SHOPIFY: _shopify,
    SLACK: _slack,
    HMAC: _hmac,
    BASIC: _basic,
    NONE: _none,
}
# A header, or a name in the body.
_IDS = {
    STANDARD: "webhook-id",
    GITHUB: "x-github-delivery",
    STRIPE: "body:id",
    SHOPIFY: "x-shopify-webhook-id",
    SLACK: "body:event_id",
}
