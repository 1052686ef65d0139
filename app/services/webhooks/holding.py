"""What waits when a webhook is not on: hold it, send it later, skip it or cancel it (B4).

A webhook may have a million waiting rows, so each call takes one step (`app.ledger.moves`); the maintenance
goes on from there until nothing is left to move.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, literal_column, or_, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.ledger import moves
from app.ledger.moves import Moved
from app.models import Delivery, Lane, Webhook
from app.models.delivery import PENDING
from app.models.webhook import ON

# What waited comes on top of what happens now, to a receiver that has just come back.
HELD_PER_S = 10
# What is done with held events: a person has them sent or skipped, or the webhook goes on by itself.
SEND, SKIP, GO_ON = "send", "skip", "auto"


def hold_waiting(session: Session, webhook_id: str) -> Moved:
    """One step: waiting deliveries become held."""
    return moves.hold_pending(session, webhook_id)


def cancel_waiting(session: Session, webhook: Webhook) -> None:
    """Waiting and held deliveries of a webhook that is deleted are cancelled: a step of each now, the rest later."""
    moves.cancel_pending(session, webhook.id)
    webhook.lane.held_order = SKIP
    session.flush()
    carry_out(session, webhook.id)


def put_away(session: Session, webhook_id: str) -> Moved:
    """One step: hold what waits for a webhook that is off, or cancel it if the webhook is deleted.

    It may be on again by now.
    """
    webhook = session.get_one(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if webhook.state == ON:
        return Moved(0, False)
    move = moves.cancel_pending if webhook.deleted_at else moves.hold_pending
    return move(session, webhook_id)


def carry_out(session: Session, webhook_id: str) -> Moved:
    """One step of what was ordered for held events, oldest first.

    Sending goes at most `HELD_PER_S` a second: each is due a little later than the one before, and a step
    looks only a few seconds ahead, so that what is left can still be skipped or held again. A webhook that
    sends one at a time needs no other pace, and gets them all before anything newer.
    """
    lane = session.get_one(Lane, webhook_id, with_for_update=True, populate_existing=True)
    if lane.held_order is None:
        return Moved(0, False)
    if lane.held_order == SKIP:
        moved = moves.cancel_held(session, webhook_id)
    else:
        webhook = session.get_one(Webhook, webhook_id)
        per_s = None if webhook.one_by_one else held_rate(webhook)
        moved = moves.send_held(session, lane, per_s, by_hand=lane.held_order == SEND)
    if not moved.more:
        lane.held_order = None
    return moved


def with_orders() -> Sequence[str]:
    """Webhooks that are on, or deleted, for whose held events something was ordered that is not done yet."""
    may = or_(Webhook.state == ON, Webhook.deleted_at.is_not(None))
    return db.session.scalars(_unsettled().where(Lane.held_order.is_not(None), may)).all()


def being_sorted() -> Sequence[str]:
    """Webhooks whose waiting deliveries are being put into strict order."""
    return db.session.scalars(_unsettled().where(Lane.being_sorted)).all()


def stranded(after: str, most: int) -> Sequence[str]:
    """Webhooks that are not on and have deliveries that wait, behind that id, in the order of their ids."""
    query = select(Webhook.id).where(Webhook.state != ON, Webhook.id > after, _has_waiting())
    return db.session.scalars(query.order_by(Webhook.id).limit(most)).all()


def held_rate(webhook: Webhook) -> int:
    """How many held events are sent in a second at most: the webhook's own limit, if that is lower."""
    return min(HELD_PER_S, webhook.rate_per_s or HELD_PER_S)


def _unsettled() -> Select[str]:
    """By the words of `ix_lane_unsettled`."""
    return (
        select(Lane.webhook_id)
        .join(Webhook, Webhook.id == Lane.webhook_id)
        .where(or_(Lane.held_order.is_not(None), Lane.being_sorted))
    )


def _has_waiting() -> ColumnElement[bool]:
    """The status stands in the text, not in a parameter: only then its partial index serves."""
    waits = Delivery.status == literal_column(f"'{PENDING}'")
    return select(Delivery.id).where(Delivery.webhook_id == Webhook.id, waits).exists()
