"""Webhooks of a space as lists and pages need them: the row, how it goes, what it counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, selectinload

from app.core.errors import NotFound
from app.core.extensions import db
from app.core.times import from_ms, utc_now
from app.models import CounterChange, Lane, Webhook, WebhookHour
from app.models.counter import ALL_TIME, COUNTED, HOUR_MS, hour_of
from app.models.disable_policy import FAILURES_COUNTED
from app.models.webhook import ON, STOPPED

PAGE = 50
BAR_HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """Tries of one hour: when it began, how many were delivered, how many failed."""

    begins: datetime
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A webhook's counts for all time. `waiting` is what is neither done nor held."""

    triggered: int = 0
    delivered: int = 0
    failed: int = 0
    cancelled: int = 0
    held: int = 0

    @property
    def waiting(self) -> int:
        """Deliveries that are due, under way or between two tries."""
        return max(0, self.triggered - self.delivered - self.failed - self.cancelled - self.held)


@dataclass(frozen=True, slots=True)
class WebhookPage:
    """One page of a space's webhooks, oldest first; `next_cursor` None on the last."""

    webhooks: list[Webhook]
    next_cursor: str | None


def list_webhooks(space_id: str, after: str | None = None, limit: int = PAGE) -> WebhookPage:
    """The webhooks of a space that are not deleted, after the one whose id is `after`."""
    query = select(Webhook).where(Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
    query = query.options(selectinload(Webhook.subscriptions))
    if after:
        query = query.where(Webhook.id > after)
    found = list(_session().scalars(query.order_by(Webhook.id).limit(limit + 1)))
    return WebhookPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def webhooks_in_trouble(space_id: str) -> list[Webhook]:
    """Those for which a person has to act: failing now, nearly turned off, or turned off by us. The longest first."""
    many = or_(
        Lane.failures_in_a_row >= Lane.FAILING_FROM,
        literal_column(FAILURES_COUNTED) * 2 >= Webhook.failure_limit,
    )
    failing = (Webhook.state == ON) & Lane.failing_since.is_not(None) & many
    found = _session().scalars(
        select(Webhook)
        .join(Lane, Lane.webhook_id == Webhook.id)
        .where(
            Webhook.space_id == space_id,
            Webhook.deleted_at.is_(None),
            or_(failing, Webhook.state == STOPPED),
        )
        .order_by(Lane.failing_since)
        .limit(PAGE)
    )
    return [webhook for webhook in found if webhook.needs_attention]


def has_webhooks(space_id: str) -> bool:
    """True if the space has a webhook that is not deleted."""
    one = select(Webhook.id).where(Webhook.space_id == space_id, Webhook.deleted_at.is_(None)).limit(1)
    return _session().scalar(one) is not None


def webhook_names(space_id: str) -> list[tuple[str, str]]:
    """(id, name) of the webhooks to choose from, by name."""
    rows = _session().execute(
        select(Webhook.id, Webhook.name)
        .where(Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
        .order_by(func.lower(Webhook.name), Webhook.id)
        .limit(500)
    )
    return [(row[0], row[1]) for row in rows]


def get_webhook(space_id: str, webhook_id: str) -> Webhook:
    """One webhook of the space; deleted ones too, because their history stays readable. Raises `NotFound`."""
    webhook = _session().scalar(select(Webhook).where(Webhook.id == webhook_id, Webhook.space_id == space_id))
    if webhook is None:
        raise NotFound
    return webhook


def webhooks_by_id(space_id: str, ids: Iterable[str]) -> dict[str, Webhook]:
    """These webhooks of the space, deleted ones too, by id."""
    query = select(Webhook).where(Webhook.space_id == space_id, Webhook.id.in_(list(ids)))
    return {webhook.id: webhook for webhook in _session().scalars(query)}


def hours_of(
    webhook_ids: Sequence[str], now: datetime | None = None, hours: int = BAR_HOURS
) -> dict[str, list[Hour]]:
    """Per webhook the attempts of the last hours, oldest first; hours without any are there with zeros.

    One query for all of them, however many there are.
    """
    last = hour_of(now or utc_now())
    first = last - hours + 1
    counts: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for webhook_id, hour, delivered, failed in _attempts(webhook_ids, first):
        counts[webhook_id][hour] = (max(0, delivered), max(0, failed))
    return {
        webhook_id: [
            Hour(_begin(hour), *counts[webhook_id].get(hour, (0, 0))) for hour in range(first, last + 1)
        ]
        for webhook_id in webhook_ids
    }


def totals_of(webhook_ids: Iterable[str]) -> Mapping[str, Totals]:
    """Counts for all time: the compacted ones and those that are not compacted yet."""
    ids = list(webhook_ids)
    names = COUNTED[:5]
    compacted = select(WebhookHour.webhook_id, *(getattr(WebhookHour, n).label(n) for n in names)).where(
        WebhookHour.webhook_id.in_(ids), WebhookHour.hour == ALL_TIME
    )
    fresh = select(CounterChange.webhook_id, *(getattr(CounterChange, n) for n in names)).where(
        CounterChange.webhook_id.in_(ids)
    )
    both = union_all(compacted, fresh).subquery()
    rows = _session().execute(
        select(both.c.webhook_id, *(func.sum(both.c[n]) for n in names)).group_by(both.c.webhook_id)
    )
    found = {row[0]: Totals(*(max(0, int(value)) for value in row[1:])) for row in rows}
    return {webhook_id: found.get(webhook_id, Totals()) for webhook_id in ids}


def _attempts(webhook_ids: Sequence[str], first_hour: int) -> list[tuple[str, int, int, int]]:
    compacted = select(
        WebhookHour.webhook_id, WebhookHour.hour, WebhookHour.attempts_ok, WebhookHour.attempts_failed
    ).where(WebhookHour.webhook_id.in_(webhook_ids), WebhookHour.hour >= first_hour)
    fresh = select(
        CounterChange.webhook_id, CounterChange.hour, CounterChange.attempts_ok, CounterChange.attempts_failed
    ).where(CounterChange.webhook_id.in_(webhook_ids), CounterChange.hour >= first_hour)
    both = union_all(compacted, fresh).subquery()
    rows = _session().execute(
        select(
            both.c.webhook_id, both.c.hour, func.sum(both.c.attempts_ok), func.sum(both.c.attempts_failed)
        ).group_by(both.c.webhook_id, both.c.hour)
    )
    return [(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]


def _begin(hour: int) -> datetime:
    return from_ms(hour * HOUR_MS)


def _session() -> Session:
    return db.session()
