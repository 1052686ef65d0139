"""The ledger on SQLite: one writer at a time, so a claim is a short transaction that starts with the lock."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from app.database import BUSY_TIMEOUT_S, tune_sqlite
from app.delivery.ledger.entries import (
    ATTEMPT_COLUMNS,
    LEASE_MARGIN_MS,
    WAITING_FOR_PACE,
    Claimed,
    Entry,
    lane_changes,
)
from app.delivery.ledger.rows import execute_rows
from app.delivery.outline import OutlineRow
from app.delivery.pacing import pace_of
from app.models.roll_up import HOUR_MS
from app.models.webhook import MOST_ROOM

# Walks from one webhook with waiting rows to the next through the partial index: its cost is the number
# of such webhooks, not of rows.
LANES = """
with recursive waiting(webhook_id) as (
  select (select min(webhook_id) from delivery where status = 'pending')
  union all
  select (select min(d.webhook_id) from delivery d where d.status = 'pending' and d.webhook_id > waiting.webhook_id)
  from waiting where waiting.webhook_id is not null
)
select lane.webhook_id, webhook.timeout_s,
  case when webhook.ordered then 1 else min(webhook.max_in_flight, lane.room) end - lane.in_flight, webhook.ordered,
  webhook.rate_per_s, lane.paced_until_us
from waiting
join lane on lane.webhook_id = waiting.webhook_id
join webhook on webhook.id = lane.webhook_id
where webhook.state = 'on' and not (webhook.ordered and lane.held_order is not null)
  and lane.in_flight < case when webhook.ordered then 1 else min(webhook.max_in_flight, lane.room) end
order by lane.webhook_id <= ?, lane.webhook_id
"""

# One lane's due deliveries become leases. Read and written in one statement: nothing of it passes through Python.
TAKE = """
insert into lease (delivery_id, webhook_id, token, until)
select d.id, d.webhook_id, ?, ? from delivery d
where d.webhook_id = ? and d.status = 'pending' and d.due_at <= ?
  and not exists (select 1 from lease where lease.delivery_id = d.id)
order by d.due_at, d.id limit ?
"""

# In strict order only the first of the lane may go, also while it waits for its next try. The plain rows are
# those that were published in the moment in which the order was asked for.
TAKE_FIRST = """
insert into lease (delivery_id, webhook_id, token, until)
select d.id, d.webhook_id, ?1, ?2 from delivery d
where d.id = coalesce(
    (select id from delivery where webhook_id = ?3 and status = 'pending' and in_order order by id limit 1),
    (select id from delivery where webhook_id = ?3 and status = 'pending' order by due_at, id limit 1))
  and d.due_at <= ?4 and not exists (select 1 from lease where lease.delivery_id = d.id)
limit ?5
"""

# CROSS JOIN keeps the order: the leases first, of which there are only as many as are in flight.
TAKEN = """
select d.id, d.space_id, d.webhook_id, webhook.version, d.event_id, d.attempts_count, d.failed_tries, d.manual,
  d.until_it_works, d.resume_at, coalesce(event.type, ''), coalesce(event.occurred_at, 0), event.data,
  event.actor_id
from lease cross join delivery d cross join webhook left join event on event.id = d.event_id
where lease.token = ? and d.id = lease.delivery_id and webhook.id = d.webhook_id
"""

RETURN = "delete from lease where delivery_id = ? and token = ?"
RETURN_MANY = "delete from lease where token = ? and delivery_id in"

MOVE = """
update delivery set until_it_works = until_it_works and new.column2 <> 'succeeded', status = new.column2,
  due_at = new.column3, attempts_count = new.column4, failed_tries = new.column5, last_status = new.column6,
  last_reason = new.column7, last_attempt_at = new.column8, manual = 0, resume_at = null
