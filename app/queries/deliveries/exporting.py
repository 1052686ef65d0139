"""All deliveries that a list would show, in pages by key: as many as there are, in the memory of one page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.core.extensions import db
from app.models import Delivery, Event, Webhook
from app.queries.deliveries.listing import Filters, ids_of_page
from app.queries.spaces import belongs_to

AT_ONCE = 1_000

_COLUMNS = (
    Delivery.id,
    Delivery.event_id,
    Delivery.event_type,
    Event.object_id,
    Delivery.webhook_id,
    Webhook.name.label("webhook_name"),
    Delivery.status,
    Delivery.in_flight.label("in_flight"),
    Delivery.attempts_count,
    Delivery.last_status,
    Delivery.last_reason,
    Delivery.created_at,
    Delivery.last_attempt_at,
    Delivery.due_at,
)


def all_deliveries(space_id: str, filters: Filters) -> Iterator[list[Row[Any]]]:
    """Pages of rows with `_COLUMNS`, newest first; a page may be empty. Between two no transaction is open."""
    before: str | None = None
    while True:
        ids, before = ids_of_page(space_id, filters, before, AT_ONCE)
        rows = _rows(space_id, ids) if ids else []
        db.session.rollback()
        yield rows
        if before is None:
            return


def _rows(space_id: str, ids: Sequence[str]) -> list[Row[Any]]:
    query = (
        select(*_COLUMNS)
        .join(Event, Event.id == Delivery.event_id, isouter=True)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.id.in_(ids), belongs_to(Delivery.space_id, space_id))
    )
    return list(db.session.execute(query.order_by(Delivery.id.desc())))
