"""The ledger on SQLite: one writer at a time, so a claim is a short transaction that starts with the lock."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from app.core.database import BUSY_TIMEOUT_S, sqlite_write, tune_sqlite
from app.ledger.leases.checkpoints import Checkpoints
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
from app.ledger.leases.rows import execute_rows
from app.ledger.leases.sqlite_lanes import OpenLane, due_in_lanes, lanes_from
from app.ledger.leases.sqlite_outcomes import counter_values, lane_values, write_outcomes
from app.models.counter import TOOK, CounterChange, added_up
from app.models.disable_policy import FAILURES_COUNTED
from app.models.webhook import MOST_CONCURRENCY, Lane
from app.sending.message.request_template import RequestTemplateRow

log = logging.getLogger(__name__)

# The database is busy or away: no fault of a row.
BUSY = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
)

LEASE = "insert into lease (delivery_id, webhook_id, token, until) values {rows}"

RETURN = "delete from lease where delivery_id = ? and token = ?"
RETURN_MANY = "delete from lease where token = ? and delivery_id in"

COUNT_OUT = "update lane set in_flight = max(0, in_flight - ?) where webhook_id = ?"

COUNT_IN = """
update lane set in_flight = in_flight + new.column2, rate_limited_until_us = new.column3
from (values {rows}) as new where lane.webhook_id = new.column1
"""

RATE_LIMITED = f"""
select min(moment) from (
  select min(lane.rate_limited_until_us) as moment {WAITING_FOR_RATE_LIMIT.format(us=":us", ms=":ms")}
  union all {NEXT_HELD.format(ms=":ms")})
"""  # noqa: S608 (words of ours)

# The run of failures that ends with this batch was long enough to be told as an incident.
RUN_ENDED = f"new.column3 > 0 and failures_in_a_row + new.column12 >= {Lane.FAILING_FROM}"

# In the order of `lane_values`: lane, tries, ok, run, run_since, when the last failure ended, what the last attempt
# was, and in how many seconds failures ended.
LANE = f"""
update lane set in_flight = max(0, in_flight - new.column2),
  failing_since = case when new.column3 = 0 and new.column4 = 0 then failing_since when new.column4 = 0 then null
    when new.column3 > 0 then new.column5
    else coalesce(failing_since, new.column5) end,
  failures_in_a_row = case when new.column3 > 0 then new.column4 else failures_in_a_row + new.column4 end,
  failing_seconds = case when new.column3 > 0 or failing_seconds = 0 then new.column11
    else failing_seconds + min(new.column11, max(0, coalesce(new.column6 / 1000 - last_failure_at / 1000, 0))) end,
  concurrency_limit = case when new.column4 > 0 then max(1, min(concurrency_limit, new.column2) / 2)
    else min({MOST_CONCURRENCY}, concurrency_limit + new.column3) end,
  last_failure_at = coalesce(max(new.column6, last_failure_at), new.column6, last_failure_at),
  last_sent_at = new.column7, last_status = new.column8, last_reason = new.column9, last_attempt_id = new.column10,
  ended_run_since = case when {RUN_ENDED} then coalesce(ended_run_since, failing_since, new.column13)
    else ended_run_since end,
  ended_run_at = case when {RUN_ENDED} then new.column14 else ended_run_at end
from (values {{rows}}) as new where lane.webhook_id = new.column1
"""  # noqa: S608 (numbers of ours)

STOP = f"""
update webhook set state = 'stopped', state_reason = :reason, state_since = :now, version = version + 1
where id = :webhook_id and state = 'on' and (:gone or exists (
  select 1 from lane where lane.webhook_id = webhook.id
  and {FAILURES_COUNTED} >= webhook.failure_limit
  and lane.failing_since <= :now - webhook.failure_window_s * 1000))
"""  # noqa: S608 (words of ours)

VERSION = STOPPED_VERSION.format(stopped="webhook") + "where w.id = ?"

COUNTER_CHANGE = f"""
insert into counter_change (webhook_id, hour, part, triggered, delivered, failed, cancelled, held,
  attempts_ok, attempts_failed, {", ".join(TOOK)})
