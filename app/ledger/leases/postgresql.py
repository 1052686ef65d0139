"""The ledger on PostgreSQL: many workers, each claim and each record one or two round trips."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import orjson
import psycopg
from psycopg.rows import dict_row

from app.ledger.attempt_row import ATTEMPT_COLUMNS
from app.ledger.leases.entries import (
    NEXT_HELD,
    NONE_AHEAD,
    STOPPED_VERSION,
    WAITING_FOR_RATE_LIMIT,
    WEBHOOKS,
    Claimed,
    Entry,
    lane_changes,
    most_ahead,
)
from app.ledger.leases.postgresql_claim import CLAIM, CLAIM_ONE, WAITING
from app.models.counter import HOUR_MS, TOOK
from app.models.disable_policy import FAILURES_COUNTED
from app.models.webhook import MOST_CONCURRENCY, Lane
from app.sending.message.request_template import RequestTemplateRow

log = logging.getLogger(__name__)

# The sooner of the two; `least` leaves out what is null.
RATE_LIMITED = f"""
select least((select min(lane.rate_limited_until_us) {WAITING_FOR_RATE_LIMIT.format(us="%(us)s", ms="%(ms)s")}),
  ({NEXT_HELD.format(ms="%(ms)s")}))
"""

LOCK_LANES = "select 1 from lane where webhook_id = any(%s) order by webhook_id for no key update"

# Batches travel as one JSON parameter: PostgreSQL takes it apart faster than Python writes arrays.
# Only tries whose lease is still ours are kept; the others are known as "unknown outcome" already.
RETURN = """
delete from lease using json_to_recordset(%s::json) as mine(id text, lease_token text)
where lease.delivery_id = mine.id and lease.token = mine.lease_token
returning lease.delivery_id
"""

GIVE_BACK = """
with back as (delete from lease where delivery_id = any(%s) and token = %s returning webhook_id)
update lane set in_flight = greatest(0, lane.in_flight - of_lane.n)
from (select webhook_id, count(*) as n from back group by 1) of_lane
where lane.webhook_id = of_lane.webhook_id
"""

MOVE = """
update delivery d set status = new.status, due_at = new.due_at, attempts_count = new.attempts_count,
  failed_attempts = new.failed_attempts, last_status = new.http_status, last_reason = new.reason,
  last_attempt_at = new.attempted_at, manual = false, resume_at = null,
  until_it_works = d.until_it_works and new.status <> 'succeeded'
from json_to_recordset(%s::json) as new(id text, status text, due_at int8, attempts_count int4,
  failed_attempts int4, http_status int4, reason text, attempted_at int8)
where d.id = new.id
"""

KEEP = f"copy attempt ({', '.join(ATTEMPT_COLUMNS)}) from stdin (format binary)"
ATTEMPT_TYPES = list(ATTEMPT_COLUMNS.values())

# The run of failures that ends with this batch was long enough to be told as an incident.
RUN_ENDED = f"new.ok > 0 and lane.failures_in_a_row + new.lead >= {Lane.FAILING_FROM}"

LANE = f"""
update lane set in_flight = greatest(0, lane.in_flight - new.tries),
  failing_since = case when new.ok = 0 and new.run = 0 then lane.failing_since when new.run = 0 then null
    when new.ok > 0 then new.run_since
    else coalesce(lane.failing_since, new.run_since) end,
  failures_in_a_row = case when new.ok > 0 then new.run else lane.failures_in_a_row + new.run end,
  failing_seconds = case when new.ok > 0 or lane.failing_seconds = 0 then new.run_seconds
    else lane.failing_seconds + least(new.run_seconds,
      greatest(0, new.last_failure_at / 1000 - lane.last_failure_at / 1000)::int4) end,
  concurrency_limit = case when new.run > 0 then greatest(1, least(lane.concurrency_limit, new.tries) / 2)
    else least({MOST_CONCURRENCY}, lane.concurrency_limit + new.ok) end,
  last_failure_at = greatest(new.last_failure_at, lane.last_failure_at),
  last_sent_at = new.sent_at, last_status = new.status, last_reason = new.reason,
  last_attempt_id = new.attempt_id,
  ended_run_since = case when {RUN_ENDED} then coalesce(lane.ended_run_since, lane.failing_since, new.lead_since)
    else lane.ended_run_since end,
  ended_run_at = case when {RUN_ENDED} then new.accepted_at else lane.ended_run_at end
from json_to_recordset(%s::json) as new(webhook_id text, tries int4, ok int4, run int4, run_since int8,
  run_seconds int4, last_failure_at int8, sent_at int8, status int4, reason text, attempt_id text,
  lead int4, lead_since int8, accepted_at int8)
where lane.webhook_id = new.webhook_id
"""  # noqa: S608 (a number of ours)

COUNTER_CHANGE = f"""
insert into counter_change (webhook_id, hour, triggered, delivered, failed, cancelled, held,
  attempts_ok, attempts_failed, {", ".join(TOOK)})
select new.webhook_id, new.sent_at / %s, 0, new.delivered, new.failed, 0, 0, new.ok, new.tries - new.ok,
  {", ".join(f"coalesce(new.{name}, 0)" for name in TOOK)}
from json_to_recordset(%s::json) as new(webhook_id text, failed int4, ok int4, delivered int4, tries int4,
  sent_at int8, {", ".join(f"{name} int4" for name in TOOK)})
