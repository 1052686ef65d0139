"""Order one more attempt now for deliveries of a webhook: one of them, or as many as a step takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, case, or_, select, update
from sqlalchemy.orm import Session

from app.core.times import utc_now
from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.models import Delivery
from app.models.delivery import CANCELLED, FAILED, HELD, PENDING, SUCCEEDED

# So many ids go into one statement, and into the time budget of one transaction.
MOST_AT_ONCE = 500
# The count that a delivery leaves when it is sent again.
_COUNTED_AS = {FAILED: "failed", SUCCEEDED: "delivered", CANCELLED: "cancelled", HELD: "held"}


class Resent(NamedTuple):
    """How many were ordered again, and how many were left as they are and why.

    in_flight: an attempt is under way. delivered: the receiver has it. missing: no such delivery of this webhook.
    """

    resent: int
    in_flight: int
    delivered: int
    missing: int


def resend(
    session: Session,
    webhook_id: str,
    delivery_ids: Sequence[str],
    *,
    until_it_works: bool = False,
    also_delivered: bool = False,
) -> Resent:
    """Order an attempt now, logged as manual, under the same `webhook-id`; at most `MOST_AT_ONCE` ids a call.

    A planned retry waits meanwhile: it is dropped if this attempt succeeds and kept if it fails. One that was
    delivered is left alone unless `also_delivered`, and then stays delivered whatever comes of it. Whether the
    webhook is on is the caller's to check, under this transaction.
    """
    if len(delivery_ids) > MOST_AT_ONCE:
        raise ValueError(f"At most {MOST_AT_ONCE} deliveries in one step.")
    lock_lane(session, webhook_id)
    rows = _read(session, webhook_id, delivery_ids)
    free = [row for row in rows if not row.in_flight]
    going = [row for row in free if also_delivered or not _is_delivered(row)]
    _order(session, [row.id for row in going], until_it_works)
    for status, n in Counter(row.status for row in going).items():
        if name := _COUNTED_AS.get(status):
            count(session, webhook_id, **{name: -n})
    return Resent(
        resent=len(going),
        in_flight=len(rows) - len(free),
        delivered=len(free) - len(going),
        missing=len(set(delivery_ids)) - len(rows),
    )


def _read(session: Session, webhook_id: str, ids: Sequence[str]) -> Sequence[Row[str, str, bool, bool]]:
    return session.execute(
        select(Delivery.id, Delivery.status, Delivery.was_delivered, Delivery.in_flight).where(
            Delivery.id.in_(ids), Delivery.webhook_id == webhook_id
        )
    ).all()


def _is_delivered(row: Row[str, str, bool, bool]) -> bool:
    return row.status == SUCCEEDED or bool(row.was_delivered)


def _order(session: Session, ids: Sequence[str], until_it_works: bool) -> None:
    now = utc_now()
    planned = (Delivery.status == PENDING) & (Delivery.due_at > now)
    repeated: dict[str, Any] = {"until_it_works": True, "failed_attempts": 0} if until_it_works else {}
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(
            resume_at=case((planned, Delivery.due_at), else_=None),
            was_delivered=or_(Delivery.was_delivered, Delivery.status == SUCCEEDED),
            status=PENDING,
            due_at=now,
            manual=True,
            lost_attempts=0,
            **repeated,
        )
        .execution_options(synchronize_session=False)
    )
