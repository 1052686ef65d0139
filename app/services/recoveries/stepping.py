"""One step of a recovery, in a transaction of its own: whatever dies in it, the next goes on from what is stored."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import from_ms, utc_now
from app.core.transaction import after_commit, transaction
from app.ledger.moves.recovering import Ordered, make_and_order, order_again
from app.ledger.moves.steps import StepSize
from app.models import Recovery, RecoveryItem, Webhook
from app.models.recovery import (
    FIRST_WINDOW,
    LARGEST_WINDOW,
    STOPPING,
    UNDER_WAY,
    WEBHOOK_DELETED,
    WEBHOOK_OFF,
)
from app.models.webhook import ON
from app.queries.recoveries.candidates import statuses_of
from app.queries.recoveries.scope import scope_of
from app.services.alerts import happenings
from app.services.recoveries.choosing import Chosen, choose
from app.services.recoveries.settling import AT_ONCE, count_open, settle, take_back_waiting

# Even a busy machine does so many (some 15 ms of a processor), or what a step costs besides its rows is most of it.
_size = StepSize(first=300, least=300, most=500)
# A window of which no look found a quarter answered for so long is halved: the receiver is slower than it was.
SHRINK_AFTER = timedelta(seconds=2)


def take_step(recovery_id: str) -> bool:
    """Count outcomes and order the next ones. True if another step would find more to do at once."""
    look = db.session()
    look.rollback()  # nothing of an earlier one
    recovery = look.get(Recovery, recovery_id, populate_existing=True)
    webhook = look.get(Webhook, recovery.webhook_id, populate_existing=True) if recovery else None
    if recovery is None or webhook is None or not recovery.is_under_way:
        return False
    chosen = choose(look, recovery, webhook, _size.rows)
    with transaction() as session, _size.measured() as step:
        locked = _lock(session, recovery_id)
        if locked is None:  # ended, or another worker is at it
            return False
        step.rows = _carry_on(session, locked, chosen)
        return bool(step.rows) and not chosen.full


def _lock(session: Session, recovery_id: str) -> Recovery | None:
    query = select(Recovery).where(Recovery.id == recovery_id, Recovery.state.in_(UNDER_WAY))
    return session.scalar(query.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _carry_on(session: Session, recovery: Recovery, chosen: Chosen) -> int:
    """Returns how many rows it took."""
    waited = count_open(session, recovery.id)
    settled = settle(session, recovery)
    _learn_window(recovery, waited, settled)
    waiting = waited - settled
    webhook = session.get_one(Webhook, recovery.webhook_id, populate_existing=True)
    if webhook.deleted_at is not None or webhook.state != ON:
        recovery.stop(WEBHOOK_DELETED if webhook.deleted_at is not None else WEBHOOK_OFF)
    moved = 0
    if recovery.state == STOPPING:
        moved = take_back_waiting(session, recovery)
        waiting -= moved
    elif chosen.place == recovery.place and chosen.webhook_version == webhook.version:
        moved = len(chosen.candidates)
        waiting += _order(session, recovery, webhook, chosen)
        _advance(recovery, chosen, waiting)
    if (recovery.all_ordered or recovery.state == STOPPING) and not waiting:
        recovery.end()
        _tell(session, recovery, webhook)
    return settled + moved


def _tell(session: Session, recovery: Recovery, webhook: Webhook) -> None:
    """People and programs hear that it came to its end, or was stopped."""
    happenings.recovery_finished(
        session,
        webhook,
        recovery_id=recovery.id,
        state=recovery.state,
        total=recovery.total,
        done=recovery.done,
        succeeded=recovery.succeeded,
        failed=recovery.failed,
        skipped=recovery.skipped,
        finished_at=recovery.finished_at or utc_now(),
    )


def _order(session: Session, recovery: Recovery, webhook: Webhook, chosen: Chosen) -> int:
    """Returns how many were ordered; the other candidates are skipped."""
    going = [one for one in chosen.candidates if one.id not in chosen.unwanted]
    ordered: list[Ordered] = []
    if going and chosen.slots is not None:
        scope = scope_of(recovery)
        statuses = statuses_of(scope) if scope.is_of_a_time else None
        again = [one.id for one in going if not one.is_event]
        events = [one.id for one in going if one.is_event]
        if again:
            ordered += order_again(session, webhook, again, chosen.slots, statuses)
        if events:
            ordered += make_and_order(session, webhook, events, chosen.slots)
        after_commit(session, current_app.extensions["doorbell"].ring)
    _note_ordered(session, recovery, ordered)
    recovery.skipped += len(chosen.candidates) - len(ordered)
    if recovery.rate_per_s and chosen.slots and ordered:
        recovery.paced_until = from_ms(chosen.slots.start_ms + chosen.slots.gap_us * len(ordered) // 1000)
    return len(ordered)


def _note_ordered(session: Session, recovery: Recovery, ordered: list[Ordered]) -> None:
    """Plain rows: objects for each took a third of a step."""
    if ordered:
        rows = [
            {
                "recovery_id": recovery.id,
                "delivery_id": one.id,
                "was": one.was,
                "attempts_before": one.attempts,
                "failed": False,
            }
            for one in ordered
        ]
        session.execute(insert(RecoveryItem.__table__), rows)  # type: ignore[arg-type]


def _advance(recovery: Recovery, chosen: Chosen, waiting: int) -> None:
    if chosen.candidates:
        recovery.place = chosen.candidates[-1].place
    enough = recovery.most is not None and recovery.sent + waiting >= recovery.most
    recovery.all_ordered = recovery.all_ordered or chosen.last or enough
    recovery.total = max(recovery.total, recovery.done + waiting)


def _learn_window(recovery: Recovery, waited: int, settled: int) -> None:
    """As many may wait as the receiver takes within about a second."""
    now = utc_now()
    if recovery.looked_at is None:
        recovery.looked_at = now
    if settled and settled * 4 >= min(waited, 4 * AT_ONCE):  # a look counts no more than AT_ONCE of them
        recovery.window_size = max(recovery.window_size, min(LARGEST_WINDOW, waited * 2))
        recovery.looked_at = now
    elif waited and now - recovery.looked_at > SHRINK_AFTER:
        recovery.window_size = max(FIRST_WINDOW, recovery.window_size // 2)
        recovery.looked_at = now
