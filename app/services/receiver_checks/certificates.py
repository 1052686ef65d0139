"""Certificates that end: seen at checks and by a look once a day, warned of 14 days before (C12).

A look makes a connection and sends nothing, so no receiver notices a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import ReadingPlace, ReceiverWatch, Webhook
from app.models.webhook import ON
from app.outbound import Exchange, Request, TransferLoop
from app.queries.spaces import in_use
from app.services.receiver_checks.asking import watch_of
from app.services.receiver_checks.verdicts import ENDS_SOON, chain_end

AT_ONCE = 50
EVERY, AFTER_FAILURE = timedelta(days=1), timedelta(hours=6)
LOOK_MS = 5000
READER = "certificates"
NEW_AFTER, NEW_AT_ONCE = timedelta(minutes=1), 500


def look_at_due() -> int:
    """Look at the certificates that are due, many at once; returns how many were looked at."""
    _watch_new_ones()
    due = _claim()
    if not due:
        return 0
    for webhook_id, url, exchange in _looked_at(due):
        ends = chain_end(exchange)
        if ends is None:
            continue
        with transaction() as session:
            note_certificate(session, webhook_id, url, ends)
    return len(due)


def note_certificate(session: Session, webhook_id: str, url: str, ends_at: datetime) -> None:
    """This is when the certificate of its address ends, seen just now; within the caller's transaction."""
    webhook = session.get_one(Webhook, webhook_id)
    if webhook.url != url:
        return  # it was changed meanwhile: nothing was seen of the new address
    now = utc_now()
    watch = watch_of(session, webhook)
    watch.url, watch.certificate_ends_at, watch.certificate_seen_at = url, ends_at, now
    watch.certificate_due_at = now + EVERY


def ending(session: Session) -> Sequence[tuple[str, datetime]]:
    """(webhook, end) of webhooks that are on and whose certificate ends within 14 days."""
    now = utc_now()
    rows = session.execute(
        select(ReceiverWatch.webhook_id, ReceiverWatch.certificate_ends_at)
        .join(Webhook, Webhook.id == ReceiverWatch.webhook_id)
        .where(
            ReceiverWatch.certificate_ends_at > now,
            ReceiverWatch.certificate_ends_at <= now + ENDS_SOON,
            ReceiverWatch.url == Webhook.url,
            Webhook.state == ON,
            Webhook.deleted_at.is_(None),
            in_use(ReceiverWatch.space_id),
        )
        .limit(1000)
    )
    return [(webhook_id, ends) for webhook_id, ends in rows if ends is not None]


def _watch_new_ones() -> None:
    """Every webhook has a watch, from a minute after it was made: its id says when that was."""
    place = db.session.scalar(select(ReadingPlace.after).where(ReadingPlace.reader == READER)) or ""
    newest = first_id("whk", utc_now() - NEW_AFTER)
    new = (
        select(Webhook.id)
        .where(Webhook.id > place, Webhook.id < newest)
        .order_by(Webhook.id)
        .limit(NEW_AT_ONCE)
    )
    if db.session.scalar(new.limit(1)) is None:
        return
    with transaction() as session:
        found = session.scalars(new).all()
        for webhook in session.scalars(select(Webhook).where(Webhook.id.in_(found))):
            watch = watch_of(session, webhook)
            watch.certificate_due_at = watch.certificate_due_at or utc_now()
        session.merge(ReadingPlace(reader=READER, after=found[-1]))


def _claim() -> list[tuple[str, str]]:
    """(webhook, address) of those that are due, now ours: whoever looks next finds them due later."""
    now = utc_now()
    due = select(ReceiverWatch).where(ReceiverWatch.certificate_due_at <= now, in_use(ReceiverWatch.space_id))
    if db.session.scalar(due.limit(1)) is None:
        return []
    with transaction() as session:
        watches = session.scalars(
            due.order_by(ReceiverWatch.certificate_due_at).limit(AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        claimed = [_claimed(session.get_one(Webhook, watch.webhook_id), watch, now) for watch in watches]
    return [one for one in claimed if one is not None]


def _claimed(webhook: Webhook, watch: ReceiverWatch, now: datetime) -> tuple[str, str] | None:
    """None: there is nothing to look at today."""
    if webhook.state != ON or webhook.deleted_at is not None or not webhook.url.startswith("https://"):
        watch.certificate_due_at = now + EVERY
        return None
    watch.certificate_due_at = now + AFTER_FAILURE
    if watch.url != webhook.url:
        watch.url, watch.certificate_ends_at = webhook.url, None
    return webhook.id, webhook.url


def _looked_at(due: Sequence[tuple[str, str]]) -> list[tuple[str, str, Exchange]]:
    policy = current_app.config["SETTINGS"].outbound_policy()
    loop = TransferLoop(keep_alive=1)
    found = []
    try:
        for one in due:
            request = Request("GET", one[1], [], b"", LOOK_MS, keep_certificates=True, connect_only=True)
            loop.submit(request, one, policy)
        while loop.in_flight:
            for token, exchange in loop.run(1.0):
                found.append((*cast("tuple[str, str]", token), exchange))
    finally:
        loop.close()
    return found
