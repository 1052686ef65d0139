"""Hold what waits, or cancel it."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.ledger.moves.steps import Moved, StepSize
from app.models import Lane
from app.models.delivery import CANCELLED, HELD, PENDING, SUCCEEDED

_size = StepSize()

# The old status stands in the text, not in a parameter: only then the partial index of that status serves. The rows
# come in the order of that index, so that a step reads no more of them than it moves.
MOVE = """
update delivery set status = case when was_delivered then :delivered else :new end
where id in (
  select id from delivery where webhook_id = :webhook_id and status = '{old}'
    and not exists (select 1 from lease where lease.delivery_id = delivery.id)
  order by {index_order} limit :most
)
returning status
"""
_OUT_OF = {
    PENDING: MOVE.format(old=PENDING, index_order="due_at"),
    HELD: MOVE.format(old=HELD, index_order="id"),
}


def hold_pending(session: Session, webhook_id: str) -> Moved:
    """One step: waiting deliveries become held. What is in flight is left to its end."""
    lock_lane(session, webhook_id)
    # What was let go is held again, so what is let go next need not come after it.
    session.execute(update(Lane).where(Lane.webhook_id == webhook_id).values(held_until=None))
    moved, _ = _move(session, webhook_id, PENDING, HELD, delivered=HELD)
    if moved.rows:
        count(session, webhook_id, held=moved.rows)
    return moved


def cancel_pending(session: Session, webhook_id: str) -> Moved:
    """One step: waiting deliveries are cancelled."""
    return _cancel(session, webhook_id, PENDING)


def cancel_held(session: Session, webhook_id: str) -> Moved:
    """One step: held deliveries are cancelled, the oldest first."""
    return _cancel(session, webhook_id, HELD)


def _cancel(session: Session, webhook_id: str, old: str) -> Moved:
    lock_lane(session, webhook_id)
    moved, now = _move(session, webhook_id, old, CANCELLED, delivered=SUCCEEDED)
    if moved.rows:
        left = -moved.rows if old == HELD else 0
        count(session, webhook_id, held=left, cancelled=now[CANCELLED], delivered=now[SUCCEEDED])
    return moved


def _move(
    session: Session, webhook_id: str, old: str, new: str, delivered: str
) -> tuple[Moved, Counter[str]]:
    """`delivered`: what those become that were delivered once. Also returns how many became what."""
    with _size.measured() as step:
        values = {"new": new, "delivered": delivered, "webhook_id": webhook_id, "most": step.most}
        now = Counter(session.scalars(text(_OUT_OF[old]), values))
        return step.took(now.total()), now
