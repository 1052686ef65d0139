"""What failed in an earlier recovery or in an incident, as statements that a walk goes along by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core.ids import first_id
from app.core.times import from_ms
from app.models import Attempt, Delivery, Incident, RecoveryItem
from app.models.attempt import FAILED_OF_A_DELIVERY
from app.models.delivery import FAILED, HELD, PENDING, SUCCEEDED
from app.models.recovery import is_incident
from app.queries.deliveries.statuses import along
from app.queries.recoveries.scope import Scope

# What may become of an event that failed, short of being delivered; what a person skipped stays skipped.
_LEFT = (FAILED, HELD, PENDING)


class Walk(NamedTuple):
    """Ids of deliveries, and the column that they are ordered and limited by."""

    query: Select[str]
    by: Any


@dataclass(frozen=True, slots=True)
class _Tries:
    """The failed tries of an incident, as far as they are counted."""

    incident: Incident

    def conditions(self) -> list[ColumnElement[bool]]:
        first = self.incident.first_attempt_id or first_id("att", self.incident.opened_at)
        found = [Attempt.id >= first]
        return found + ([Attempt.id <= self.incident.counted_to] if self.incident.counted_to else [])

    def of_webhook(self, *columns: Any) -> Select[Any]:
        """All of them, along the index of failed tries."""
        webhook = Attempt.webhook_id == self.incident.webhook_id
        return select(*columns).where(webhook, FAILED_OF_A_DELIVERY, *self.conditions())

    def of_delivery(self) -> ColumnElement[bool]:
        """True for a delivery that has one."""
        failed = select(Attempt.id).where(Attempt.delivery_id == Delivery.id, Attempt.outcome == "failed")
        return failed.where(*self.conditions()).correlate(Delivery).exists()


def scope_of_incident(session: Session, incident: Incident) -> Scope:
    """All events that had a failed try in it. Its time is theirs: they may be older than the incident."""
    tries = _Tries(incident)
    oldest, newest = session.execute(
        tries.of_webhook(func.min(Attempt.delivery_id), func.max(Attempt.delivery_id))
    ).one()
    return Scope(
        incident.space_id,
        incident.webhook_id,
        since=from_ms(_ms(oldest)) if oldest else incident.opened_at,
        until=from_ms(_ms(newest) + 1) if newest else incident.closed_at,
        failed_of=incident.id,
    )


def failures_of(session: Session, scope: Scope, between: Iterable[ColumnElement[bool]]) -> list[Walk]:
    """What failed there and the receiver has not taken since. between: the scope's time, for deliveries."""
    if scope.failed_of is None:
        return []
    if not is_incident(scope.failed_of):
        return [Walk(_items(scope.failed_of), RecoveryItem.delivery_id)]
    incident = session.get(Incident, scope.failed_of)
    if incident is None:  # its time to be kept has passed
        return []
    failed = _Tries(incident).of_delivery()
    mine = select(Delivery.id).where(Delivery.webhook_id == scope.webhook_id, *between, failed)
    return [Walk(along(mine, status, "webhook"), Delivery.id) for status in _LEFT]


def delivered_of(session: Session, incident_id: str, at_most: int) -> tuple[int, bool]:
    """How many events of an incident were delivered since, and whether older tries were not looked at."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        return 0, False
    tries = _Tries(incident).of_webhook(Attempt.delivery_id).order_by(Attempt.id.desc()).limit(at_most)
    some = tries.subquery()
    delivered = select(func.count(some.c.delivery_id.distinct())).join(
        Delivery, Delivery.id == some.c.delivery_id
    )
    looked_at = session.scalar(select(func.count()).select_from(some)) or 0
    return session.scalar(delivered.where(Delivery.status == SUCCEEDED)) or 0, looked_at == at_most


def _items(recovery_id: str) -> Select[str]:
    return (
        select(RecoveryItem.delivery_id)
        .join(Delivery, Delivery.id == RecoveryItem.delivery_id)
        .where(RecoveryItem.recovery_id == recovery_id, RecoveryItem.failed, Delivery.status != SUCCEEDED)
    )


def _ms(delivery_id: str) -> int:
    return int(delivery_id[4:16], 16)
