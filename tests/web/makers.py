"""Makes what pages show: webhooks, and deliveries as the engine leaves them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import current_app
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import utc_now
from app.ledger.counters import count
from app.models import Attempt, Delivery, Event, Lane, Lease, SigningSecret, Subscription, Webhook
from app.models.counter import hour_of
from app.models.delivery import FAILED, HELD, PENDING, SENDING, SUCCEEDED
from app.sending.message.signing import new_secret
from app.services.webhooks.settings import touch

_dice = random.Random(1)


def make_webhook(space_id: str, **changes: Any) -> str:
    """A webhook that is on; returns its id. Names of `Lane` go to its lane."""
    changes.setdefault("failing_seconds", changes.get("failures_in_a_row", 0))
    lane_values = {k: changes.pop(k) for k in list(changes) if hasattr(Lane, k) and k != "webhook_id"}
    events = changes.pop("events", ["lead.created"])
    changes.setdefault("state_since", utc_now() - timedelta(days=30))
    values = {"name": "CRM sync", "url": "https://crm.example.com/hook", "state": "on", **changes}
    webhook = Webhook(
        id=new_id("whk"),
        space_id=space_id,
        retry_schedule=[300, 600],
        lane=Lane(**lane_values),
        subscriptions=[Subscription(space_id=space_id, event_type=key) for key in events],
        **values,
    )
    session = db.session()
    session.add(webhook)
    session.flush()
    secret = current_app.extensions["vault"].encrypt(new_secret())
    session.add(SigningSecret(webhook_id=webhook.id, secret=secret))
    touch(webhook)
    session.commit()
    return webhook.id


def make_delivery(
    space_id: str,
    webhook_id: str,
    state: str = SUCCEEDED,
    *,
    at: datetime | None = None,
    data: bytes = b'{"id":4711}',
    object_id: str | None = "4711",
    event_type: str = "lead.created",
    attempts: int | None = None,
    **attempt: Any,
) -> str:
    """A delivery with its event, its attempts and its counts; returns its id. `attempt`: columns of each attempt."""
    at = at or utc_now() - timedelta(minutes=30)
    session = db.session()
    event = Event(
        id=id_at("evt", at),
        space_id=space_id,
        type=event_type,
        data=data,
        object_id=object_id,
        occurred_at=at,
        created_at=at,
        deliveries_count=1,
    )
    count = attempts if attempts is not None else {SUCCEEDED: 1, FAILED: 3}.get(state, 0)
    ok = state == SUCCEEDED
    given = {"status": 200 if ok else 503, "reason": None if ok else "http_503", **attempt}
    delivery = Delivery(
        id=id_at("dlv", at),
        space_id=space_id,
        event_id=event.id,
        webhook_id=webhook_id,
        event_type=event_type,
        status=PENDING if state == SENDING else state,
        due_at=utc_now() + timedelta(minutes=5),
        attempts_count=count,
        failed_attempts=0 if ok else count,
        last_status=given["status"] if count else None,
        last_reason=given["reason"] if count else None,
        created_at=at,
    )
    session.add_all([event, delivery])
    session.add_all(_attempt(delivery, n, at, ok, given) for n in range(1, count + 1))
    if state == SENDING:
        session.add(Lease(delivery_id=delivery.id, webhook_id=webhook_id, token="t", until=utc_now()))
    _count(session, webhook_id, state, at, count)
    session.commit()
    return delivery.id


def id_at(prefix: str, at: datetime) -> str:
    """An identifier as it would have been made at that moment."""
    return f"{prefix}_{int(at.timestamp() * 1000):012x}{_dice.getrandbits(64):016x}"


def _attempt(delivery: Delivery, number: int, at: datetime, ok: bool, given: dict[str, Any]) -> Attempt:
    values = {
        "method": "POST",
        "url": "https://crm.example.com/hook",
        "request_headers": orjson.dumps(
            [["Content-Type", "application/json"], ["webhook-id", delivery.event_id]]
        ),
        "request_body": b'{"type":"lead.created","data":{"id":4711}}',
        "response_headers": orjson.dumps([["content-type", "application/json"]]),
        "response_body": b'{"status":"OK"}' if ok else b'{"error":"busy"}',
        "body_size": 15,
        **given,
    }
    return Attempt(
        id=id_at("att", at),
        space_id=delivery.space_id,
        webhook_id=delivery.webhook_id,
        delivery_id=delivery.id,
        number=number,
        started_at=at + timedelta(minutes=5 * (number - 1)),
        duration_us=42_000,
        dns_us=2_000,
        connect_us=9_000,
        tls_us=20_000,
        first_byte_us=40_000,
        outcome=SUCCEEDED if ok else FAILED,
        **values,
    )


def _count(session: Session, webhook_id: str, status: str, at: datetime, attempts: int) -> None:
    ok = status == SUCCEEDED
    count(
        session,
        webhook_id,
        hour_of(at),
        triggered=1,
        delivered=int(ok),
        failed=int(status == FAILED),
        held=int(status == HELD),
        attempts_ok=attempts if ok else 0,
        attempts_failed=0 if ok else attempts,
    )
