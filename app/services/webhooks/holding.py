"""What waits when a webhook is not on: hold it, send it later, skip it or cancel it (B4).

A webhook may have a million waiting rows, so each call moves at most `STEP` of them in a short
transaction; `settle` goes on from there at every sweep until nothing is left to move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, text, update
from sqlalchemy.orm import Session

from app.models import Delivery, Lane, Webhook
from app.models.base import now_ms
from app.models.delivery import CANCELLED, HELD, PENDING
from app.models.webhook import ON
from app.services.tally import count
from app.services.transaction import transaction

Step = Callable[[Session, str], int]

STEP = 1000
SEND, SKIP = "send", "skip"

# The old status stands in the text, not in a parameter: only then the partial index of that status serves.
MOVE = """
update delivery set status = :new, due_at = case when :due then :now else due_at end
where id in (
  select id from delivery where webhook_id = :webhook_id and status = '{old}'
    and not exists (select 1 from lease where lease.delivery_id = delivery.id)
  order by id limit :step
)
"""


def hold_waiting(session: Session, webhook_id: str) -> int:
    """Waiting deliveries become held. Returns how many (at most `STEP`)."""
    return _move(session, webhook_id, PENDING, HELD, held=1)


def cancel_waiting(session: Session, webhook_id: str) -> int:
    """Waiting and held deliveries are cancelled. Returns how many (at most twice `STEP`)."""
    waiting = _move(session, webhook_id, PENDING, CANCELLED, cancelled=1)
    return waiting + _move(session, webhook_id, HELD, CANCELLED, held=-1, cancelled=1)


def send_held(session: Session, webhook_id: str) -> int:
    """Held deliveries are due now, oldest first. Returns how many (at most `STEP`)."""
    return _move(session, webhook_id, HELD, PENDING, held=-1)


def skip_held(session: Session, webhook_id: str) -> int:
    """Held deliveries are cancelled. Returns how many (at most `STEP`)."""
    return _move(session, webhook_id, HELD, CANCELLED, held=-1, cancelled=1)


def settle() -> bool:
    """One step for every webhook whose waiting rows are not where they belong. True if anything moved."""
    moved = 0
    for webhook_id, step in _unsettled():
        with transaction() as session:
            done = step(session, webhook_id)
            if done < STEP and step in (send_held, skip_held):
                session.execute(update(Lane).where(Lane.webhook_id == webhook_id).values(held_order=None))
            moved += done
    return moved > 0


def _unsettled() -> list[tuple[str, Step]]:
    """(webhook, what to do) for webhooks that are off with rows waiting, or on with an order to carry out."""
    with transaction() as session:
        ordered = session.execute(
            select(Lane.webhook_id, Lane.held_order)
            .join(Webhook, Webhook.id == Lane.webhook_id)
            .where(Lane.held_order.is_not(None), Webhook.state == ON)
        ).all()
        stranded = session.execute(
            select(Webhook.id, Webhook.deleted_at).where(Webhook.state != ON, _has_waiting())
        ).all()
    steps: list[tuple[str, Step]] = [(row[0], send_held if row[1] == SEND else skip_held) for row in ordered]
    steps += [(row[0], cancel_waiting if row[1] else hold_waiting) for row in stranded]
    return steps


def _has_waiting() -> ColumnElement[bool]:
    return select(Delivery.id).where(Delivery.webhook_id == Webhook.id, Delivery.status == PENDING).exists()


def _move(session: Session, webhook_id: str, old: str, new: str, **per_row: int) -> int:
    """Move up to `STEP` of the oldest deliveries from one status to another, and count them.

    The lane is locked first, so no worker claims meanwhile; what is in flight already is left to its end.
    """
    session.execute(select(Lane.webhook_id).where(Lane.webhook_id == webhook_id).with_for_update())
    result = session.execute(
        text(MOVE.format(old=old)),
        {"new": new, "webhook_id": webhook_id, "due": new == PENDING, "now": now_ms(), "step": STEP},
    )
    moved = cast("CursorResult[Any]", result).rowcount
    if moved:
        count(session, webhook_id, **{name: n * moved for name, n in per_row.items()})
    return moved
