"""Putting one delivery right: resend it (C4)."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import RESENT
from app.audit.differences import detail
from app.audit.subject import DELIVERY, Subject
from app.core.errors import Conflict, NotFound
from app.core.transaction import transaction
from app.ledger import moves
from app.ledger.lanes import lock_lane
from app.models import Delivery, Webhook
from app.models.delivery import PENDING, SENDING
from app.models.webhook import ON
from app.services.auditing import note


def resend(space_id: str, delivery_id: str, until_it_works: bool = False) -> Delivery:
    """Order one more try now, logged as manual, under the same `webhook-id`.

    A planned retry waits meanwhile: it is dropped if this attempt succeeds and kept if it fails. With
    `until_it_works` the try is repeated until the receiver takes it. One that was delivered stays delivered,
    whatever comes of it.
    Raises `NotFound`, or `Conflict` while an attempt is under way or the webhook is not on.
    """
    with transaction() as session:
        delivery, webhook = _both(session, space_id, delivery_id)
        _refuse_if_impossible(delivery, webhook)
        details = [
            detail("delivery.webhook_id", None, webhook.id),
            detail("delivery.status", delivery.status, PENDING),
            *([detail("delivery.until_it_works", None, True)] if until_it_works else []),
        ]
        note(session, space_id, RESENT, Subject(DELIVERY, delivery.id), details)
        moves.resend(session, webhook.id, [delivery_id], until_it_works=until_it_works, also_delivered=True)
        session.refresh(delivery)
    current_app.extensions["doorbell"].ring()
    return delivery


def _both(session: Session, space_id: str, delivery_id: str) -> tuple[Delivery, Webhook]:
    """The delivery and its webhook, read anew under the lane's lock: no worker claims it meanwhile."""
    webhook_id = session.scalar(
        select(Delivery.webhook_id).where(Delivery.id == delivery_id, Delivery.space_id == space_id)
    )
    if webhook_id is None:
        raise NotFound
    lock_lane(session, webhook_id)
    delivery = session.get_one(Delivery, delivery_id, populate_existing=True)
    return delivery, session.get_one(Webhook, webhook_id, populate_existing=True)


def _refuse_if_impossible(delivery: Delivery, webhook: Webhook) -> None:
    if webhook.deleted_at is not None:
        raise Conflict("webhook_deleted", _("This webhook was deleted, so nothing can be sent through it."))
    if webhook.state != ON:
        raise Conflict("webhook_not_on", _("This webhook is not on. Turn it on first, then resend."))
    if delivery.state == SENDING:
        raise Conflict("being_sent", _("This event is being sent right now."))
