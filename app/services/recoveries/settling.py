"""What became of the deliveries that a recovery ordered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from app.ledger.moves.recovering import take_back
from app.models import Delivery, Recovery, RecoveryItem
from app.models.attempt import UNKNOWN_OUTCOME
from app.models.delivery import PENDING
from app.models.recovery import BY_FAILURES, MOST_FAILURES_IN_A_ROW

# So many outcomes in one step, so that it keeps to its time.
AT_ONCE = 1000
# The very words of the partial index: only then it serves.
_IS_OPEN = text("not recovery_item.failed")


def count_open(session: Session, recovery_id: str) -> int:
    """How many were ordered and have no outcome yet."""
    mine = select(func.count()).select_from(RecoveryItem).where(RecoveryItem.recovery_id == recovery_id)
    return session.scalar(mine.where(_IS_OPEN)) or 0


def settle(session: Session, recovery: Recovery) -> int:
    """Count outcomes in the order in which they came, and stop after too many failures in a row. Returns how many."""
    rows = _with_outcome(session, recovery.id)
    failed: list[str] = []
    for row in rows:
        if row.there is None or row.attempts_count <= row.attempts_before:
            recovery.skipped += 1  # removed, held or skipped by somebody before it was tried
        elif row.last_reason is None:
            recovery.succeeded += 1
            recovery.failures_in_a_row = 0
        else:
            failed.append(row.delivery_id)
            recovery.failed += 1
            recovery.failures_in_a_row += 1
        if recovery.failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
            recovery.stop(BY_FAILURES)
    kept = set(failed)
    _keep(session, recovery.id, failed, [row.delivery_id for row in rows if row.delivery_id not in kept])
    return len(rows)


def take_back_waiting(session: Session, recovery: Recovery) -> int:
    """What waits to be sent goes back to what it was; returns how many."""
    rows = session.execute(
        select(RecoveryItem.delivery_id, RecoveryItem.was)
        .join(Delivery, Delivery.id == RecoveryItem.delivery_id)
        .where(
            RecoveryItem.recovery_id == recovery.id,
            _IS_OPEN,
            Delivery.status == PENDING,
            Delivery.attempts_count == RecoveryItem.attempts_before,
            ~Delivery.in_flight,
        )
        .limit(AT_ONCE)
    ).all()
    if not rows:
        return 0
    taken = take_back(session, recovery.webhook_id, [(row.delivery_id, row.was) for row in rows])
    _keep(session, recovery.id, [], taken)
    return len(taken)


def _with_outcome(session: Session, recovery_id: str) -> Sequence[Any]:
    """A try whose outcome nobody knows is repeated at once, so it is none yet."""
    is_repeated = and_(Delivery.status == PENDING, Delivery.last_reason == UNKNOWN_OUTCOME)
    was_tried = and_(Delivery.attempts_count > RecoveryItem.attempts_before, ~is_repeated)
    columns = (Delivery.id.label("there"), Delivery.attempts_count, Delivery.last_reason)
    return session.execute(
        select(RecoveryItem.delivery_id, RecoveryItem.attempts_before, *columns)
        .join(Delivery, Delivery.id == RecoveryItem.delivery_id, isouter=True)
        .where(
            RecoveryItem.recovery_id == recovery_id,
            _IS_OPEN,
            or_(Delivery.id.is_(None), Delivery.status != PENDING, was_tried),
        )
        .order_by(Delivery.last_attempt_at, RecoveryItem.delivery_id)
        .limit(AT_ONCE)
    ).all()


def _keep(session: Session, recovery_id: str, failed: Sequence[str], gone: Sequence[str]) -> None:
    mine = RecoveryItem.recovery_id == recovery_id
    if failed:
        session.execute(
            update(RecoveryItem)
            .where(mine, RecoveryItem.delivery_id.in_(failed))
            .values(failed=True)
            .execution_options(synchronize_session=False)
        )
    if gone:
        session.execute(
            delete(RecoveryItem)
            .where(mine, RecoveryItem.delivery_id.in_(gone))
            .execution_options(synchronize_session=False)
        )