"""  # noqa: S608 (names of ours)

STOP = f"""
with stopped as (
update webhook set state = 'stopped', state_reason = %(reason)s, state_since = %(now)s, version = version + 1
where id = %(webhook_id)s and state = 'on' and (%(gone)s or exists (
  select 1 from lane where lane.webhook_id = webhook.id
  and {FAILURES_COUNTED} >= webhook.failure_limit
  and lane.failing_since <= %(now)s - webhook.failure_window_s * 1000::int8))
returning *)
{STOPPED_VERSION.format(stopped="stopped")}
"""  # noqa: S608 (SQL of ours)


REQUEST_TEMPLATE = """
insert into request_template (id, method, url, headers, format) values (%s, %s, %s, %s, %s) on conflict (id) do nothing
"""


# Every row here is found by a key. To the planner reading all of a small table looks as cheap, and a claim would do it
# for each lane (measured: 127 µs a delivery, and 100 without); a plan that was made while a table was small would go on
# to read all of it when it is large.
OPTIONS = "-c timezone=UTC -c jit=off -c enable_seqscan=off"


class PostgresqlLedger:
    """See `opening.Ledger`. Its connection is opened when it is needed, and again after it broke."""

    remote = True
    passes_over = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: psycopg.Connection[Any] | None = None
        self._cursor = ""

    def claim(
        self, now_ms: int, capacity: int, token: str, ahead: Mapping[str, int] = NONE_AHEAD
    ) -> list[Claimed]:
        """Lease up to `capacity` due deliveries, lane by lane, going on where the last claim ended."""
        values = {
            "now": now_ms,
            "capacity": capacity,
            "token": token,
            "cursor": self._cursor,
            "ahead": orjson.dumps(ahead).decode(),
            "most_ahead": most_ahead(ahead),
        }
        # Binary: as text the events' data would travel twice as large, and be written and read digit by digit.
        with self._connection().cursor(binary=True) as cursor:
            rows = [Claimed._make(row) for row in cursor.execute(CLAIM, values)]
        if rows:
            self._cursor = rows[-1].webhook_id
        return rows

    def claim_apart(self, now_ms: int, capacity: int, token: str) -> list[Claimed]:
        """See `opening.Ledger`."""
        claimed: list[Claimed] = []
        waiting = [row[0] for row in self._connection().execute(WAITING).fetchall()]
        for webhook_id in waiting:
            values = {
                "now": now_ms,
                "capacity": capacity - len(claimed),
                "token": token,
                "cursor": webhook_id,
                "ahead": "{}",
                "most_ahead": 0,
            }
            try:
                with self._connection().cursor(binary=True) as cursor:
                    claimed += [Claimed._make(row) for row in cursor.execute(CLAIM_ONE, values)]
            except (psycopg.DataError, psycopg.ProgrammingError):
                log.exception("Deliveries of webhook %s cannot be claimed", webhook_id)
        return claimed

    def rate_limited_until(self, now_ms: int) -> int | None:
        """See `opening.Ledger`."""
        row = self._connection().execute(RATE_LIMITED, {"us": now_ms * 1000, "ms": now_ms}).fetchone()
        return None if row is None or row[0] is None else -(-row[0] // 1000)

    def record(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Write attempts, move deliveries, update lanes and counts: one transaction, four round trips."""
        db = self._connection()
        with _undone_if_it_fails(db), db.cursor() as cursor:
            with db.pipeline():
                db.execute("begin")
                db.execute(LOCK_LANES, (sorted({e.webhook_id for e in entries}),))
                cursor.execute(RETURN, (_json([e.lease_values() for e in entries]),))
            returned = {row[0] for row in cursor}
            mine = [e for e in entries if e.delivery_id in returned]
            with cursor.copy(KEEP) as copy:
                copy.set_types(ATTEMPT_TYPES)
                for entry in mine:
                    copy.write_row(entry.attempt)
            changes = lane_changes(mine)
            values = _json([c.lane_values() for c in changes])
            with db.pipeline():
                cursor.execute(MOVE, (_json([e.move_values() for e in mine]),))
                cursor.execute(LANE, (values,))
                cursor.execute(COUNTER_CHANGE, (HOUR_MS, values))
                for change in changes:
                    if change.run or change.gone:
                        cursor.execute(STOP, change.stop_values(now_ms))
                db.execute("commit")

    def give_back(self, claimed: Sequence[Claimed], token: str) -> None:
        """See `opening.Ledger`."""
        db = self._connection()
        with db.transaction():
            db.execute(LOCK_LANES, (sorted({c.webhook_id for c in claimed}),))
            db.execute(GIVE_BACK, ([c.id for c in claimed], token))

    def webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Settings rows of these webhooks, each with its secret keys."""
        with self._connection().cursor(row_factory=dict_row) as cursor:
            rows = {
                row["id"]: row | {"secrets": []}
                for row in cursor.execute(f"{WEBHOOKS} = any(%s)", (list(ids),))
            }
            for row in cursor.execute(
                "select webhook_id, secret, expires_at from signing_secret where webhook_id = any(%s) order by id desc",
                (list(ids),),
            ):
                if row["webhook_id"] in rows:
                    rows[row["webhook_id"]]["secrets"].append((row["secret"], row["expires_at"]))
        return list(rows.values())

    def store_request_templates(self, request_templates: Sequence[RequestTemplateRow]) -> None:
        """Store request templates that are not stored yet."""
        with self._connection().cursor() as cursor:
            cursor.executemany(
                REQUEST_TEMPLATE, [(o.id, o.method, o.url, o.headers, o.format) for o in request_templates]
            )

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()

    def _connection(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed or self._db.broken:
            self._db = psycopg.connect(self._url, autocommit=True, connect_timeout=5, options=OPTIONS)
        return self._db


@contextmanager
def _undone_if_it_fails(db: psycopg.Connection[Any]) -> Iterator[None]:
    """For a transaction whose begin and commit travel with its statements: a round trip less for each."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):  # the connection is gone, and with it the transaction
            db.rollback()
        raise


def _json(rows: Sequence[dict[str, object]]) -> str:
    return orjson.dumps(rows).decode()