from (values {rows}) as new where delivery.id = new.column1
"""

COUNT_OUT = "update lane set in_flight = max(0, in_flight - ?) where webhook_id = ?"

COUNT_IN = "update lane set in_flight = in_flight + ?, paced_until_us = ? where webhook_id = ?"

PACED = "select min(lane.paced_until_us) " + WAITING_FOR_PACE.format(us="?", ms="?")

LANE = f"""
update lane set in_flight = max(0, in_flight - :tries),
  failing_since = case when :run = 0 then null when :ok > 0 then :run_since else coalesce(failing_since, :run_since) end,
  failures_in_a_row = case when :ok > 0 then :run else failures_in_a_row + :run end,
  room = case when :run > 0 then max(1, min(room, :tries) / 2)
    else max(room, min({MOST_ROOM}, :tries * 2)) end,
  last_failure_at = coalesce(:last_failure_at, last_failure_at),
  last_sent_at = :sent_at, last_status = :status, last_reason = :reason, last_attempt_id = :attempt_id
where webhook_id = :webhook_id
"""  # noqa: E501, S608 (numbers of ours)

STOP = """
update webhook set state = 'stopped', state_reason = :reason, state_since = :now, version = version + 1
where id = :webhook_id and state = 'on' and (:gone or exists (
  select 1 from lane where lane.webhook_id = webhook.id
  and lane.failures_in_a_row >= webhook.failure_limit
  and lane.failing_since <= :now - webhook.failure_window_s * 1000))
