"""The request of a delivery as it would go out now: signed at this moment, every other secret masked (C11).

For "Copy as cURL": a receiver that checks the signature and its age accepts it for some minutes. The signature lets
whoever has it send this one message once more in our name, so only people who may resend get one. Passwords and keys
are never given out, to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.times import ms_of, now_ms
from app.models import Delivery, Event, Webhook
from app.sending.message.composing import compose
from app.sending.message.layout import AddressTooLarge
from app.sending.message.masking import mask_headers
from app.services.webhooks.probe import target_of


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`is_masked`: a secret was left out, so it must be filled in before the receiver accepts it."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    is_masked: bool


def request_now(space_id: str, delivery_id: str) -> SignedRequest:
    """Raises `NotFound`, or `Conflict` ("data_gone", "too_large") if there is no request to make."""
    row = db.session.execute(
        select(Delivery, Webhook, Event)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .join(Event, Event.id == Delivery.event_id, isouter=True)
        .where(Delivery.id == delivery_id, Delivery.space_id == space_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    _delivery, webhook, event = row
    if event is None:
        raise Conflict("data_gone", _("The data passed its time limit, so there is nothing left to send."))
    return _composed(webhook, event)


def _composed(webhook: Webhook, event: Event) -> SignedRequest:
    target, now = target_of(webhook, webhook), now_ms()
    occurred_at = ms_of(event.occurred_at)
    try:
        sent = compose(target, event.id, event.type, occurred_at, event.data, now, event.actor_id)
    except AddressTooLarge as too_large:
        raise Conflict("too_large", str(too_large)) from None
    pairs = sent.header_pairs()
    headers, url, body = mask_headers(pairs), sent.url, sent.body
    if target.layout_scrub:
        url, body = target.layout_scrub(url), target.layout_scrub(body)
    return SignedRequest(
        sent.method, url, headers, body, (headers, url, body) != (pairs, sent.url, sent.body)
    )
