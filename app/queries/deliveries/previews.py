"""What lists show of data and tries: a few kilobytes each, cut by the database, never whole bodies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.models import Attempt, Event, Webhook
from app.queries.deliveries.sent import beginning_of, fill_in_sent

BODY_BYTES = 2048
DATA_BYTES = 16 * 1024
# Of a delivery that is repeated "until it works" a list shows the newest.
MOST_ATTEMPTS = 10

_CUT = ("request_body", "response_body")


def attempt_previews(delivery_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    """Per delivery its newest tries, oldest first, with bodies cut. They are copies, bound to no session."""
    if not delivery_ids:
        return {}
    age = func.row_number().over(
        partition_by=Attempt.delivery_id, order_by=(Attempt.number.desc(), Attempt.id.desc())
    )
    ranked = (
        select(Attempt.id, age.label("age")).where(Attempt.delivery_id.in_(delivery_ids)).subquery("ranked")
    )
    columns = [
        beginning_of(column, BODY_BYTES).label(column.key) if column.key in _CUT else column
        for column in Attempt.__table__.columns
    ]
    rows = _session().execute(
        select(*columns)
        .join(ranked, ranked.c.id == Attempt.id)
        .where(ranked.c.age <= MOST_ATTEMPTS)
        .order_by(Attempt.number, Attempt.id)
    )
    found: dict[str, list[Attempt]] = defaultdict(list)
    for row in rows.mappings():
        found[row["delivery_id"]].append(Attempt(**row))
    attempts = list(chain.from_iterable(found.values()))
    fill_in_sent(attempts, DATA_BYTES)
    for attempt in attempts:
        attempt.request_body = attempt.request_body[:BODY_BYTES]
    return found


def data_previews(event_ids: Sequence[str]) -> dict[str, bytes | None]:
    """Per event its data; None where it is too long for a list."""
    if not event_ids:
        return {}
    short = case((func.length(Event.data) <= DATA_BYTES, Event.data))
    rows = _session().execute(select(Event.id, short).where(Event.id.in_(set(event_ids))))
    return {row[0]: row[1] for row in rows}


def webhooks_by_id(webhook_ids: Iterable[str]) -> dict[str, Webhook]:
    """These webhooks, deleted ones too."""
    found = _session().scalars(select(Webhook).where(Webhook.id.in_(set(webhook_ids))))
    return {webhook.id: webhook for webhook in found}


def _session() -> Session:
    return db.session()
