"""Two tries of one webhook: chosen ones, or the last success before a failure and that failure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import Attempt, Delivery, Incident
from app.models.attempt import FAILED_OF_A_DELIVERY
from app.models.delivery import SUCCEEDED
from app.queries.deliveries.sent import fill_in_sent

# How many deliveries, and tries of them, are looked at for the last success before a failure.
LOOKED_AT, TRIES_LOOKED_AT = 1000, 50
# How many tries a person may choose from.
CHOICES = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tries, the older kind on the left: usually what worked, and what did not. Either may be unknown."""

    left: Attempt | None
    right: Attempt | None


def chosen_pair(space_id: str, webhook_id: str, left_id: str, right_id: str) -> Pair:
    """The tries with these ids. Raises `NotFound` for one that is not this webhook's."""
    found = {attempt.id: attempt for attempt in _whole(space_id, {left_id, right_id})}
    if {left_id, right_id} != found.keys() or any(one.webhook_id != webhook_id for one in found.values()):
        raise NotFound
    return Pair(found[left_id], found[right_id])


def with_success_before(space_id: str, webhook_id: str, right_id: str) -> Pair:
    """The try with this id and the last success before it. Raises `NotFound`."""
    pair = _beside_success(space_id, Attempt.id == right_id)
    if pair.right is None or pair.right.webhook_id != webhook_id:
        raise NotFound
    return pair


def success_and_failure(space_id: str, webhook_id: str, incident: Incident | None) -> Pair:
    """The first failure of an incident, or the newest failure of all, and the last success before it."""
    if incident is not None:
        return _beside_success(space_id, Attempt.id == incident.first_attempt_id)
    return _beside_success(space_id, (Attempt.webhook_id == webhook_id) & FAILED_OF_A_DELIVERY)


def success_before(webhook_id: str, delivery_id: str | None, started_at: datetime) -> str | None:
    """The id of the last try that was accepted before then, of the `LOOKED_AT` deliveries before this one."""
    before = (
        select(Delivery.id, Delivery.status)
        .where(Delivery.webhook_id == webhook_id, Delivery.id < (delivery_id or "~"))
        .order_by(Delivery.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    delivered = (
        select(before.c.id)
        .where(before.c.status == SUCCEEDED)
        .order_by(before.c.id.desc())
        .limit(TRIES_LOOKED_AT)
    )
    query = select(Attempt.id).where(
        Attempt.delivery_id.in_(delivered), Attempt.outcome == SUCCEEDED, Attempt.started_at <= started_at
    )
    return _session().scalar(query.order_by(Attempt.started_at.desc(), Attempt.id.desc()).limit(1))


def choices(webhook_id: str) -> Sequence[Attempt]:
    """Tries to choose from: of the newest deliveries, newest first, without bodies."""
    newest = (
        select(Delivery.id)
        .where(Delivery.webhook_id == webhook_id)
        .order_by(Delivery.id.desc())
        .limit(CHOICES)
    )
    columns = (
        Attempt.id,
        Attempt.number,
        Attempt.started_at,
        Attempt.status,
        Attempt.reason,
        Attempt.outcome,
    )
    query = (
        select(*columns).where(Attempt.delivery_id.in_(newest)).order_by(Attempt.id.desc()).limit(2 * CHOICES)
    )
    return [Attempt(**row) for row in _session().execute(query).mappings()]


def _beside_success(space_id: str, which: ColumnElement[bool]) -> Pair:
    """The newest try of these, and the last success before it.

    Both are read whole, and together: what they sent is put together from few queries.
    """
    facts = select(Attempt.id, Attempt.webhook_id, Attempt.delivery_id, Attempt.started_at).where(
        which, Attempt.space_id == space_id
    )
    failed = _session().execute(facts.order_by(Attempt.id.desc()).limit(1)).one_or_none()
    if failed is None:
        return Pair(None, None)
    good_id = success_before(*failed[1:])
    found = {attempt.id: attempt for attempt in _whole(space_id, [i for i in (failed.id, good_id) if i])}
    return Pair(found.get(good_id or ""), found.get(failed.id))


def _whole(space_id: str, ids: Iterable[str]) -> list[Attempt]:
    query = select(Attempt).where(Attempt.id.in_(list(ids)), Attempt.space_id == space_id)
    attempts = list(_session().scalars(query))
    fill_in_sent(attempts)
    return attempts


def _session() -> Session:
    return db.session()
