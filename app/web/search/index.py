"""The page of what was found (C6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from app.models import Delivery, Event, Webhook
from app.models.role import VIEW_WEBHOOKS
from app.queries.events.finding import EventFilters, deliveries_of, find_events
from app.queries.search.pages import NamedPage, find_pages
from app.queries.search.webhooks import find_webhooks
from app.queries.webhooks.listing import webhooks_by_id
from app.web.addresses import takes
from app.web.permissions import current_space_id, may, requires
from app.web.rendering import go_to, render_page
from app.web.search.blueprint import bp

EVENTS, WEBHOOKS = 25, 10
# An identifier that is typed leads to its own page.
_OWN_PAGES = {
    "evt_": ("events.show", "event_id"),
    "dlv_": ("deliveries.show", "delivery_id"),
    "whk_": ("webhooks.show", "webhook_id"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `more`: there are more events than these."""

    webhooks: list[tuple[str, str]] = field(default_factory=list)
    pages: list[NamedPage] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    more: bool = False
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)
    names: dict[str, Webhook] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many things."""
        return len(self.webhooks) + len(self.pages) + len(self.events)


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("q")
def index() -> Response:
    """Events, newest first; webhooks and pages whose names fit."""
    typed = request.args.get("q", "").replace("\0", "").strip()
    found = _found(current_space_id(), typed) if typed else Found()
    if (own_page := _own_page(typed, found)) is not None:
        return go_to(own_page)
    return render_page("search/index.html", typed=typed[:200], found=found)


def _own_page(typed: str, found: Found) -> str | None:
    """The address of what was typed by its identifier."""
    ids = {event.id for event in found.events} | {webhook_id for webhook_id, _name in found.webhooks}
    ids |= {delivery.id for of_one in found.deliveries.values() for delivery in of_one}
    if typed not in ids:
        return None
    endpoint, parameter = _OWN_PAGES[typed[:4]]
    values: dict[str, Any] = {parameter: typed}
    return url_for(endpoint, **values)


def _found(space_id: str, typed: str) -> Found:
    events, before = find_events(space_id, EventFilters(q=typed), None, EVENTS)
    deliveries = deliveries_of(space_id, [event.id for event in events])
    ids = {delivery.webhook_id for of_one in deliveries.values() for delivery in of_one}
    return Found(
        find_webhooks(space_id, typed, WEBHOOKS),
        find_pages(typed, may),
        events,
        before is not None,
        deliveries,
        webhooks_by_id(space_id, ids) if ids else {},
    )
