"""Search: events by any id or short value of their data, webhooks and pages by name (C6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from flask import current_app, url_for
from pydantic import Field
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import has_scope, scope, space_id
from app.api.blueprint import bp
from app.api.operation import documented
from app.api.paging import read_query
from app.api.schemas.search import FoundOut, SearchOut
from app.core.validation import Schema
from app.queries.events.finding import EventFilters, find_events
from app.queries.search.pages import find_pages
from app.queries.search.webhooks import find_webhooks
from app.services.event_types import catalogue_of

EVENTS, WEBHOOKS = 25, 10


class SearchQuery(Schema):
    """`q`: an id, an e-mail address, a phone number, a name, any short value of the data; or a webhook's or page's.

    What is longer than anything that could be found finds nothing.
    """

    q: Annotated[str, Field(max_length=100_000)]


@bp.get("/v1/search")
@scope("deliveries:read")
@documented("Search", "Find events, webhooks and pages", query=SearchQuery, answer=SearchOut)
def search() -> Response:
    """Webhooks are found with a key that may read them."""
    typed = read_query(SearchQuery).q.replace("\0", "")
    return answer({"data": [*_webhooks(typed), *_pages(typed), *_events(typed)]})


def _webhooks(typed: str) -> Iterator[FoundOut]:
    if has_scope("webhooks:read"):
        for webhook_id, name in find_webhooks(space_id(), typed, WEBHOOKS):
            url = _url("webhooks.show", webhook_id=webhook_id)
            yield {"kind": "webhook", "id": webhook_id, "title": name, "url": url}


def _pages(typed: str) -> Iterator[FoundOut]:
    for page in find_pages(typed, lambda _permission: True):
        yield {"kind": "page", "id": page.endpoint, "title": page.title, "url": _url(page.endpoint)}


def _events(typed: str) -> Iterator[FoundOut]:
    found, _before = find_events(space_id(), EventFilters(q=typed), None, EVENTS)
    catalogue = catalogue_of(space_id()) if found else None
    for event in found:
        known = catalogue.get(event.type) if catalogue else None
        title = known.title if known else event.type
        url = _url("events.show", event_id=event.id)
        yield {
            "kind": "event",
            "id": event.id,
            "title": f"{title} {event.object_id}" if event.object_id else title,
            "url": url,
        }


def _url(endpoint: str, **values: Any) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + url_for(endpoint, **values)
