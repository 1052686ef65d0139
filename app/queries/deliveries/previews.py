"""What lists show of data and tries: a few kilobytes each, cut by the database, never whole bodies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, case, func, select
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
    newest = _cut_columns().join(ranked, ranked.c.id == Attempt.id).where(ranked.c.age <= MOST_ATTEMPTS)
    found: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in _filled_in(newest.order_by(Attempt.number, Attempt.id)):
        found[attempt.delivery_id or ""].append(attempt)
    return found


def tries_by_id(attempt_ids: Iterable[str]) -> dict[str, Attempt]:
    """These tries of whatever webhook, with bodies cut. They are copies, bound to no session."""
    ids = list(attempt_ids)
    if not ids:
        return {}
    return {attempt.id: attempt for attempt in _filled_in(_cut_columns().where(Attempt.id.in_(ids)))}


def _cut_columns() -> Select[Any]:
    return select(
        *(
            beginning_of(column, BODY_BYTES).label(column.key) if column.key in _CUT else column
            for column in Attempt.__table__.columns
        )
    )


def _filled_in(query: Select[Any]) -> list[Attempt]:
    attempts = [Attempt(**row) for row in _session().execute(query).mappings()]
    fill_in_sent(attempts, DATA_BYTES)
    for attempt in attempts:
        attempt.request_body = (attempt.request_body or b"")[:BODY_BYTES]
    return attempts


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
