"""`hookdesk.delivery.failed`: read from the tries what failed for good, and publish it to the spaces that want it.

Never in the engine's way: a maintenance step reads behind it, and nothing at all while no webhook wants to know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Row, Select, func, literal_column, select
from sqlalchemy.orm import Session

from app.catalogue import HOOKDESK_PREFIX
from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Attempt, Delivery, Event, ReadingPlace, Subscription, Webhook
from app.models.delivery import FAILED, SUCCEEDED
from app.queries.deliveries.explanations import RetryPlan, explain_attempt
from app.queries.deliveries.sent import fill_in_sent
from app.queries.spaces import in_use
from app.services.events.about_webhooks import DELIVERY_FAILED, Data, named, publish_all, time_of

# Tries are named when they end and stored a moment later, by workers whose clocks may differ by some seconds.
BEHIND = timedelta(seconds=10)
AT_ONCE, MOST_PUBLISHED = 5000, 200


def publish_failed() -> bool:
    """Publish what failed for good since the last call; True if there is more to read at once.

    The first time somebody wants to know it begins with what fails from now on.
    """
    session = db.session()
    spaces = session.scalars(_spaces_that_want()).all()
    after = session.scalar(select(ReadingPlace.after).where(ReadingPlace.reader == DELIVERY_FAILED))
    if not spaces or after is None:
        return _begin_anew(wanted=bool(spaces), known=after is not None)
    read, last = _next_window(session, after)
    if last is None:
        return False
    found = _failed_for_good(session, spaces, after, last)
    if len(found) > MOST_PUBLISHED:
        found, last = found[:MOST_PUBLISHED], found[MOST_PUBLISHED - 1].Attempt.id
        read = AT_ONCE
    _publish(found, after, last)
    return read >= AT_ONCE


def _spaces_that_want() -> Select[str]:
    # The name stands in the text, not in a parameter: only then the partial index serves.
    of_failed = Subscription.event_type == literal_column(f"'{DELIVERY_FAILED}'")
    return select(Subscription.space_id).where(of_failed, in_use(Subscription.space_id)).distinct()


def _begin_anew(*, wanted: bool, known: bool) -> bool:
    if wanted == known:
        return False
    with transaction() as session:
        place = session.get(ReadingPlace, DELIVERY_FAILED)
        if wanted and place is None:
            session.add(ReadingPlace(reader=DELIVERY_FAILED, after=first_id("att", utc_now())))
        elif not wanted and place is not None:
            session.delete(place)
    return False


def _next_window(session: Session, after: str) -> tuple[int, str | None]:
    """How many tries come next, and the last of them."""
    upto = first_id("att", utc_now() - BEHIND)
    window = (
        select(Attempt.id)
        .where(Attempt.id > after, Attempt.id < upto)
        .order_by(Attempt.id)
        .limit(AT_ONCE)
        .subquery()
    )
    row = session.execute(select(func.count(), func.max(window.c.id))).one()
    return row[0], row[1]


def _failed_for_good(
    session: Session, spaces: Sequence[str], after: str, last: str
) -> Sequence[Row[Attempt, Delivery, Webhook, str | None]]:
    """The last tries of deliveries that are tried no more. Those of this very group are nobody's news."""
    return session.execute(
        select(Attempt, Delivery, Webhook, Event.object_id)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .outerjoin(Event, Event.id == Delivery.event_id)
        .where(
            Attempt.id > after,
            Attempt.id <= last,
            Attempt.outcome != SUCCEEDED,
            Attempt.space_id.in_(spaces),
            Attempt.number == Delivery.attempts_count,
            Delivery.status == FAILED,
            Delivery.event_type.not_like(HOOKDESK_PREFIX + "%"),
        )
        .order_by(Attempt.id)
        .limit(MOST_PUBLISHED + 1)
        .execution_options(populate_existing=True)
    ).all()


def _publish(found: Sequence[Row[Attempt, Delivery, Webhook, str | None]], after: str, last: str) -> None:
    """With the new place, or not at all; nothing if another worker was quicker."""
    fill_in_sent([row.Attempt for row in found], 0)
    by_space: dict[str, list[tuple[str, str, Data]]] = defaultdict(list)
    for row in found:
        data = _data(row.Attempt, row.Delivery, row.Webhook, row.object_id)
        by_space[row.Attempt.space_id].append((row.Delivery.id, row.Attempt.id, data))
    with transaction() as session:
        place = session.get(ReadingPlace, DELIVERY_FAILED, with_for_update=True, populate_existing=True)
        if place is None or place.after != after:
            return
        place.after = last
        for space_id, items in by_space.items():
            publish_all(session, space_id, DELIVERY_FAILED, items)


def _data(attempt: Attempt, delivery: Delivery, webhook: Webhook, object_id: str | None) -> Data:
    why = explain_attempt(attempt, webhook.timeout_s, _clock, RetryPlan(attempts_left=0))
    base_url = current_app.config["SETTINGS"].base_url
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "object_id": object_id,
        "webhook": named(webhook),
        "url": f"{base_url}/deliveries/{delivery.id}",
        "attempts_count": delivery.attempts_count,
        "status": attempt.status,
        "reason": attempt.reason or "internal",
        "explanation": why.what if why else "",
        "next_step": why.next if why else "",
        "failed_at": time_of(attempt.started_at),
    }


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"
