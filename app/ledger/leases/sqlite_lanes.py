"""Which deliveries are due on SQLite: the lanes that have work, and what may be taken from each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, groupby, islice
from typing import NamedTuple

import orjson

from app.ledger.leases.entries import LEASE_MARGIN_MS, NONE_AHEAD, TIMES_AHEAD, Claimed
from app.ledger.leases.rows import parts
from app.models.rate_limit import rate_limit_of

# Walks from one webhook with waiting rows to the next through the partial index: its cost is the number
# of such webhooks, not of rows, and it goes only as far as rows are fetched. Parameters: behind which webhook
# it begins, with which it ends, and how many of which this worker has leased that it may lease ahead.
LANES = """
with recursive waiting(webhook_id) as (
  select (select min(webhook_id) from delivery where status = 'pending' and webhook_id > ?1)
  union all
  select (select min(d.webhook_id) from delivery d where d.status = 'pending' and d.webhook_id > waiting.webhook_id)
  from waiting where waiting.webhook_id < ?2
)
select lane.webhook_id, webhook.version, webhook.timeout_s,
  case when webhook.ordered then 1 else min(webhook.max_in_flight, lane.concurrency_limit) end - lane.in_flight,
  webhook.ordered,
  webhook.rate_per_s, lane.rate_limited_until_us, ahead.value
from waiting
cross join lane on lane.webhook_id = waiting.webhook_id
cross join webhook on webhook.id = lane.webhook_id
left join json_each(?3) as ahead on ahead.key = lane.webhook_id and not webhook.ordered and webhook.rate_per_s is null
where waiting.webhook_id <= ?2 and webhook.state = 'on'
  and not (webhook.ordered and (lane.held_order is not null or lane.being_sorted))
  and lane.in_flight < coalesce(ahead.value, 0)
    + case when webhook.ordered then 1 else min(webhook.max_in_flight, lane.concurrency_limit) end
"""

# Greater than every id.
BEHIND_ALL = "~"

# One lane's due deliveries, with their events. Several of these make one statement: its parameters are
# webhook_version, how many may be under way, webhook_id, now, and how many.
DUE = """
select * from (
  select d.id, d.webhook_id, ?, d.event_id, d.attempts_count, d.failed_attempts, d.manual,
    d.until_it_works, d.resume_at, coalesce(event.type, ''), coalesce(event.occurred_at, 0), event.data, event.actor_id,
    d.was_delivered, ?
  from delivery d left join event on event.id = d.event_id
  where d.webhook_id = ? and d.status = 'pending' and d.due_at <= ?
    and not exists (select 1 from lease where lease.delivery_id = d.id)
  order by d.due_at limit ?)
"""

# In strict order only the first of the lane may go, also while it waits for its next attempt. The plain rows are
# those that were published in the moment in which the order was asked for.
FIRST_OF = """where d.id = coalesce(
      (select id from delivery where webhook_id = ?3 and status = 'pending' and in_order order by id limit 1),
      (select id from delivery where webhook_id = ?3 and status = 'pending' order by due_at, id limit 1))"""
FIRST_DUE = DUE.replace("where d.webhook_id = ?", FIRST_OF).rstrip() + " limit ?"

# How many lanes are asked in one statement.
LANES_AT_ONCE = (20, 4, 1)


class OpenLane(NamedTuple):
    """A lane that has waiting rows and capacity, in the order of LANES."""

    webhook_id: str
    version: int
    timeout_s: int
    free: int
    ordered: int
    rate_per_s: int | None
    rate_limited_until_us: int
    own: int | None = None  # how many this worker has leased, if it may lease ahead

    @property
    def at_once(self) -> int:
        """See `Claimed.at_once`."""
        return 0 if self.own is None else self.free + self.own

    def allowed(self, now_ms: int, most_ahead: int) -> int:
        """How many may be taken now."""
        if self.own is not None:
            return min(most_ahead, TIMES_AHEAD * self.at_once) - self.own
        if self.rate_per_s is None:
            return self.free
        limit = rate_limit_of(self.rate_per_s)
        return min(self.free, limit.allowed(now_ms * 1000, self.rate_limited_until_us))

    def lease_until(self, now_ms: int) -> int:
        """When what is taken now is given up."""
        return now_ms + self.timeout_s * 1000 + LEASE_MARGIN_MS

    def count_in(self, now_ms: int, taken: int) -> tuple[str, int, int]:
        """The values of COUNT_IN: lane, how many were taken, where its speed limit stands after them."""
        rate_limited_until_us = self.rate_limited_until_us
        if self.rate_per_s is not None:
            rate_limited_until_us = rate_limit_of(self.rate_per_s).after(
                now_ms * 1000, rate_limited_until_us, taken
            )
        return self.webhook_id, taken, rate_limited_until_us


def lanes_from(
    db: sqlite3.Connection, cursor: str, ahead: Mapping[str, int] = NONE_AHEAD
) -> Iterator[OpenLane]:
    """Lanes that have waiting rows and capacity, once round, from the one behind `cursor` on."""
    own = orjson.dumps(ahead).decode()
    for after, last in ((cursor, BEHIND_ALL), ("", cursor)):
        yield from map(OpenLane._make, db.execute(LANES, (after, last, own)))


def due_in_lanes(
    db: sqlite3.Connection, lanes: Iterable[OpenLane], now_ms: int, capacity: int, most: int = 0
) -> tuple[list[Claimed], list[OpenLane]]:
    """What is due in these lanes, in their order, each as far as it may and `capacity` together; and the lanes asked.

    Lanes in strict order go one by one; of the others, many share a statement. No more lanes are fetched than
    are asked. `most`: how many of each webhook that may be leased ahead.
    """
    claimed: list[Claimed] = []
    asked: list[OpenLane] = []
    for ordered, group in groupby(lanes, key=lambda lane: bool(lane.ordered)):
        while some := list(islice(group, 1 if ordered else LANES_AT_ONCE[0])):
            for few in parts(some, LANES_AT_ONCE):
                asked += few
                claimed += _due_in(db, few, now_ms, capacity - len(claimed), most)
            if len(claimed) >= capacity:
                return claimed, asked
    return claimed, asked


def _due_in(
    db: sqlite3.Connection, lanes: Sequence[OpenLane], now_ms: int, capacity: int, most: int
) -> Iterable[Claimed]:
    """Of a few lanes that are all in strict order, and then only one, or all not."""
    values = [
        (
            lane.version,
            lane.at_once,
            lane.webhook_id,
            now_ms,
            max(0, min(capacity, lane.allowed(now_ms, most))),
        )
        for lane in lanes
    ]
    statement = FIRST_DUE if lanes[0].ordered else _many_due(len(lanes))
    return map(Claimed._make, db.execute(statement, (*chain.from_iterable(values), capacity)).fetchall())


@cache
def _many_due(lanes: int) -> str:
    return " union all ".join([DUE] * lanes) + " limit ?"
