"""Put what waits for a webhook into strict order, the oldest first, in steps.

Which rows go in order is a mark of each row (`in_order`), so that the first of a long lane is found by an index.
While they are being marked (`lane.being_sorted`) nothing is claimed from the lane, or something newer, marked from its
beginning, would overtake.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, select, text, tuple_, update
from sqlalchemy.orm import Session

from app.core.times import ms_of
from app.ledger.lanes import lock_lane
from app.ledger.moves.steps import StepSize
from app.models import Delivery, Lane
from app.models.delivery import HELD, PENDING

_size = StepSize()


class LanePlace(NamedTuple):
    """How far a walk over a lane's waiting rows has come: the last that was looked at. `due_at` in ms."""

    status: str = PENDING
    due_at: int = 0
    id: str = ""


def begin_to_sort(session: Session, webhook_id: str) -> None:
    """What waits goes in strict order from now on. A short lane is done with this; the rest follows in steps."""
    lock_lane(session, webhook_id)
    _set_being_sorted(session, webhook_id, True)
    place: LanePlace | None = LanePlace()
    for _status in (PENDING, HELD):
        place = place and sort_waiting(session, webhook_id, place)


def sort_waiting(session: Session, webhook_id: str, place: LanePlace) -> LanePlace | None:
    """One step from there on; returns how far it came, or None if everything is in order.

    A step looks at a bounded number of rows, whether they are in order already or not: walking the same lane
    twice, or by two workers, does no harm.
    """
    lock_lane(session, webhook_id)
    with _size.measured() as step:
        rows = _next_rows(session, webhook_id, place, step.most)
        unsorted = [row.id for row in rows if not row.in_order]
        if unsorted:
            session.execute(
                update(Delivery)
                .where(Delivery.id.in_(unsorted))
                .values(in_order=True)
                .execution_options(synchronize_session=False)
            )
        more = step.took(len(rows)).more
    if more:
        return LanePlace(place.status, ms_of(rows[-1].due_at), rows[-1].id)
    if place.status == PENDING:
        return LanePlace(HELD)
    _set_being_sorted(session, webhook_id, False)
    return None


def _next_rows(
    session: Session, webhook_id: str, place: LanePlace, most: int
) -> Sequence[Row[str, datetime, bool]]:
    """In the order of the index of that status, whose name stands in the text: only then it serves."""
    columns = select(Delivery.id, Delivery.due_at, Delivery.in_order).where(Delivery.webhook_id == webhook_id)
    if place.status == HELD:
        query = columns.where(text("delivery.status = 'held'"), Delivery.id > place.id).order_by(Delivery.id)
    else:
        query = columns.where(
            text("delivery.status = 'pending'"),
            Delivery.due_at >= place.due_at,
            tuple_(Delivery.due_at, Delivery.id) > tuple_(place.due_at, place.id),
        ).order_by(Delivery.due_at, Delivery.id)
    return session.execute(query.limit(most)).all()


def _set_being_sorted(session: Session, webhook_id: str, being_sorted: bool) -> None:
    session.execute(
        update(Lane)
        .where(Lane.webhook_id == webhook_id)
        .values(being_sorted=being_sorted)
        .execution_options(synchronize_session="evaluate")
    )
