"""The ledger on PostgreSQL: many workers, each claim and each record one or two round trips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from app.delivery.ledger.entries import (
    ATTEMPT_COLUMNS,
    LEASE_MARGIN_MS,
    Claimed,
    Entry,
    lane_changes,
)

# `waiting` is a skip scan over the partial index ix_delivery_lane: from one webhook with waiting rows to
# the next, so it costs what the number of such webhooks is, not of rows.
# `open` locks the lanes that this claim may use. A lane that another worker is claiming from or recording
# into is left out (SKIP LOCKED), and locking reads the newest `in_flight`: a cap is never passed.
CLAIM = f"""
with recursive waiting as (
  (select webhook_id from delivery where status = 'pending' order by webhook_id limit 1)
  union all
  select (select d.webhook_id from delivery d
          where d.status = 'pending' and d.webhook_id > waiting.webhook_id order by d.webhook_id limit 1)
  from waiting where waiting.webhook_id is not null
), open as (
  select lane.webhook_id, webhook.version, webhook.timeout_s, webhook.max_in_flight - lane.in_flight as free
  from waiting
  join lane on lane.webhook_id = waiting.webhook_id
  join webhook on webhook.id = lane.webhook_id
  where webhook.state = 'on' and lane.in_flight < webhook.max_in_flight
    and exists (select 1 from delivery d where d.webhook_id = waiting.webhook_id and d.status = 'pending'
                and d.due_at <= %(now)s)
  order by lane.webhook_id <= %(cursor)s, lane.webhook_id
  limit %(room)s
  for no key update of lane skip locked
), picked as (
  select due.id, open.version, open.timeout_s
  from open cross join lateral (
    select id from delivery
    where webhook_id = open.webhook_id and status = 'pending' and due_at <= %(now)s
    order by due_at, id limit open.free
    for update skip locked
  ) due
  limit %(room)s
), claimed as (
  update delivery d set status = 'sending', lease_token = %(token)s,
    lease_until = %(now)s + picked.timeout_s * 1000 + {LEASE_MARGIN_MS}
  from picked where d.id = picked.id
  returning d.id, d.space_id, d.webhook_id, picked.version, d.event_id, d.attempts_count, d.failed_tries,
    d.manual, d.until_it_works, d.resume_at
), counted as (
  update lane set in_flight = lane.in_flight + taken.n
  from (select webhook_id, count(*) as n from claimed group by webhook_id) taken
  where lane.webhook_id = taken.webhook_id
)
select claimed.*, coalesce(event.type, ''), coalesce(event.occurred_at, 0), event.data
from claimed left join event on event.id = claimed.event_id
"""  # noqa: S608 (a number of ours)

LOCK_LANES = "select 1 from lane where webhook_id = any(%s) order by webhook_id for no key update"

_COLUMNS = ", ".join(ATTEMPT_COLUMNS)
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in ATTEMPT_COLUMNS.values())

# Only tries whose lease is still ours are written; the others are known as "unknown outcome" already.
RECORD = f"""
with moved as (
  update delivery d set status = new.status, due_at = new.due_at, attempts_count = new.attempts_count,
    failed_tries = new.failed_tries, last_status = new.http_status, last_reason = new.reason,
    last_attempt_at = new.attempted_at, manual = false, resume_at = null, lease_token = null, lease_until = null,
    until_it_works = d.until_it_works and new.status <> 'succeeded'
  from unnest(%s::text[], %s::text[], %s::text[], %s::int8[], %s::int4[], %s::int4[], %s::int4[], %s::text[], %s::int8[])
    as new(id, lease_token, status, due_at, attempts_count, failed_tries, http_status, reason, attempted_at)
  where d.id = new.id and d.lease_token = new.lease_token
  returning d.id
), kept as (
  insert into attempt ({_COLUMNS})
  select a.* from unnest({_ARRAYS}) as a({_COLUMNS}) join moved on moved.id = a.delivery_id
)
select id from moved
"""  # noqa: S608 (column names of ours)

LANE = """
update lane set in_flight = greatest(0, in_flight - %(tries)s),
  failing_since = case when %(run)s = 0 then null when %(ok)s > 0 then %(run_since)s::int8
    else coalesce(failing_since, %(run_since)s::int8) end,
  failures_in_a_row = case when %(ok)s > 0 then %(run)s else failures_in_a_row + %(run)s end,
  last_failure_at = coalesce(%(last_failure_at)s::int8, last_failure_at),
  last_sent_at = %(sent_at)s, last_status = %(status)s, last_reason = %(reason)s, last_attempt_id = %(attempt_id)s
