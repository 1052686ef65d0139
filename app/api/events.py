"""Events: publish one or many, list, read one with where it went (F1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from flask import request
from flask_babel import gettext as _
from pydantic import Field, WrapValidator
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, QueryTime, Text, cursor_of, id_in, listed, read_query
from app.api.schemas.events import BatchOut, EventDetailOut, EventOut, PublishedOut
from app.api.shapes import event_out, not_sent_out, published_out
from app.core.errors import FieldError, Invalid
from app.core.validation import Schema, check
from app.queries.deliveries.previews import data_previews
from app.queries.events.finding import EventFilters, deliveries_of, event_detail, find_events
from app.services.events.publishing import Published, publish
from app.services.events.schema import EventIn, SingleEventIn

# The data may be 1 MiB as it is sent; written with \u escapes it takes six times as much.
EVENT_BYTES = 7 * 1024 * 1024
BATCH_BYTES = 32 * 1024 * 1024
# An event's own key is this one, a colon and its number, and has to fit into 255 characters.
BATCH_KEY_LENGTH = 250
KEY_HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY_HELP = "Any text up to 255 characters. The same key and body again: the same answer, one event"


def _as_it_is(value: object, _check: object) -> object:
    return value


# Described as an event, checked with the others of its batch (`services.event_input`).
Item = Annotated[EventIn, WrapValidator(_as_it_is)]


class BatchIn(Schema):
    """Up to 1,000 events; all are stored or none."""

    events: Annotated[list[Item], Field(min_length=1, max_length=1000)]


class EventsQuery(Paged):
    """Filters of the list. `q`: an id, an e-mail address, a phone number, a name, any short value of the data."""

    type: Text | None = None
    q: Text | None = None
    since: QueryTime | None = None
    until: QueryTime | None = None


@bp.post("/v1/events")
@scope("events:write")
@documented(
    "Events",
    "Publish an event",
    status=202,
    body=SingleEventIn,
    answer=PublishedOut,
    fails=(409, 413),
    headers=((KEY_HEADER, KEY_HELP),),
    rate_limited=False,
)
def publish_event() -> Response:
    """Store an event. 202 means that it is committed."""
    item = with_key(read_object(EVENT_BYTES), request.headers.get(KEY_HEADER))
    value, headers = accepted(publish(space_id(), [item])[0])
    return answer(value, 202, headers)


def with_key(item: dict[str, Any], key: str | None) -> dict[str, Any]:
    """An event with the key of its header. Raises `Invalid` for a key in the body."""
    if "idempotency_key" in item:
        raise Invalid([FieldError("idempotency_key", _("Send the key in the header Idempotency-Key."))])
    if (key := checked_key(key)) is not None:
        item["idempotency_key"] = key
    return item


def accepted(one: Published) -> tuple[PublishedOut, dict[str, str]]:
    """The body and the headers of the answer for an event that is stored."""
    headers = {"Location": f"/api/v1/events/{one.id}"}
    if one.replayed:
        headers[REPLAYED] = "true"
    return published_out(one), headers


@bp.post("/v1/events/batch")
@scope("events:write")
@documented(
    "Events",
    "Publish up to 1,000 events, all or none",
    status=202,
    body=BatchIn,
    answer=BatchOut,
    fails=(409, 413),
    headers=(
        (KEY_HEADER, "For the whole batch, up to 250 characters, where its events carry no key of their own"),
    ),
    rate_limited=False,
)
def publish_batch() -> Response:
    """Store many events, or none of them."""
    items = batch_with_keys(read_object(BATCH_BYTES), request.headers.get(KEY_HEADER))
    value, headers = batch_accepted(publish(space_id(), items, batch=True))
    return answer(value, 202, headers)


def batch_with_keys(body: dict[str, Any], key: str | None) -> Sequence[Any]:
    """The events of a batch, each with a key of its own if the batch has one. Raises `Invalid`."""
    return _with_keys(check(BatchIn, body).events, checked_key(key))


def batch_accepted(done: list[Published]) -> tuple[BatchOut, dict[str, str]]:
    """The body and the headers of the answer for a batch that is stored."""
    headers = {REPLAYED: "true"} if all(one.replayed for one in done) else {}
    return {"accepted": len(done), "ids": [one.id for one in done]}, headers


@bp.get("/v1/events")
@scope("deliveries:read")
@documented("Events", "List events, newest first", query=EventsQuery, answer=EventOut, listed=True)
def list_events() -> Response:
    """Events that match, newest first. Read one event to see data that is too long for a list."""
    query = read_query(EventsQuery)
    filters = EventFilters(query.type, query.q, query.since, query.until)
    found, following = find_events(space_id(), filters, id_in(query.cursor, "evt"), query.limit)
    ids = [event.id for event in found]
    deliveries, data = deliveries_of(space_id(), ids), data_previews(ids)
    rows = [event_out(event, data.get(event.id), deliveries[event.id]) for event in found]
    return answer(listed(rows, cursor_of(following) if following else None))


@bp.get("/v1/events/<event_id>")
@scope("deliveries:read")
@documented("Events", "Read an event and where it went", answer=EventDetailOut, fails=(404,))
def show_event(event_id: str) -> Response:
    """One event, its deliveries, and why other webhooks did not get it."""
    detail = event_detail(space_id(), event_id)
    not_sent = list(map(not_sent_out, detail.not_sent))
    return answer({**event_out(detail.event, detail.event.data, detail.deliveries), "not_sent": not_sent})


def checked_key(key: str | None) -> str | None:
    """The header Idempotency-Key as it was sent. Raises `Invalid` for what cannot be one, with the cause.

    Only ASCII: what bytes beyond it mean in a header is not agreed (RFC 9110, section 5.5), so that the same key
    could be another one behind the next proxy.
    """
    if key is None:
        return None
    if not key.isascii():
        said = _(
            "The header Idempotency-Key holds a character that is not ASCII. Use letters, digits and signs."
        )
        raise Invalid([FieldError("idempotency_key", said)])
    if not key.strip():
        said = _("The header Idempotency-Key is empty. Leave it out, or send a key.")
        raise Invalid([FieldError("idempotency_key", said)])
    return key


def _with_keys(items: Sequence[Any], key: str | None) -> Sequence[Any]:
    """Each event with a key derived from the batch's, so that a batch sent again is stored once."""
    if key is None:
        return items
    if not 0 < len(key) <= BATCH_KEY_LENGTH:
        said = _("Use 1 to %(n)s characters.", n=BATCH_KEY_LENGTH)
        raise Invalid([FieldError("idempotency_key", said)])
    return [
        {"idempotency_key": f"{key}:{number}", **item} if isinstance(item, dict) else item
        for number, item in enumerate(items)
    ]
