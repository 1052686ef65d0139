"""Remove deliveries with their attempts, as retention does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.ledger.counters import count
from app.models import Attempt, Delivery
from app.models.delivery import HELD, PENDING


def remove_deliveries(session: Session, ids: Sequence[str]) -> int:
    """Remove those of these deliveries that wait for no try; returns how many.

    Nothing of theirs is in flight, so their lanes need no lock. What was held, and is never sent now, counts as
    cancelled.
    """
    rows = session.execute(
        select(Delivery.id, Delivery.webhook_id, Delivery.status)
        .where(Delivery.id.in_(ids), Delivery.status != PENDING)
        .with_for_update(skip_locked=True)
    ).all()
    going = [row.id for row in rows]
    session.execute(delete(Attempt).where(Attempt.delivery_id.in_(going)))
    session.execute(delete(Delivery).where(Delivery.id.in_(going)))
    for webhook_id, held in Counter(row.webhook_id for row in rows if row.status == HELD).items():
        count(session, webhook_id, held=-held, cancelled=held)
    return len(going)