where webhook_id = %(webhook_id)s
"""

STOP = """
update webhook set state = 'stopped', state_reason = %(reason)s, state_since = %(now)s, version = version + 1
where id = %(webhook_id)s and state = 'on' and (%(gone)s or exists (
  select 1 from lane where lane.webhook_id = webhook.id
  and lane.failures_in_a_row >= webhook.failure_limit
  and lane.failing_since <= %(now)s - webhook.failure_window_s * 1000::int8))
"""

TALLY = """
insert into tally (webhook_id, hour, triggered, delivered, failed, cancelled, held, tries_ok, tries_failed)
values (%s, %s, 0, %s, %s, 0, 0, %s, %s)
"""


class PostgresqlLedger:
    """See `opening.Ledger`. Its connection is opened when it is needed, and again after it broke."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: psycopg.Connection[Any] | None = None
        self._cursor = ""

    def claim(self, now_ms: int, room: int, token: str) -> list[Claimed]:
        """Lease up to `room` due deliveries, lane by lane, going on where the last claim ended."""
        values = {"now": now_ms, "room": room, "token": token, "cursor": self._cursor}
        with self._connection().cursor() as cursor:
            rows = [Claimed._make(row) for row in cursor.execute(CLAIM, values)]
        if rows:
            self._cursor = rows[-1].webhook_id
        return rows

    def record(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Write attempts, move deliveries, update lanes and counts: one transaction, two round trips."""
        db = self._connection()
        with db.transaction(), db.cursor() as cursor:
            with db.pipeline():
                cursor.execute(LOCK_LANES, (sorted({e.webhook_id for e in entries}),))
                cursor.execute(RECORD, _record_values(entries))
            mine = {row[0] for row in cursor.fetchall()}
            changes = lane_changes(e for e in entries if e.delivery_id in mine)
            if not changes:
                return
            with db.pipeline():
                cursor.executemany(LANE, [c.lane_values() for c in changes])
                cursor.executemany(TALLY, [c.tally_values(now_ms) for c in changes])
                if broken := [c.stop_values(now_ms) for c in changes if c.run or c.gone]:
                    cursor.executemany(STOP, broken)

    def webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Settings rows of these webhooks, each with its secret keys."""
        with self._connection().cursor(row_factory=dict_row) as cursor:
            rows = {
                row["id"]: row | {"secrets": []}
                for row in cursor.execute("select * from webhook where id = any(%s)", (list(ids),))
            }
            for row in cursor.execute(
                "select webhook_id, secret, expires_at from signing_secret where webhook_id = any(%s) order by id desc",
                (list(ids),),
            ):
                rows[row["webhook_id"]]["secrets"].append((row["secret"], row["expires_at"]))
        return list(rows.values())

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed or self._db.broken:
            self._db = psycopg.connect(
                self._url, autocommit=True, connect_timeout=5, options="-c timezone=UTC -c jit=off"
            )
        return self._db


def _record_values(entries: Sequence[Entry]) -> list[list[Any]]:
    moves = [
        [e.delivery_id for e in entries],
        [e.lease_token for e in entries],
        [e.status for e in entries],
        [e.due_at for e in entries],
        [e.attempts_count for e in entries],
        [e.failed_tries for e in entries],
        [e.http_status for e in entries],
        [e.reason for e in entries],
        [e.attempted_at for e in entries],
    ]
    return moves + [list(column) for column in zip(*(e.attempt for e in entries), strict=True)]