values {{rows}} {added_up(CounterChange, "delivered", "failed", "attempts_ok", "attempts_failed", *TOOK)}
"""  # noqa: S608 (names of ours)

REQUEST_TEMPLATE = (
    "insert or ignore into request_template (id, method, url, headers, format) values (?, ?, ?, ?, ?)"
)


class SqliteLedger:
    """See `opening.Ledger`."""

    remote = False
    passes_over = False

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, BUSY_TIMEOUT_S, check_same_thread=False, cached_statements=256)
        tune_sqlite(self._db)
        # A power cut may cost the last outcomes, never an accepted event: those are sent again.
        self._db.execute("pragma synchronous = normal")
        self._checkpoints = Checkpoints(path)
        self._cursor = ""
        self._found_some = False

    def claim(
        self, now_ms: int, capacity: int, token: str, ahead: Mapping[str, int] = NONE_AHEAD
    ) -> list[Claimed]:
        """Lease up to `capacity` due deliveries, lane by lane, going on where the last claim ended."""
        if not self._found_some and not self._anything_due(now_ms, ahead):
            return []
        with sqlite_write(self._db) as db:
            open_lanes = lanes_from(db, self._cursor, ahead)
            claimed, lanes = due_in_lanes(db, open_lanes, now_ms, capacity, most_ahead(ahead))
            taken = Counter(c.webhook_id for c in claimed)
            used = [lane for lane in lanes if lane.webhook_id in taken]
            until = {lane.webhook_id: lane.lease_until(now_ms) for lane in used}
            execute_rows(db, LEASE, [(c.id, c.webhook_id, token, until[c.webhook_id]) for c in claimed])
            execute_rows(db, COUNT_IN, [lane.count_in(now_ms, taken[lane.webhook_id]) for lane in used])
        if used:
            self._cursor = used[-1].webhook_id
        # While there is work the next claim will find some too, and need not look before it locks.
        self._found_some = bool(claimed)
        return claimed

    def claim_apart(self, now_ms: int, capacity: int, token: str) -> list[Claimed]:
        """See `opening.Ledger`."""
        claimed: list[Claimed] = []
        with self._any_text():
            for lane in list(lanes_from(self._db, "")):
                try:
                    claimed += self._claim_lane(lane, now_ms, capacity - len(claimed), token)
                except (ArithmeticError, TypeError, ValueError, sqlite3.Error) as error:
                    if getattr(error, "sqlite_errorcode", None) in BUSY:
                        raise
                    log.exception("Deliveries of webhook %s cannot be claimed", lane.webhook_id)
        return claimed

    def _claim_lane(self, lane: OpenLane, now_ms: int, capacity: int, token: str) -> list[Claimed]:
        with sqlite_write(self._db) as db:
            fresh = next((each for each in lanes_from(db, "") if each.webhook_id == lane.webhook_id), None)
            if fresh is None or capacity <= 0:
                return []
            claimed, _lanes = due_in_lanes(db, [fresh], now_ms, capacity)
            until = fresh.lease_until(now_ms)
            execute_rows(db, LEASE, [(c.id, c.webhook_id, token, until) for c in claimed])
            execute_rows(db, COUNT_IN, [fresh.count_in(now_ms, len(claimed))])
        return claimed

    @contextmanager
    def _any_text(self) -> Iterator[None]:
        """Read text that is no text, too: one damaged value must not hide the rows beside it."""
        self._db.text_factory = _readable
        try:
            yield
        finally:
            self._db.text_factory = str

    def rate_limited_until(self, now_ms: int) -> int | None:
        """See `opening.Ledger`."""
        found = self._db.execute(RATE_LIMITED, {"us": now_ms * 1000, "ms": now_ms}).fetchone()[0]
        return None if found is None else -(-found // 1000)

    def record(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Write attempts, move deliveries, update lanes and counts: one transaction."""
        with sqlite_write(self._db) as db:
            mine = self._return_leases(entries)
            changes = lane_changes(mine)
            write_outcomes(db, mine)
            execute_rows(db, LANE, [lane_values(c) for c in changes])
            execute_rows(db, COUNTER_CHANGE, [counter_values(c) for c in changes])
            for change in changes:
                if (change.run or change.gone) and db.execute(STOP, change.stop_values(now_ms)).rowcount:
                    db.execute(VERSION, (change.webhook_id,))
        self._checkpoints.note(len(mine))

    def give_back(self, claimed: Sequence[Claimed], token: str) -> None:
        """See `opening.Ledger`."""
        with sqlite_write(self._db) as db:
            ours = [c.webhook_id for c in claimed if db.execute(RETURN, (c.id, token)).rowcount]
            db.executemany(COUNT_OUT, [(n, webhook_id) for webhook_id, n in Counter(ours).items()])

    def webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Settings rows of these webhooks, each with its secret keys."""
        with self._any_text():
            return self._webhooks(ids)

    def _webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        marks = ", ".join("?" * len(ids))
        found = self._db.execute(f"{WEBHOOKS} in ({marks})", ids)
        names = [column[0] for column in found.description]
        rows = {row[0]: dict(zip(names, row, strict=True)) | {"secrets": []} for row in found.fetchall()}
        for webhook_id, secret, expires_at in self._db.execute(
            f"select webhook_id, secret, expires_at from signing_secret where webhook_id in ({marks}) order by id desc",  # noqa: S608
            ids,
        ):
            if webhook_id in rows:
                rows[webhook_id]["secrets"].append((secret, expires_at))
        return list(rows.values())

    def store_request_templates(self, request_templates: Sequence[RequestTemplateRow]) -> None:
        """Store request templates that are not stored yet."""
        with sqlite_write(self._db) as db:
            db.executemany(
                REQUEST_TEMPLATE, [(o.id, o.method, o.url, o.headers, o.format) for o in request_templates]
            )

    def close(self) -> None:
        """Close the connection."""
        self._checkpoints.close()
        self._db.close()

    def _anything_due(self, now_ms: int, ahead: Mapping[str, int]) -> bool:
        """A look without the write lock, so that idle workers do not stand in the publisher's way."""
        return any(
            self._db.execute(
                "select 1 from delivery where webhook_id = ? and status = 'pending' and due_at <= ? limit 1",
                (lane.webhook_id, now_ms),
            ).fetchone()
            for lane in lanes_from(self._db, self._cursor, ahead)
        )

    def _return_leases(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """End the leases that are still ours; returns their entries.

        Nearly always that is all of them, and the count of deleted rows says so. The others had ended and
        were released by a sweep: their attempts are known as "unknown outcome" already.
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


def _readable(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
