"""What a scope holds, as statements along one index each: deliveries that failed or were held, events never sent.

Deliveries and events are named by their time, so what follows the two letters and the line of an id is one order for
both: `place` is such a part, and a walk goes from there on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.core.ids import first_id
from app.models import Delivery, Event, Webhook
from app.models.recovery import FAILED, HELD
from app.queries.deliveries.statuses import along
from app.queries.recoveries.failures import failures_of
from app.queries.recoveries.scope import Scope

DELIVERY, EVENT = "dlv", "evt"


class Candidate(NamedTuple):
    """A delivery to send again, or an event to make a delivery of."""

    id: str

    @property
    def is_event(self) -> bool:
        """True if there is no delivery yet."""
        return self.id.startswith(EVENT)

    @property
    def place(self) -> str:
        """The part that tells its time."""
        return self.id[4:]


def next_candidates(
    session: Session, scope: Scope, webhook: Webhook, place: str, most: int
) -> list[Candidate]:
    """The next `most` of the scope behind that place, the oldest first. What they are now may have changed."""
    found: list[str] = []
    for query in _statements(session, scope, webhook, place):
        found += session.scalars(query.limit(most))
    if scope.delivery_ids is not None:
        found += [one for one in scope.delivery_ids if one > f"{DELIVERY}_{place}"]
    return [Candidate(one) for one in sorted(found, key=lambda one: one[4:])[:most]]


def _statements(session: Session, scope: Scope, webhook: Webhook, place: str) -> Iterable[Select[str]]:
    for walk in failures_of(session, scope, between(Delivery.id, DELIVERY, scope)):
        yield walk.query.where(walk.by > f"{DELIVERY}_{place}").order_by(walk.by)
    if not scope.is_of_a_time:
        return
    for status in statuses_of(scope):
        yield of_status(scope, status).where(Delivery.id > f"{DELIVERY}_{place}").order_by(Delivery.id)
    if scope.wants_never_sent:
        for query in never_sent(scope, webhook.events):
            yield query.where(Event.id > f"{EVENT}_{place}").order_by(Event.id)


def statuses_of(scope: Scope) -> Sequence[str]:
    """The statuses that deliveries of a scope of a time may have."""
    return [status for status in (FAILED, HELD) if status in scope.which]


def of_status(scope: Scope, status: str) -> Select[str]:
    """Ids of the deliveries with this status, along the index that has only those."""
    query = along(select(Delivery.id).where(Delivery.webhook_id == scope.webhook_id), status, "webhook")
    query = query.where(*between(Delivery.id, DELIVERY, scope))
    if scope.event_type:
        query = query.where(Delivery.event_type == scope.event_type)
    if scope.reason:
        query = query.where(Delivery.last_reason == scope.reason)
    return query


def never_sent(scope: Scope, events: Sequence[str]) -> list[Select[str]]:
    """Per event type of these: ids of events that this webhook has no delivery of. Conditions are not judged here."""
    wanted = [key for key in events if scope.event_type in (None, key)]
    has_one = select(Delivery.id).where(
        Delivery.event_id == Event.id, Delivery.webhook_id == scope.webhook_id
    )
    if scope.since is not None:  # no delivery is older than its event
        has_one = has_one.where(Delivery.id >= first_id(DELIVERY, scope.since))
    return [
        select(Event.id).where(
            Event.space_id == scope.space_id,
            Event.type == key,
            *between(Event.id, EVENT, scope),
            ~has_one.correlate(Event).exists(),
        )
        for key in wanted
    ]


def between(column: Any, prefix: str, scope: Scope) -> list[ColumnElement[bool]]:
    """The scope's time as a range of ids."""
    conditions: list[ColumnElement[bool]] = []
    if scope.since is not None:
        conditions.append(column >= first_id(prefix, scope.since))
    if scope.until is not None:
        conditions.append(column < first_id(prefix, scope.until))
    return conditions
