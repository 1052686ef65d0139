"""What an attempt sent, put together from its request template and its event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core.extensions import db
from app.core.times import ms_of
from app.models import Attempt, Delivery, Event, RequestTemplate
from app.sending.message.composing import rfc3339
from app.sending.message.layout import RenderableEvent
from app.sending.message.request_template import RequestTemplateRow, Stamp, replay


def fill_in_sent(attempts: Iterable[Attempt], most_data: int | None = None) -> None:
    """Set method, url, request_headers and request_body of attempts that were kept as an request template.

    Two queries, however many tries. `most_data`: bytes of an event's data that are read at most, for
    lists; a body that cannot be made of so little is left empty, as it is when the data has been deleted.
    """
    attempts = [a for a in attempts if a.request_template_id is not None]
    if not attempts:
        return
    request_templates = _request_templates({a.request_template_id for a in attempts if a.request_template_id})
    events = _events({a.delivery_id for a in attempts if a.delivery_id}, most_data)
    for attempt in attempts:
        event_id, event = events.get(attempt.delivery_id or "", ("", None))
        stamp = Stamp(event_id, attempt.timestamp_s or 0, attempt.signature or "")
        sent = replay(request_templates[attempt.request_template_id or ""], stamp, event)
        # Committed, that is as read from the database: nothing of it is to be written.
        set_committed_value(attempt, "method", sent.method)
        set_committed_value(attempt, "url", sent.url)
        set_committed_value(attempt, "request_headers", sent.headers)
        set_committed_value(attempt, "request_body", sent.body)


def beginning_of(column: Any, most: int) -> Any:
    """The first bytes of a column of bytes: `substr(x'', 1, n)` is NULL in SQLite and empty in PostgreSQL."""
    return case((func.length(column) == 0, column), else_=func.substr(column, 1, most))


def called_address() -> ScalarSelect[str]:
    """For a query of deliveries: where the newest try went; null for one that was not tried yet."""
    return (
        select(func.coalesce(Attempt.url, RequestTemplate.url))
        .join(RequestTemplate, RequestTemplate.id == Attempt.request_template_id, isouter=True)
        .where(Attempt.delivery_id == Delivery.id)
        .order_by(Attempt.number.desc(), Attempt.id.desc())
        .limit(1)
        .correlate(Delivery)
        .scalar_subquery()
    )


def _request_templates(ids: set[str]) -> Mapping[str, RequestTemplateRow]:
    table = RequestTemplate.__table__.c
    rows = _session().execute(
        select(table.id, table.method, table.url, table.headers, table.format).where(table.id.in_(ids))
    )
    return {row.id: RequestTemplateRow(*row) for row in rows}


def _events(
    delivery_ids: set[str], most_data: int | None
) -> Mapping[str, tuple[str, RenderableEvent | None]]:
    """Per delivery the id of its event and what a format needs of it; None once it has been deleted."""
    data = Event.data if most_data is None else beginning_of(Event.data, most_data)
    rows = _session().execute(
        select(Delivery.id, Delivery.event_id, Event.type, Event.occurred_at, data, Event.actor_id)
        .join(Event, Event.id == Delivery.event_id, isouter=True)
        .where(Delivery.id.in_(delivery_ids))
    )
    return {
        delivery_id: (
            event_id,
            None if type_ is None else RenderableEvent(type_, rfc3339(ms_of(at)), data, event_id, actor),
        )
        for delivery_id, event_id, type_, at, data, actor in rows
    }


def _session() -> Session:
    return db.session()
