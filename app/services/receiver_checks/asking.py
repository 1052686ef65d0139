"""Order a check, and say how often a receiver is to be checked by itself."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit.actions import CHECKED, CHECKS_PLANNED
from app.audit.differences import detail
from app.audit.subject import WEBHOOK, Subject
from app.core.acting import acting
from app.core.errors import Conflict, FieldError, Invalid
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import after_commit, transaction
from app.models import ReceiverCheck, ReceiverWatch, Webhook
from app.models.receiver_check import DONE, EVERY_DAYS, NEVER
from app.queries.spaces import in_use
from app.services.auditing import note
from app.services.webhooks.finding import find

AT_ONCE = 50


def ask(space_id: str, webhook_id: str) -> ReceiverCheck:
    """Order a check; the one that is not done yet, if there is one. It runs in a maintenance worker.

    Raises `NotFound`, or `Conflict` while the receiver has not confirmed that it wants messages.
    """
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.must_confirm:
            raise Conflict("unconfirmed", _("The receiver must confirm first that it wants events."))
        check = open_check(session, webhook_id)
        if check is None:
            check = _ordered(session, webhook, asked_by=acting().name)
            note(session, space_id, CHECKED, Subject(WEBHOOK, webhook_id))
        after_commit(session, current_app.extensions["doorbell"].ring_maintenance)
    return check


def open_check(session: Session, webhook_id: str) -> ReceiverCheck | None:
    """The webhook's check that is not done yet."""
    return session.scalar(
        select(ReceiverCheck).where(ReceiverCheck.webhook_id == webhook_id, ReceiverCheck.state != DONE)
    )


def anything_scheduled() -> bool:
    """A look without a lock: nearly always nothing is due."""
    return db.session.scalar(_due().limit(1)) is not None


def order_scheduled() -> int:
    """Order the checks that their schedules say are due; returns how many were due."""
    with transaction() as session:
        due = session.scalars(
            _due().order_by(ReceiverWatch.check_due_at).limit(AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        for watch in due:
            watch.check_due_at = utc_now() + timedelta(days=watch.check_every_days)
            webhook = session.get_one(Webhook, watch.webhook_id)
            if webhook.deleted_at is None and open_check(session, webhook.id) is None:
                _ordered(session, webhook, asked_by="").scheduled = True
    return len(due)


def set_schedule(space_id: str, webhook_id: str, every_days: int) -> None:
    """Check by itself every so many days; 0: never. Raises `Invalid` or `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if every_days not in EVERY_DAYS:
            raise Invalid([FieldError("every_days", _("Choose how often: never, daily or weekly."))])
        watch = watch_of(session, webhook)
        before = watch.check_every_days
        watch.check_every_days = every_days
        watch.check_due_at = None if every_days == NEVER else utc_now() + timedelta(days=every_days)
        if before != every_days:
            details = [detail("checks.every_days", before, every_days)]
            note(session, space_id, CHECKS_PLANNED, Subject(WEBHOOK, webhook_id), details)


def watch_of(session: Session, webhook: Webhook) -> ReceiverWatch:
    """The webhook's watch, made if it has none."""
    watch = session.get(ReceiverWatch, webhook.id)
    if watch is None:
        watch = ReceiverWatch(webhook_id=webhook.id, space_id=webhook.space_id, check_every_days=NEVER)
        session.add(watch)
        session.flush()
    return watch


def _due() -> Select[ReceiverWatch]:
    return select(ReceiverWatch).where(
        ReceiverWatch.check_due_at <= utc_now(), in_use(ReceiverWatch.space_id)
    )


def _ordered(session: Session, webhook: Webhook, asked_by: str) -> ReceiverCheck:
    check = ReceiverCheck(
        space_id=webhook.space_id, webhook_id=webhook.id, url=webhook.url, asked_by=asked_by[:254], lines=[]
    )
    session.add(check)
    session.flush()
    return check
