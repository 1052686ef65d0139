"""Events: lists along an index, one event with where it went, and why other webhooks did not get it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer, selectinload

from app.core.errors import NotFound
from app.core.exact_json import stored
from app.core.extensions import db
from app.core.ids import first_id
from app.models import Delivery, Event, Webhook
from app.models.condition import conditions_from, why_not_wanted
from app.models.confirmation import CONFIRMATION
from app.models.webhook import OFF, UNCONFIRMED
from app.queries.spaces import belongs_to
from app.queries.webhooks.settings_then import WantedThen, wanted_then

# Of a search: how many events are looked at, and how many that were sent to no webhook a page names.
LOOKED_AT, UNSENT = 500, 25


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What a list is limited to. `q` is exactly an event id or a record id."""

    type: str | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """A webhook that did not get an event. reason: created_later, deleted, off_at_the_time, not_subscribed,
    other_project, condition_not_met, condition_too_large or unconfirmed."""

    webhook_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event, its deliveries in the order they were made, and the webhooks that did not get it."""

    event: Event
    deliveries: list[Delivery]
    not_sent: list[NotSent]


def find_events(
    space_id: str, filters: EventFilters, before: str | None, limit: int
) -> tuple[list[Event], bool]:
    """Events that match and are older than the one named `before`, newest first; and whether there are more.

    Their data is not read: `previews.data_previews` reads what a list may show of it.
    """
    query = select(Event).where(Event.space_id == space_id).options(defer(Event.data, raiseload=True))
    if filters.type:
        query = query.where(Event.type == filters.type)
    if filters.q:
        is_id = filters.q.startswith("evt_")
        query = query.where(Event.id == filters.q if is_id else Event.object_id == filters.q)
    if filters.since:
        query = query.where(Event.id >= first_id("evt", filters.since))
    highest = [before] if before else []
    if filters.until:
        highest.append(first_id("evt", filters.until))
    if highest:
        query = query.where(Event.id < min(highest))
    found = list(_session().scalars(query.order_by(Event.id.desc()).limit(limit + 1)))
    return found[:limit], len(found) > limit


def find_unsent(space_id: str, filters: EventFilters, limit: int = UNSENT) -> list[Event]:
    """Events of a search (`filters.q`) that no webhook took, newest first; their data is not read."""
    if not filters.q:
        return []
    found, _more = find_events(space_id, filters, None, LOOKED_AT)
    return [event for event in found if event.deliveries_count == 0][:limit]


def deliveries_of(space_id: str, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Per event its deliveries, in the order they were made."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    if event_ids:
        query = select(Delivery).where(
            Delivery.event_id.in_(event_ids), belongs_to(Delivery.space_id, space_id)
        )
        for delivery in _session().scalars(query.order_by(Delivery.id)):
            found[delivery.event_id].append(delivery)
    return found


def event_detail(space_id: str, event_id: str) -> EventDetail:
    """One event of the space. Raises `NotFound`."""
    event = _session().scalar(select(Event).where(Event.id == event_id, Event.space_id == space_id))
    if event is None:
        raise NotFound
    deliveries = deliveries_of(space_id, [event.id])[event.id]
    sent_to = {delivery.webhook_id for delivery in deliveries}
    others = [webhook for webhook in _webhooks_around(event) if webhook.id not in sent_to]
    return EventDetail(event, deliveries, _not_sent(event, others))


def _not_sent(event: Event, webhooks: Sequence[Webhook]) -> list[NotSent]:
    then = wanted_then(event.space_id, webhooks, event.created_at) if webhooks else {}
    return [NotSent(webhook.id, why_not_sent(event, webhook, then[webhook.id])) for webhook in webhooks]


def why_not_sent(event: Event, webhook: Webhook, then: WantedThen) -> str:
    """Why this webhook has no delivery of the event, by what it wanted when the event was published.

    Of a webhook that was deleted since it is not kept what it wanted.
    """
    if webhook.created_at > event.created_at:
        return "created_later"
    if webhook.deleted_at is not None:
        return "deleted"
    if then.state == OFF:
        return UNCONFIRMED if _had_not_confirmed(event, webhook) else "off_at_the_time"
    if event.type not in then.events:
        return "not_subscribed"
    conditions = conditions_from(then.conditions)
    reason = why_not_wanted(then.projects, conditions, event.project_id, stored(event.data))
    # What would match and yet has no delivery was turned on in the very moment it was published.
    return reason or "off_at_the_time"


def _had_not_confirmed(event: Event, webhook: Webhook) -> bool:
    if webhook.verification != CONFIRMATION:
        return False
    return webhook.confirmed_at is None or webhook.confirmed_at > event.created_at


def _webhooks_around(event: Event) -> list[Webhook]:
    """All webhooks of the space, less those that were deleted before the event happened."""
    there = or_(Webhook.deleted_at.is_(None), Webhook.deleted_at > event.created_at)
    query = select(Webhook).where(Webhook.space_id == event.space_id, there).order_by(Webhook.id)
    query = query.options(selectinload(Webhook.subscriptions))
    return list(_session().scalars(query))


def _session() -> Session:
    return db.session()
