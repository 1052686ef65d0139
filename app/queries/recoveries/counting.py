"""How many events a recovery would send, before it starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Delivery, Webhook
from app.models.delivery import SUCCEEDED
from app.models.recovery import is_incident
from app.queries.recoveries.candidates import (
    DELIVERY,
    between,
    never_sent,
    of_status,
    statuses_of,
)
from app.queries.recoveries.failures import delivered_of, failures_of
from app.queries.recoveries.scope import Scope

# Counted exactly up to this; beyond, the page says "more than".
COUNTED_UP_TO = 250_000
# How far the look for what was delivered since goes: deliveries of the webhook, the newest of the time.
LOOKED_AT = 50_000
_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """How many are to be sent, and how many of the scope were delivered since.

    never_sent: how many of those to be sent have no delivery yet; conditions of the webhook may leave some out
    (`may_be_fewer`). at_least: there may be more that were delivered since; more: there are more to be sent.
    """

    to_send: int
    delivered: int
    never_sent: int = 0
    may_be_fewer: bool = False
    at_least: bool = False
    more: bool = False

    @property
    def total(self) -> int:
        """All of them, those that are skipped included."""
        return self.to_send + self.delivered


def count_scope(session: Session, scope: Scope, webhook: Webhook) -> Counted:
    """Count what a recovery of this scope would send now."""
    if scope.delivery_ids is not None:
        return _of_statuses(_statuses(session, scope.webhook_id, scope.delivery_ids))
    if scope.failed_of is not None:
        return _of_failures(session, scope, scope.failed_of)
    found = sum(_count(session, of_status(scope, status)) for status in statuses_of(scope))
    unsent = 0
    if scope.wants_never_sent:
        unsent = sum(_count(session, query) for query in never_sent(scope, webhook.events))
    delivered, at_least = _delivered_since(session, scope) if statuses_of(scope) else (0, False)
    return Counted(
        to_send=found + unsent,
        delivered=delivered,
        never_sent=unsent,
        may_be_fewer=bool(unsent and (webhook.conditions or webhook.projects)),
        at_least=at_least,
        more=found > COUNTED_UP_TO or unsent > COUNTED_UP_TO,
    )


def _of_failures(session: Session, scope: Scope, failed_of: str) -> Counted:
    """Of an incident also what was delivered since; of a recovery that was counted when it was sent."""
    walks = failures_of(session, scope, between(Delivery.id, DELIVERY, scope))
    left = [_count(session, walk.query) for walk in walks]
    delivered, at_least = (
        delivered_of(session, failed_of, LOOKED_AT) if is_incident(failed_of) else (0, False)
    )
    more = any(one > COUNTED_UP_TO for one in left)
    return Counted(sum(left), delivered, at_least=at_least, more=more)


def _of_statuses(statuses: Iterable[str]) -> Counted:
    """What waits already is going to be sent anyway; whether it goes ahead of its time is seen in its turn."""
    by_status = Counter(statuses)
    return Counted(by_status.total() - by_status[SUCCEEDED], by_status[SUCCEEDED])


def _statuses(session: Session, webhook_id: str, ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(ids), _IDS_AT_ONCE):
        part = Delivery.id.in_(ids[start : start + _IDS_AT_ONCE])
        found += session.scalars(select(Delivery.status).where(part, Delivery.webhook_id == webhook_id))
    return found


def _count(session: Session, query: object) -> int:
    some = query.limit(COUNTED_UP_TO + 1).subquery()  # type: ignore[attr-defined]
    return session.scalar(select(func.count()).select_from(some)) or 0


def _delivered_since(session: Session, scope: Scope) -> tuple[int, bool]:
    """Delivered at a later try: those failed first. Also whether older ones were not looked at."""
    query = select(Delivery.status, Delivery.attempts_count, Delivery.event_type).where(
        Delivery.webhook_id == scope.webhook_id, *between(Delivery.id, DELIVERY, scope)
    )
    some = query.order_by(Delivery.id.desc()).limit(LOOKED_AT).subquery()
    fits = [some.c.status == SUCCEEDED, some.c.attempts_count > 1]
    if scope.event_type:
        fits.append(some.c.event_type == scope.event_type)
    delivered = func.count().filter(*fits)
    looked_at, found = session.execute(select(func.count(), delivered).select_from(some)).one()
    return found, looked_at == LOOKED_AT
