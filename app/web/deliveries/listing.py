"""A filtered list of deliveries as a page shows it: of the whole space, or of one webhook.

All filters stand in the address, so that a list can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.catalogue import Catalogue
from app.core.errors import FieldError
from app.core.paging import BadCursor
from app.models import Event
from app.models.delivery import STATUSES
from app.queries.deliveries.listing import COUNTED_UP_TO, DeliveryPage, Filters, find_deliveries
from app.queries.events.finding import EventFilters, find_unsent
from app.queries.webhooks.listing import webhooks_by_id
from app.web.catalogue import catalogue_here
from app.web.deliveries.filter_words import SPANS, filter_words, span
from app.web.rendering import wants_fragment
from app.web.times import absolute, typed_moment

NAMES = ("q", "status", "webhook_id", "event_type", "reason", "when", "since", "until")


class Chip(NamedTuple):
    """A filter that is set, in words, and where one gets without it."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of deliveries with its filters as they were typed. `webhook_id` set: the list of one webhook.

    `unsent`: events that the search found and that no webhook took. `webhook_name`: of the webhook that it is
    limited to by a filter.
    """

    page: DeliveryPage
    filters: Filters
    typed: dict[str, str]
    errors: list[FieldError]
    catalogue: Catalogue
    first: bool
    webhook_id: str | None = None
    unsent: list[Event] = field(default_factory=list)
    webhook_name: str = ""

    @property
    def chips(self) -> list[Chip]:
        """The filters that are set, in words, each with the address of the list without it."""
        return [
            Chip(filter_words(name, value, self.webhook_name), self.url(**{name: None}))
            for name, value in self.typed.items()
            if value
        ]

    @property
    def is_asked_for(self) -> bool:
        """True if a filter was just changed: then how many were found is said aloud."""
        return wants_fragment() and request.htmx.target == "found"  # type: ignore[attr-defined]

    @property
    def found(self) -> str:
        """How many there are, truthfully."""
        page = self.page
        if self.unsent and not page.rows:
            return ngettext(
                "%(num)s event found, sent to no webhook",
                "%(num)s events found, sent to no webhook",
                len(self.unsent),
            )
        if page.more:
            return _("More than %(n)s events found", n=f"{COUNTED_UP_TO:,}")
        found = ngettext("%(num)s event found", "%(num)s events found", page.total)
        if page.looked_back_to:
            return _("%(found)s, looking back to %(time)s", found=found, time=absolute(page.looked_back_to))
        return found

    @property
    def newest(self) -> str:
        """The id of the first row; empty on an empty list."""
        return self.page.rows[0].delivery.id if self.page.rows else ""

    @property
    def is_filtered(self) -> bool:
        """True if any filter is set."""
        return any(self.typed.values())

    def url(self, **changes: Any) -> str:
        """The address of this list with some filters changed; None takes one out."""
        return self._url("deliveries.index", "webhooks.show", changes)

    @property
    def cleared_url(self) -> str:
        """The address of this list without any filter."""
        return self.url(**dict.fromkeys(self.typed))

    def export_url(self, format_name: str) -> str:
        """Where the whole list is a file."""
        values: dict[str, Any] = {name: value for name, value in self.typed.items() if value}
        if self.webhook_id:
            values["webhook_id"] = self.webhook_id
        return url_for("deliveries.export", format=format_name, **values)

    def resend_query(self) -> dict[str, str]:
        """The same filters for the page that resends all that they find."""
        values = {name: value for name, value in self.typed.items() if value}
        return {**values, "webhook_id": self.webhook_id} if self.webhook_id else values

    def live_url(self) -> str:
        """Where the page asks what is new."""
        return self._url("deliveries.live", "webhooks.live", {})

    def _url(self, endpoint: str, webhook_endpoint: str, changes: Mapping[str, Any]) -> str:
        values = {name: value for name, value in {**self.typed, **changes}.items() if value}
        if self.webhook_id:
            return url_for(webhook_endpoint, webhook_id=self.webhook_id, **values)
        return url_for(endpoint, **values)


def listing_of(space_id: str, args: Mapping[str, str], webhook_id: str | None = None) -> Listing:
    """The list that the query parameters `args` ask for."""
    typed = _typed(args, webhook_id)
    filters, errors = _filters(typed, webhook_id)
    page, first = _page(space_id, filters, args.get("cursor") or None)
    unsent = _unsent(space_id, page.event_ids, filters) if first else []
    name = "" if webhook_id else _name_of(space_id, filters.webhook_id)
    return Listing(page, filters, typed, errors, catalogue_here(), first, webhook_id, unsent, name)


def checked_filters_of(args: Mapping[str, str]) -> tuple[Filters, list[FieldError]]:
    """The filters alone, and what is wrong with them."""
    return _filters(_typed(args, None), None)


def filters_of(args: Mapping[str, str], webhook_id: str | None) -> Filters:
    """The filters alone, for questions that need no page."""
    return _filters(_typed(args, webhook_id), webhook_id)[0]


def _unsent(space_id: str, among: Sequence[str], filters: Filters) -> list[Event]:
    """What no webhook took has neither a status nor a webhook."""
    if filters.status or filters.webhook_id or filters.reason:
        return []
    wanted = EventFilters(filters.event_type, filters.q, filters.since, filters.until)
    return find_unsent(space_id, among, wanted)


def _typed(args: Mapping[str, str], webhook_id: str | None) -> dict[str, str]:
    names = [name for name in NAMES if not (webhook_id and name == "webhook_id")]
    # NUL is no letter of any id, and PostgreSQL refuses it in text.
    typed = {name: args.get(name, "").replace("\0", "").strip()[:200] for name in names}
    if typed["when"] not in SPANS or typed["since"] or typed["until"]:
        typed["when"] = ""
    return typed


def _name_of(space_id: str, webhook_id: str | None) -> str:
    found = webhooks_by_id(space_id, [webhook_id]) if webhook_id else {}
    return found[webhook_id].name if webhook_id in found else webhook_id or ""


def _page(space_id: str, filters: Filters, cursor: str | None) -> tuple[DeliveryPage, bool]:
    """The page, and whether it is the first. A cursor that is not ours leads to the first page."""
    try:
        return find_deliveries(space_id, filters, cursor), cursor is None
    except BadCursor:
        return find_deliveries(space_id, filters), True


def _filters(typed: Mapping[str, str], webhook_id: str | None) -> tuple[Filters, list[FieldError]]:
    filters = Filters(
        webhook_id=webhook_id or typed.get("webhook_id") or None,
        event_type=typed["event_type"] or None,
        status=typed["status"] if typed["status"] in STATUSES else None,
        reason=typed["reason"] or None,
        q=typed["q"] or None,
    )
    errors: list[FieldError] = []
    since = _moment("since", typed["since"], errors)
    until = _moment("until", typed["until"], errors)
    # The field has minutes; "until 14:05" includes that minute.
    until = until + timedelta(minutes=1) if until else None
    if since and until and until <= since:
        errors.append(FieldError("until", _("“To” is before “From”. Enter a later time, or swap the two.")))
    if typed["when"]:
        since, until = span(typed["when"])
    return replace(filters, since=since, until=until), errors


def _moment(name: str, text: str, errors: list[FieldError]) -> datetime | None:
    try:
        return typed_moment(text)
    except (ValueError, OverflowError):
        errors.append(FieldError(name, _("Enter a date and time such as 2026-11-21T09:30.")))
        return None
