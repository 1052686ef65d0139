"""One message of another system, from its signature to the event (D7)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.models import Event, IncomingSource, IncomingWebhook
from app.models.incoming_source import LARGEST_SAMPLE, SLACK
from app.services.event_types import catalogue_of
from app.services.events.publishing import Published, publish_in
from app.services.incoming.sources.crud import source_for
from app.services.incoming.sources.mapping import event_of
from app.services.incoming.sources.signatures import SourceMessage, delivery_id, verify

# A source that is set up already keeps a new sample that seldom: its row must not change with every message.
SAMPLE_EVERY_S = 60
# What a sample must not keep, as it proves who sends, or could be used by who reads it.
_SECRET_HEADERS = frozenset(
    {
        *("authorization", "cookie", "proxy-authorization", "webhook-signature", "stripe-signature"),
        *("x-hub-signature", "x-hub-signature-256", "x-slack-signature", "x-shopify-hmac-sha256"),
    }
)


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """What came of a message. challenge: Slack's question, to be answered. kept: a sample, nothing was published."""

    event: Published | None = None
    duplicate: bool = False
    challenge: str | None = None

    @property
    def kept(self) -> bool:
        """True if it was only kept, because nobody has chosen yet what it becomes."""
        return self.event is None and self.challenge is None and not self.duplicate


@dataclass(frozen=True, slots=True)
class Proved:
    """A message whose sender is known. source None: it came to an event type's own address."""

    key: str
    message: SourceMessage
    source: IncomingSource | None
    given_id: str | None = None


def prove(webhook: IncomingWebhook, key: str, message: SourceMessage, given_id: str | None) -> Proved:
    """Find the source, and check the message by it. Raises `NotFound` for an unknown type, `NotProved`.

    `given_id`: the header Idempotency-Key.
    """
    source = source_for(webhook.id, key)
    if source is None:
        if key not in catalogue_of(webhook.space_id):
            raise NotFound
        return Proved(key, message, None, given_id)
    secret = vault().decrypt(source.encrypted_secret) if source.encrypted_secret else ""
    verify(source.preset, message, secret, source.options)
    return Proved(key, message, source, given_id)


def receive(
    session: Session, webhook: IncomingWebhook, proved: Proved, data: dict[str, Any]
) -> SourceOutcome:
    """Publish what a message says, in the caller's transaction. Raises `Invalid`, and `Conflict` for a repeat whose
    body differs: `repeated` has the answer to that.
    """
    source = proved.source
    if source is None:
        event = {"type": proved.key, "data": data}
        return _published(session, webhook, event, _key(webhook.id, proved.given_id))
    if source.preset == SLACK and data.get("type") == "url_verification":
        return SourceOutcome(challenge=str(data.get("challenge", ""))[:1000])
    _keep_sample(session, source, proved.message)
    if not source.publishes:
        return SourceOutcome()
    named = delivery_id(source.preset, proved.message, data, source.options)
    return _published(session, webhook, event_of(source, proved.message, data), _key(source.id, named))


def repeated(
    webhook: IncomingWebhook, proved: Proved, data: Mapping[str, Any], clash: Conflict
) -> SourceOutcome:
    """The answer to a message that came before with another body (some senders count their tries in it).

    Raises `clash` if it is something else.
    """
    source = proved.source
    if clash.kind != "idempotency_key_reused" or source is None:
        raise clash
    key = _key(source.id, delivery_id(source.preset, proved.message, data, source.options))
    before = db.session.execute(
        select(Event.id, Event.type, Event.created_at, Event.deliveries_count).where(
            Event.space_id == webhook.space_id, Event.idempotency_key == key
        )
    ).first()
    if before is None:
        raise clash
    return SourceOutcome(
        Published(before.id, before.type, before.created_at, before.deliveries_count, True), True
    )


def _published(
    session: Session, webhook: IncomingWebhook, event: dict[str, Any], key: str | None
) -> SourceOutcome:
    if key is not None:
        event["idempotency_key"] = key
    event["actor_id"] = webhook.person_id
    published = publish_in(session, webhook.space_id, [event])[0]
    return SourceOutcome(published, published.replayed)


def _key(scope: str, named: str | None) -> str | None:
    """An idempotency key that no publisher and no other source can have."""
    if not named:
        return None
    return "incoming:" + hashlib.sha256(f"{scope}\0{named}".encode("utf-8", "replace")).hexdigest()


def _keep_sample(session: Session, source: IncomingSource, message: SourceMessage) -> None:
    now = utc_now()
    fresh = source.sample_at is not None and (now - source.sample_at).total_seconds() < SAMPLE_EVERY_S
    if (source.publishes and fresh) or len(message.body) > LARGEST_SAMPLE:
        return
    source.sample, source.sample_at = message.body, now
    secret = _SECRET_HEADERS | {str(source.options.get("header", "")).lower()}
    source.sample_headers = [[n, v[:500]] for n, v in message.headers.items() if n not in secret][:60]
    session.add(source)
