"""Let held deliveries go: the oldest first, each at a moment of its own."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from app.core.times import from_ms, ms_of, now_ms
from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.ledger.moves.steps import Moved, StepSize
from app.models import Lane

_size = StepSize()

# How far ahead deliveries are let go. What is left can still be skipped or held again; a step that is late by less
# leaves no gap.
AHEAD_MS = 6000

# Each a gap after the one before it; without a gap as old as they are, so that nothing newer goes ahead. What had
# failed before, and whose next attempt is planned for later, is tried now only if a person says so: it is theirs,
# and the planned one stays planned (as with `resending.resend`).
SEND = """
update delivery set status = 'pending',
  due_at = case when place.early and not :by_hand then due_at else place.slot end,
  resume_at = case when place.early and :by_hand then due_at else resume_at end,
  manual = case when place.early and :by_hand then true else manual end
from (
  select id, slot, failed_attempts > 0 and due_at > slot and due_at > :start as early
  from (
    select id, failed_attempts, due_at,
      case when :gap = 0 then created_at else :start + :gap * (row_number() over (order by id) - 1) end as slot
    from delivery where webhook_id = :webhook_id and status = 'held' order by id limit :most
  ) waited
) place
where delivery.id = place.id
"""


def send_held(session: Session, lane: Lane, per_s: int | None, by_hand: bool) -> Moved:
    """One step: held deliveries become due, `per_s` a second; None: one after the other, as they are answered.

    `lane.held_until` says from when on, and is moved to the last of them: the ledgers look at that moment for
    what is due (`opening.Ledger.rate_limited_until`).
    """
    lock_lane(session, lane.webhook_id)
    now = now_ms()
    start = max(now, ms_of(lane.held_until) or 0)
    gap = 1000 // per_s if per_s else 0
    capacity = (now + AHEAD_MS - start) // gap if gap else None
    if capacity is not None and capacity <= 0:
        return Moved(0, True)
    with _size.measured() as step:
        most = step.most if capacity is None else min(step.most, capacity)
        values = {"webhook_id": lane.webhook_id, "start": start, "gap": gap, "most": most, "by_hand": by_hand}
        sent = cast("CursorResult[Any]", session.execute(text(SEND), values)).rowcount
        step.took(sent)
    if sent:
        count(session, lane.webhook_id, held=-sent)
        lane.held_until = from_ms(start + gap * sent) if gap else None
    return Moved(sent, sent == most)
