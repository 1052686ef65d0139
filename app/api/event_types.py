"""Event types: the shipped ones, a space's own, and a host product's for all spaces (A3, F6).

An instance key that names no space reads and writes those of all spaces.
"""

from __future__ import annotations

from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import Field
from werkzeug.wrappers import Response

from app.api.answers import answer, empty
from app.api.authentication import scope, space_id, space_id_or_all
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.chosen_space import for_all_spaces
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, listed, read_query, text_in
from app.api.schemas.events import EventTypeOut
from app.api.shapes import event_type_out
from app.catalogue import EventType, load_catalogue
from app.core.errors import FieldError, Invalid, NotFound
from app.core.validation import Schema
from app.services.developer_pages import document_of
from app.services.event_types import catalogue_of, delete_event_type, put_event_type
from app.services.instance_event_types import delete_instance_event_type, put_instance_event_type


class EventTypeIn(Schema):
    """An own event type. Titles are worked out from the key where they are left out."""

    sample: dict[str, Any]
    title: str | None = None
    description: str = ""
    group: str | None = None
    group_title: str | None = None
    object_title: str | None = None
    action_title: str | None = None
    json_schema: dict[str, Any] | None = None
    record_id_path: Annotated[str | None, Field(description="Where in the sample the record's id is")] = None


@bp.get("/v1/event-types")
@scope("webhooks:read")
@for_all_spaces
@documented("Event types", "List event types", query=Paged, answer=EventTypeOut, listed=True)
def list_event_types() -> Response:
    """The catalogue, in its order."""
    query = read_query(Paged)
    catalogue = catalogue_of(space_id_or_all())
    keys = catalogue.keys()
    after = text_in(query.cursor)
    if after is not None and after not in keys:
        raise Invalid([FieldError("cursor", _("The event where this page began is gone. Begin again."))])
    start = keys.index(after) + 1 if after is not None else 0
    page = keys[start : start + query.limit]
    more = start + query.limit < len(keys)
    return answer(
        listed([_out(catalogue.require(key)) for key in page], cursor_of(page[-1]) if more else None)
    )


@bp.get("/v1/event-types/openapi.json")
@scope("webhooks:read")
@documented(
    "Event types",
    "An OpenAPI 3.1 document of the messages that receivers get, to generate types from",
    answer=dict[str, Any],
)
def show_document() -> Response:
    """The `webhooks` of the space, with JSON Schema and samples."""
    return answer(document_of(space_id()))


@bp.get("/v1/event-types/<key>")
@scope("webhooks:read")
@for_all_spaces
@documented("Event types", "Read an event type", answer=EventTypeOut, fails=(404,))
def show_event_type(key: str) -> Response:
    """One event type."""
    found = catalogue_of(space_id_or_all()).get(key)
    if found is None:
        raise NotFound
    return answer(_out(found))


@bp.put("/v1/event-types/<key>")
@scope("webhooks:write")
@for_all_spaces
@documented("Event types", "Add or replace an event type of your own", body=EventTypeIn, answer=EventTypeOut)
def write_event_type(key: str) -> Response:
    """Add or replace."""
    space, said = space_id_or_all(), read_object()
    written = put_event_type(space, key, said) if space else put_instance_event_type(key, said)
    return answer(_out(written))


@bp.delete("/v1/event-types/<key>")
@scope("webhooks:write")
@for_all_spaces
@documented(
    "Event types", "Delete an event type of your own that no webhook sends", status=204, fails=(404, 409)
)
def remove_event_type(key: str) -> Response:
    """Delete."""
    space = space_id_or_all()
    if space:
        delete_event_type(space, key)
    else:
        delete_instance_event_type(key)
    return empty()


def _out(event_type: EventType) -> EventTypeOut:
    return event_type_out(event_type, own=event_type.key not in load_catalogue())
