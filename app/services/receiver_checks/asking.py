"""Order a check, and say how often a receiver is to be checked by itself."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import acting
from app.core.errors import Conflict, FieldError, Invalid
from app.core.times import utc_now
from app.core.transaction import after_commit, transaction
from app.models import ReceiverCheck, ReceiverWatch, Webhook
from app.models.receiver_check import DONE, EVERY_DAYS, NEVER
from app.services.webhooks.finding import find


def ask(space_id: str, webhook_id: str) -> ReceiverCheck:
    """Order a check; the one that is not done yet, if there is one. It runs in a maintenance worker.

    Raises `NotFound`, or `Conflict` while the receiver has not confirmed that it wants messages.
    """
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.must_confirm:
            raise Conflict("unconfirmed", _("The receiver must confirm first that it wants events."))
        check = open_check(session, webhook_id) or _ordered(session, webhook, asked_by=acting().name)
        after_commit(session, current_app.extensions["doorbell"].ring_maintenance)
    return check


def open_check(session: Session, webhook_id: str) -> ReceiverCheck | None:
    """The webhook's check that is not done yet."""
    return session.scalar(
        select(ReceiverCheck).where(ReceiverCheck.webhook_id == webhook_id, ReceiverCheck.state != DONE)
    )


def order_scheduled(session: Session, webhook: Webhook) -> None:
    """The schedule says so: order one if none waits, within the caller's transaction."""
    if open_check(session, webhook.id) is None:
        _ordered(session, webhook, asked_by="").scheduled = True


def set_schedule(space_id: str, webhook_id: str, every_days: int) -> None:
    """Check by itself every so many days; 0: never. Raises `Invalid` or `NotFound`."""
    if every_days not in EVERY_DAYS:
        raise Invalid([FieldError("every_days", _("Choose how often: never, daily or weekly."))])
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        watch = watch_of(session, webhook)
        before = watch.check_every_days
        watch.check_every_days = every_days
        watch.check_due_at = None if every_days == NEVER else utc_now() + timedelta(days=every_days)
        if before != every_days:
            note_schedule(session, webhook, before, every_days)


def watch_of(session: Session, webhook: Webhook) -> ReceiverWatch:
    """The webhook's watch, made if it has none."""
    watch = session.get(ReceiverWatch, webhook.id)
    if watch is None:
        watch = ReceiverWatch(webhook_id=webhook.id, space_id=webhook.space_id, check_every_days=NEVER)
        session.add(watch)
        session.flush()
    return watch


def _ordered(session: Session, webhook: Webhook, asked_by: str) -> ReceiverCheck:
    check = ReceiverCheck(
        space_id=webhook.space_id, webhook_id=webhook.id, url=webhook.url, asked_by=asked_by, lines=[]
    )
    session.add(check)
    session.flush()
    note_asked(session, webhook, check) if asked_by else None
    return check
