"""The probes of a check: each a whole message as a delivery would be, but for one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core.exact_json import dumps
from app.core.ids import new_id
from app.core.times import now_ms
from app.models import Webhook
from app.outbound import Request
from app.sending.message.composing import Message, compose
from app.sending.message.layout import AddressTooLarge
from app.sending.message.signing import new_secret, parse_secret, sign
from app.sending.message.target import Target

VALID, REPEATED, STALE, TAMPERED, METHOD, LARGE = (
    *("valid", "repeated", "stale", "tampered"),
    *("method", "large"),
)
# In the order in which they are sent: the large one last, as it may end the connection.
PROBES = (VALID, REPEATED, STALE, TAMPERED, METHOD, LARGE)

CHECK_TYPE = "hookdesk.check"
# Standard Webhooks lets a receiver accept five minutes; a clock may be wrong by some more.
STALE_BY_MS = 3600 * 1000
LARGE_BYTES = 256 * 1024


def wrong_method_of(webhook: Webhook) -> str:
    """A method that the receiver need not take. Never one that could delete something there."""
    return "GET" if webhook.method != "GET" else "POST"


class ProbeMaker:
    """Makes the probes of one check, each at the moment it is sent, as their signatures tell the time."""

    def __init__(self, webhook: Webhook, target: Target, other_method: Target) -> None:
        """`other_method`: the same receiver by the method that it need not take."""
        self._webhook_id = webhook.id
        self._target = target
        self._other_method = other_method
        self._message_id = new_id("msg")

    def target_of(self, probe: str) -> Target:
        """Where a probe goes, and how."""
        return self._other_method if probe == METHOD else self._target

    def make(self, probe: str) -> Message | AddressTooLarge:
        """The message of a probe; `AddressTooLarge` if it does not fit into the address."""
        try:
            return _MAKERS[probe](self)
        except AddressTooLarge as too_large:
            return too_large

    def _plain(self, probe: str, **more: Any) -> Message:
        return self._composed(self._target, probe, new_id("msg"), now_ms(), **more)

    def _composed(self, target: Target, probe: str, message_id: str, at_ms: int, **more: Any) -> Message:
        data = {"test": True, "check": probe, "webhook_id": self._webhook_id, **more}
        message = compose(target, message_id, CHECK_TYPE, at_ms, dumps(data), at_ms)
        message.keep_certificates = True
        return message

    def _same(self, probe: str) -> Message:
        """With the id that the valid one and its repeat have in common."""
        return self._composed(self._target, probe, self._message_id, now_ms())

    def _stale(self) -> Message:
        return self._composed(self._target, STALE, new_id("msg"), now_ms() - STALE_BY_MS)

    def _tampered(self) -> Message:
        """Altered on its way: the body is no longer the signed one, or (in an address) the key is another's."""
        message = self._plain(TAMPERED)
        body = message.body.replace(TAMPERED.encode(), b"altered!")
        if body != message.body:
            return replace(message, body=body)
        return _signed_by_somebody_else(message, self._target)

    def _by_other_method(self) -> Message:
        return self._composed(self._other_method, METHOD, new_id("msg"), now_ms())

    def _large(self) -> Message:
        return self._plain(LARGE, filler="x" * LARGE_BYTES)


def _signed_by_somebody_else(message: Message, target: Target) -> Message:
    key = parse_secret(new_secret(target.keys[0].key.kind))
    signature = sign(message.message_id, message.timestamp_s, message.body, [key])
    lines = message.lines and [line.replace(message.signature, signature) for line in message.lines]
    headers = [(name, value.replace(message.signature, signature)) for name, value in message.headers]
    return replace(message, signature=signature, lines=lines, headers=headers)


_MAKERS = {
    VALID: lambda maker: maker._same(VALID),
    REPEATED: lambda maker: maker._same(REPEATED),
    STALE: ProbeMaker._stale,
    TAMPERED: ProbeMaker._tampered,
    METHOD: ProbeMaker._by_other_method,
    LARGE: ProbeMaker._large,
}


def as_kept(request: Request | None) -> Request | None:
    """The request as it is kept: a large one by its beginning, since what follows says nothing."""
    if request is None or len(request.body) <= LARGE_BYTES:
        return request
    return replace(request, body=request.body[:1000])