"""

TALLY = f"""
insert into tally (webhook_id, hour, triggered, delivered, failed, cancelled, held, tries_ok, tries_failed)
values (:webhook_id, :sent_at / {HOUR_MS}, 0, :delivered, :failed, 0, 0, :ok, :tries - :ok)
"""  # noqa: S608

ATTEMPT = f"insert into attempt ({', '.join(ATTEMPT_COLUMNS)}) values {{rows}}"  # noqa: S608


OUTLINE = "insert or ignore into outline (id, method, url, headers, format) values (?, ?, ?, ?, ?)"


class _Lane(NamedTuple):
    """A lane that has waiting rows and room, in the order of LANES."""

    webhook_id: str
    timeout_s: int
    free: int
    ordered: int
    rate_per_s: int | None
    paced_until_us: int

    def allowed(self, now_ms: int) -> int:
        """How many its speed limit lets through now."""
        if self.rate_per_s is None:
            return self.free
        return pace_of(self.rate_per_s).allowed(now_ms * 1000, self.paced_until_us)

    def paced_after(self, now_ms: int, taken: int) -> int:
        """Where its speed limit stands once `taken` have been taken."""
        if self.rate_per_s is None:
            return self.paced_until_us
        return pace_of(self.rate_per_s).after(now_ms * 1000, self.paced_until_us, taken)


class SqliteLedger:
    """See `opening.Ledger`."""

    remote = False

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, BUSY_TIMEOUT_S, check_same_thread=False, cached_statements=256)
        tune_sqlite(self._db)
        # A power cut may cost the last outcomes, never an accepted event: those are sent again.
        self._db.execute("pragma synchronous = normal")
        self._cursor = ""
        self._found_some = False

    def claim(self, now_ms: int, room: int, token: str) -> list[Claimed]:
        """Lease up to `room` due deliveries, lane by lane, going on where the last claim ended."""
        if not self._found_some and not self._anything_due(now_ms):
            return []
        taken = 0
        with self._write() as db:
            for row in db.execute(LANES, (self._cursor,)).fetchall():
                lane = _Lane._make(row)
                free = min(lane.free, room - taken, lane.allowed(now_ms))
                values = (
                    token,
                    now_ms + lane.timeout_s * 1000 + LEASE_MARGIN_MS,
                    lane.webhook_id,
                    now_ms,
                    free,
                )
                found = db.execute(TAKE_FIRST if lane.ordered else TAKE, values).rowcount if free else 0
                if found:
                    db.execute(COUNT_IN, (found, lane.paced_after(now_ms, found), lane.webhook_id))
                    self._cursor = lane.webhook_id
                    taken += found
                if taken >= room:
                    break
        # While there is work the next claim will find some too, and need not look before it locks.
        self._found_some = taken > 0
        return [Claimed._make(row) for row in self._db.execute(TAKEN, (token,)).fetchall()] if taken else []

    def paced_until(self, now_ms: int) -> int | None:
        """See `opening.Ledger`."""
        found = self._db.execute(PACED, (now_ms * 1000, now_ms)).fetchone()[0]
        return None if found is None else -(-found // 1000)

    def record(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Write attempts, move deliveries, update lanes and counts: one transaction."""
        with self._write() as db:
            mine = self._return_leases(entries)
            changes = lane_changes(mine)
            lanes = [c.lane_values() for c in changes]
            execute_rows(db, ATTEMPT, [e.attempt for e in mine])
            execute_rows(db, MOVE, [_move_values(e) for e in mine])
            db.executemany(LANE, lanes)
            db.executemany(TALLY, lanes)
            db.executemany(STOP, [c.stop_values(now_ms) for c in changes if c.run or c.gone])

    def give_back(self, claimed: Sequence[Claimed], token: str) -> None:
        """See `opening.Ledger`."""
        with self._write() as db:
            ours = [c.webhook_id for c in claimed if db.execute(RETURN, (c.id, token)).rowcount]
            db.executemany(COUNT_OUT, [(n, webhook_id) for webhook_id, n in Counter(ours).items()])

    def webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Settings rows of these webhooks, each with its secret keys."""
        marks = ", ".join("?" * len(ids))
        found = self._db.execute(f"select * from webhook where id in ({marks})", ids)  # noqa: S608 (marks only)
        names = [column[0] for column in found.description]
        rows = {row[0]: dict(zip(names, row, strict=True)) | {"secrets": []} for row in found.fetchall()}
        for webhook_id, secret, expires_at in self._db.execute(
            f"select webhook_id, secret, expires_at from signing_secret where webhook_id in ({marks}) order by id desc",  # noqa: S608
            ids,
        ):
            rows[webhook_id]["secrets"].append((secret, expires_at))
        return list(rows.values())

    def keep_outlines(self, outlines: Sequence[OutlineRow]) -> None:
        """Store outlines that are not stored yet."""
        with self._write() as db:
            db.executemany(OUTLINE, [(o.id, o.method, o.url, o.headers, o.format) for o in outlines])

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("begin immediate")
        try:
            yield self._db
            self._db.execute("commit")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise

    def _anything_due(self, now_ms: int) -> bool:
        """A look without the write lock, so that idle workers do not stand in the publisher's way."""
        lanes = self._db.execute(LANES, (self._cursor,)).fetchall()
        return any(
            self._db.execute(
                "select 1 from delivery where webhook_id = ? and status = 'pending' and due_at <= ? limit 1",
                (webhook_id, now_ms),
            ).fetchone()
            for webhook_id, *_rest in lanes
        )

    def _return_leases(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """End the leases that are still ours; returns their entries.

        Nearly always that is all of them, and the count of deleted rows says so. The others had ended and
        were released by a sweep: their tries are known as "unknown outcome" already.
        """
        self._db.execute("savepoint returning_leases")
        if self._return_all(entries) != len(entries):
            self._db.execute("rollback to returning_leases")
            entries = [
                e for e in entries if self._db.execute(RETURN, (e.delivery_id, e.lease_token)).rowcount
            ]
        return entries

    def _return_all(self, entries: Sequence[Entry]) -> int:
        by_token: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            by_token[entry.lease_token].append(entry.delivery_id)
        return sum(
            self._db.execute(f"{RETURN_MANY} ({', '.join('?' * len(ids))})", (token, *ids)).rowcount
            for token, ids in by_token.items()
        )


def _move_values(e: Entry) -> tuple[object, ...]:
    """In the order of MOVE. By position: this runs for every delivery, and names cost a look-up each."""
    return (
        e.delivery_id,
        e.status,
        e.due_at,
        e.attempts_count,
        e.failed_tries,
        e.http_status,
        e.reason,
        e.attempted_at,
    )
