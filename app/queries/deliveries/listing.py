"""Lists of deliveries: filtered, newest first, paged by key, at the same cost however many there are.

A list is read along one index: of the space, of a webhook, or of their failed or held rows. Filters that
this index does not answer are applied to the next `WINDOW` rows of it and no more; a page then says how
far back it looked, and its cursor goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.ids import first_id
from app.core.paging import decode_cursor, encode_cursor
from app.core.times import from_ms
from app.models import Delivery, Event, Webhook
from app.models.delivery import FAILED, HELD, PENDING, SENDING
from app.queries.deliveries.quotes import receiver_quotes
from app.queries.deliveries.searching import searched
from app.queries.deliveries.sent import called_address
from app.queries.deliveries.statuses import along, of_webhooks, status_is
from app.queries.spaces import belongs_to

PAGE = 25
COUNTED_UP_TO = 1000
WINDOW = 10_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is limited to. `q`: what somebody looks for, as `queries.search` reads it, or a delivery's id."""

    webhook_id: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    status: str | None = None
    reason: str | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """A delivery with what a list shows of its event and webhook. `quote`: what the receiver said is wrong."""

    delivery: Delivery
    object_id: str | None
    webhook_name: str
    url: str
    method: str
    webhook_on: bool
    quote: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of a list.

    `total` counts up to `COUNTED_UP_TO`, and `more` says that there are more. `looked_back_to` is set when
    the list ended at the window and not at its end: older rows may match. `event_ids`: the events that a search
    found, with or without a delivery.
    """

    rows: list[ListedDelivery]
    next_cursor: str | None
    total: int
    more: bool
    looked_back_to: datetime | None
    event_ids: Sequence[str] = ()


def find_deliveries(
    space_id: str, filters: Filters, cursor: str | None = None, limit: int = PAGE
) -> DeliveryPage:
    """One page of the deliveries that match, newest first. Raises `BadCursor`."""
    before = decode_cursor(cursor) if cursor else None
    lists = _Lists(space_id, filters, before=before)
    ids = lists.ids(before, limit + 1)
    end = lists.end_of_window(before)
    total = lists.count(before, COUNTED_UP_TO + 1)
    following = encode_cursor(ids[limit - 1]) if len(ids) > limit else encode_cursor(end) if end else None
    return DeliveryPage(
        rows=rows_of(space_id, ids[:limit]),
        next_cursor=following,
        total=min(total, COUNTED_UP_TO),
        more=total > COUNTED_UP_TO,
        looked_back_to=_moment_of(end) if end else None,
        event_ids=lists.event_ids,
    )


def ids_of_page(
    space_id: str, filters: Filters, before: str | None, limit: int
) -> tuple[list[str], str | None]:
    """Ids alone of the deliveries that match and are older than `before`, newest first; and before which to go on.

    A page may be short, or empty, and have others behind it; None: there are no more.
    """
    lists = _Lists(space_id, filters, before=before)
    ids = lists.ids(before, limit + 1)
    following = ids[limit - 1] if len(ids) > limit else lists.end_of_window(before)
    return ids[:limit], following


def count_newer(space_id: str, filters: Filters, newest_id: str, at_most: int = 100) -> int:
    """How many deliveries that match came after this one; counts up to `at_most`."""
    return _Lists(space_id, filters, after=newest_id).count(None, at_most)


def rows_of(space_id: str, ids: Sequence[str]) -> list[ListedDelivery]:
    """These deliveries as list rows, newest first; those of other spaces are left out.

    `url` is where the newest try went (S2, S4), and where the first one will go.
    """
    if not ids:
        return []
    address = func.coalesce(called_address(), Webhook.url)
    found = (
        _session()
        .execute(
            select(Delivery, Event.object_id, Webhook.name, address, Webhook.method, Webhook.state)
            .join(Event, Event.id == Delivery.event_id, isouter=True)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .where(Delivery.id.in_(ids), belongs_to(Delivery.space_id, space_id))
            .order_by(Delivery.id.desc())
            .execution_options(populate_existing=True)
        )
        .all()
    )
    quotes = receiver_quotes(row[0] for row in found)
    return [
        ListedDelivery(d, object_id, name, url, method, state == "on", quotes.get(d.id, ""))
        for d, object_id, name, url, method, state in found
    ]


class _Lists:
    """The statements behind one list."""

    def __init__(
        self, space_id: str, filters: Filters, after: str | None = None, before: str | None = None
    ) -> None:
        self._space_id = space_id
        self._filters = filters
        self._after = after
        self._rest = self._other_conditions()
        self._search = (
            searched(space_id, filters.q, filters.since, filters.until, before) if filters.q else None
        )
        self._few = self._few_ids()

    @property
    def event_ids(self) -> Sequence[str]:
        """The events that the search found; none without one."""
        return self._search.event_ids if self._search else ()

    def ids(self, before: str | None, limit: int) -> list[str]:
        """Ids of the page, newest first."""
        if self._few is not None:
            found = sorted((i for i in self._few if before is None or i < before), reverse=True)
            return found[:limit]
        return list(_session().scalars(self._matching(before).limit(limit)))

    def count(self, before: str | None, at_most: int) -> int:
        """How many match, counted up to `at_most`: all of them, or where a window ends those inside it."""
        if self._few is not None:
            return min(len(self._few), at_most)
        inside = self._matching(before if self._rest else None).limit(at_most).subquery()
        return _session().scalar(select(func.count()).select_from(inside)) or 0

    def end_of_window(self, before: str | None) -> str | None:
        """The oldest id that was looked at, if the window ended before the list did."""
        if self._search:
            return self._search.end
        if self._few is not None or not self._rest:
            return None
        return _session().scalar(
            self._scope(before).with_only_columns(Delivery.id).offset(WINDOW - 1).limit(1)
        )

    def _matching(self, before: str | None) -> Select[Any]:
        if not self._rest:
            return self._scope(before).with_only_columns(Delivery.id)
        columns = (Delivery.id, Delivery.status, Delivery.event_type, Delivery.last_reason)
        window = self._scope(before).with_only_columns(*columns).limit(WINDOW).subquery()
        matching = [window.c[name] == value for name, value in self._rest.items()]
        return select(window.c.id).where(*matching).order_by(window.c.id.desc())

    def _scope(self, before: str | None) -> Select[Any]:
        """Along one index, newest first."""
        filters = self._filters
        query = select(Delivery)
        if filters.webhook_id:
            query = query.where(Delivery.webhook_id == filters.webhook_id)
        else:
            query = query.where(Delivery.space_id == self._space_id)
        if filters.status and self._status_has_index():
            query = along(query, filters.status, "webhook" if filters.webhook_id else "space")
        return query.where(*self._range(before)).order_by(Delivery.id.desc())

    def _range(self, before: str | None) -> list[Any]:
        filters = self._filters
        lowest = [self._after + "0"] if self._after else []
        lowest += [first_id("dlv", filters.since)] if filters.since else []
        highest = [before] if before else []
        highest += [first_id("dlv", filters.until)] if filters.until else []
        conditions = [Delivery.id >= max(lowest)] if lowest else []
        return conditions + ([Delivery.id < min(highest)] if highest else [])

    def _status_has_index(self) -> bool:
        status = self._filters.status
        return status == FAILED or (status == HELD and self._filters.webhook_id is not None)

    def _other_conditions(self) -> dict[str, str]:
        filters = self._filters
        wanted = {
            "status": None if self._status_has_index() else filters.status,
            "event_type": filters.event_type,
            "last_reason": filters.reason,
        }
        return {name: value for name, value in wanted.items() if value}

    def _few_ids(self) -> list[str] | None:
        """The ids outright, where the filters leave few: a search, or what waits or is under way now."""
        filters = self._filters
        if filters.webhook_id and not _is_webhook_of(self._space_id, filters.webhook_id):
            return []
        if filters.q or filters.event_id:
            return list(_session().scalars(self._all_conditions(self._searched())))
        if filters.status in {PENDING, SENDING, HELD} and not self._status_has_index():
            here = _webhook_ids(self._space_id) if not filters.webhook_id else [filters.webhook_id]
            few = self._all_conditions(of_webhooks(here, filters.status))
            found = list(_session().scalars(few.limit(COUNTED_UP_TO + 1)))
            return found if len(found) <= COUNTED_UP_TO else None
        return None

    def _searched(self) -> Select[Any]:
        query = select(Delivery.id)
        if self._filters.event_id:
            query = query.where(Delivery.event_id == self._filters.event_id)
        return query.where(self._search.condition) if self._search else query

    def _all_conditions(self, query: Select[Any]) -> Select[Any]:
        filters = self._filters
        query = query.where(belongs_to(Delivery.space_id, self._space_id), *self._range(None))
        if filters.webhook_id:
            query = query.where(belongs_to(Delivery.webhook_id, filters.webhook_id))
        if filters.status == SENDING:
            query = query.where(Delivery.in_flight)
        elif filters.status == PENDING:
            query = query.where(status_is(PENDING), ~Delivery.in_flight)
        elif filters.status:
            query = query.where(status_is(filters.status))
        if filters.event_type:
            query = query.where(Delivery.event_type == filters.event_type)
        if filters.reason:
            query = query.where(Delivery.last_reason == filters.reason)
        return query


def _webhook_ids(space_id: str) -> list[str]:
    return list(_session().scalars(select(Webhook.id).where(Webhook.space_id == space_id)))


def _is_webhook_of(space_id: str, webhook_id: str) -> bool:
    found = select(Webhook.id).where(Webhook.id == webhook_id, Webhook.space_id == space_id)
    return _session().scalar(found) is not None


def _moment_of(delivery_id: str) -> datetime:
    return from_ms(int(delivery_id[4:16], 16))


def _session() -> Session:
    return db.session()
