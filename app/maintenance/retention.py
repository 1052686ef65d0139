"""Retention: what is older than `RETENTION_DAYS` is removed, in small steps that hold up nobody.

Identifiers begin with the time at which they were made, so what is old stands at the beginning of each
table's own key, and finding it costs the same however many rows there are. A delivery goes with its tries,
an event when none of its deliveries is left. What still waits for its next attempt stays until that has ended;
so does a notice of what is still so, or people would be told again, and the newest confirmation link of a
webhook, which its page shows.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.counters import count
from app.models import Attempt, Confirmation, Delivery, Event, Lane, Mail, Notice, Webhook
from app.models.delivery import HELD, PENDING
from app.models.notice import WAITING

STEP = 500


def remove_old(days: int, seconds: float | None = None) -> int:
    """Remove what is older than `days`; returns how many rows went, not counting the attempts of deliveries.

    `seconds`: begin no further step after that time; None: go on until nothing old is left.
    """
    before = utc_now() - timedelta(days=days)
    stop_at = None if seconds is None else time.monotonic() + seconds
    removed = 0
    while stop_at is None or time.monotonic() < stop_at:
        if not _anything_old(before):
            break
        with transaction() as session:
            step = _deliveries(session, before)
            step += sum(_rows(session, model, old(before)) for model, old in _SINGLE.items())
        removed += step
        if not step:
            break
    return removed


def _anything_old(before: datetime) -> bool:
    """A look without the write lock: nearly always there is nothing to do."""
    olds = (_old_deliveries, *_SINGLE.values())
    return any(db.session.execute(old(before).limit(1)).first() is not None for old in olds)


def _old_deliveries(before: datetime) -> Select[str, str, str]:
    return (
        select(Delivery.id, Delivery.webhook_id, Delivery.status)
        .where(Delivery.id < first_id("dlv", before), Delivery.status != PENDING)
        .order_by(Delivery.id)
    )


def _old_events(before: datetime) -> Select[str]:
    sent = select(Delivery.id).where(Delivery.event_id == Event.id).exists()
    return select(Event.id).where(Event.id < first_id("evt", before), ~sent).order_by(Event.id)


def _old_loose_attempts(before: datetime) -> Select[str]:
    """Pings and tests: attempts that belong to no delivery."""
    loose = Attempt.delivery_id.is_(None)
    return select(Attempt.id).where(Attempt.id < first_id("att", before), loose).order_by(Attempt.id)


def _old_mail(before: datetime) -> Select[str]:
    return select(Mail.id).where(Mail.id < first_id("mal", before), Mail.status != WAITING).order_by(Mail.id)


def _old_notices(before: datetime) -> Select[str]:
    """A notice keeps people from being told twice, so it stays while its episode goes on."""
    off_since = select(Webhook.id).where(
        Webhook.id == Notice.webhook_id, Webhook.state_since == Notice.episode
    )
    failing_since = select(Lane.webhook_id).where(
        Lane.webhook_id == Notice.webhook_id, Lane.failing_since == Notice.episode
    )
    over = ~off_since.exists() & ~failing_since.exists()
    return select(Notice.id).where(Notice.id < first_id("ntc", before), over).order_by(Notice.id)


def _old_links(before: datetime) -> Select[str]:
    """Confirmation links: all have expired long ago."""
    newer = aliased(Confirmation)
    replaced = select(newer.id).where(newer.webhook_id == Confirmation.webhook_id, newer.id > Confirmation.id)
    deleted = select(Webhook.id).where(Webhook.id == Confirmation.webhook_id, Webhook.deleted_at.is_not(None))
    return (
        select(Confirmation.id)
        .where(Confirmation.id < first_id("cfm", before), or_(replaced.exists(), deleted.exists()))
        .order_by(Confirmation.id)
    )


# What goes row by row, in this order.
_SINGLE: dict[Any, Callable[[datetime], Select[str]]] = {
    Event: _old_events,
    Attempt: _old_loose_attempts,
    Mail: _old_mail,
    Notice: _old_notices,
    Confirmation: _old_links,
}


def _deliveries(session: Session, before: datetime) -> int:
    old = _old_deliveries(before).limit(STEP).with_for_update(skip_locked=True)
    rows = session.execute(old).all()
    ids = [row.id for row in rows]
    if ids:
        session.execute(delete(Attempt).where(Attempt.delivery_id.in_(ids)))
        session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
    for webhook_id, held in Counter(row.webhook_id for row in rows if row.status == HELD).items():
        count(session, webhook_id, held=-held, cancelled=held)
    return len(ids)


def _rows(session: Session, model: Any, old: Select[str]) -> int:
    ids = session.scalars(old.limit(STEP)).all()
    if ids:
        session.execute(delete(model).where(model.id.in_(ids)))
    return len(ids)
