"""Fill a database with millions of rows: events, their deliveries, and an attempt for each that is done.

The rows are made inside the database, in steps, so that five million take minutes. Nine of ten deliveries
arrived, some failed; `waiting` more are due now.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Row, insert, text

from app.core.ids import new_id
from app.core.times import from_ms, now_ms
from app.models import Event, Incident
from app.models.delivery import PENDING
from bench.load import EVENT_TYPE, SPACE, new_event

AT_ONCE = 200_000
# Spread over 80 days, so that nothing of it is too old to be kept.
DAYS = 80
FAILED_OF = 20
REQUEST_TEMPLATE = "out_bench"

DATA = (
    '{{"id":4711,"email":"ada.lovelace@example.com","name":{{"first":"Ada","last":"Lovelace"}},'
    '"status":"qualified","number":"{number}"}}'
)
HEADERS = (
    '[["Content-Type","application/json"],["Content-Length","15"],["Date","Sat, 21 Nov 2026 09:30:00 GMT"]]'
)


class _PostgreSQL:
    """How PostgreSQL writes it."""

    rows = "generate_series(cast(:first as bigint), cast(:last as bigint)) as n"

    @staticmethod
    def hexed(value: str, width: int) -> str:
        return f"lpad(to_hex(cast({value} as bigint)), {width}, '0')"

    @staticmethod
    def blob(value: str) -> str:
        return f"convert_to({value}, 'UTF8')"


class _SQLite:
    """How SQLite writes it."""

    rows = "(with recursive c(n) as (select :first union all select n + 1 from c where n < :last) select n from c)"

    @staticmethod
    def hexed(value: str, width: int) -> str:
        return f"printf('%0{width}x', {value})"

    @staticmethod
    def blob(value: str) -> str:
        return f"cast({value} as blob)"


def fill(engine: Engine, webhook_ids: list[str], count: int) -> None:
    """`count` events with a delivery and an attempt each, spread over the webhooks and over the past."""
    sql = _PostgreSQL if engine.dialect.name == "postgresql" else _SQLite
    gap_ms = DAYS * 86_400_000 // count
    values = {
        "space": SPACE,
        "type": EVENT_TYPE,
        "base": now_ms() - DAYS * 86_400_000,
        "gap": max(1, gap_ms),
        "webhooks": len(webhook_ids),
    }
    with engine.begin() as connection:
        connection.execute(
            text("create temporary table numbered (number integer primary key, id varchar(40))")
        )
        connection.execute(
            text("insert into numbered values (:number, :id)"),
            [{"number": n, "id": i} for n, i in enumerate(webhook_ids)],
        )
        connection.execute(
            text(
                "insert into request_template (id, method, url, headers, format)"
                " values (:id, 'POST', :url, :h, 'standard')"
            ),
            {"id": REQUEST_TEMPLATE, "url": "https://example.com/hook", "h": HEADERS.encode()},
        )
        for first in range(0, count, AT_ONCE):
            part = values | {"first": first, "last": min(first + AT_ONCE, count) - 1}
            for statement in _statements(sql):
                connection.execute(text(statement), part)
        connection.execute(text("drop table numbered"))
    settle(engine)


def add_waiting(
    engine: Engine, webhook_ids: list[str], each: int, space_id: str = SPACE, status: str = PENDING
) -> None:
    """`each` due deliveries more, or held ones, for each of the webhooks of a space, all of one event."""
    sql = _PostgreSQL if engine.dialect.name == "postgresql" else _SQLite
    base, event = now_ms(), new_event() | {"space_id": space_id}
    statement = f"""
      insert into delivery ({_DELIVERY})
      select {_id(sql, "dlv")}, :space, :event, :webhook, :type, :status, :base, 0, 0, 0, {_NO}, {_NO}, {_NO}, :base
      from {sql.rows}
    """  # noqa: S608 (words of ours)
    with engine.begin() as connection:
        connection.execute(insert(Event.__table__), [event])
        for number, webhook_id in enumerate(webhook_ids):
            first = number * each
            part = {
                "space": space_id,
                "status": status,
                "event": event["id"],
                "webhook": webhook_id,
                "type": EVENT_TYPE,
                "base": base,
                "gap": 0,
                "first": first,
                "last": first + each - 1,
            }
            connection.execute(text(statement), part)
    settle(engine)


def add_incidents(engine: Engine) -> None:
    """An incident of each day and webhook that has failures, as they are spread over the past; the newest is open."""
    failed = "select webhook_id, started_at / 86400000 as day, id, started_at from attempt where outcome = 'failed'"
    days = f"""
      select webhook_id, day, min(id) as a, max(id) as b, min(started_at) as since, max(started_at) as till,
        count(*) as n
      from ({failed}) f group by webhook_id, day
    """  # noqa: S608 (as above)
    with engine.begin() as connection:
        rows = connection.execute(text(days)).all()
        newest = {row.webhook_id: row.day for row in sorted(rows, key=lambda row: row.day)}
        connection.execute(insert(Incident.__table__), [_incident(row, newest) for row in rows])


def _incident(row: Row[Any], newest: dict[str, int]) -> dict[str, Any]:
    reason = {"reason": "http_500", "status": 500, "server": "Caddy", "failed": row.n, "attempts": row.n}
    return {
        "id": new_id("inc", row.since),
        "space_id": SPACE,
        "webhook_id": row.webhook_id,
        "opened_at": from_ms(row.since),
        "closed_at": None if newest[row.webhook_id] == row.day else from_ms(row.till),
        "ended_by": None if newest[row.webhook_id] == row.day else "accepted",
        "reason": "http_500",
        "failed": row.n,
        "attempts": row.n,
        "reasons": [{**reason, "first_at": row.since, "last_at": row.till, "attempt_id": row.b}],
        "first_attempt_id": row.a,
        "last_attempt_id": row.b,
        "counted_to": row.b,
        "last_failure_at": from_ms(row.till),
    }


def add_hours(engine: Engine) -> None:
    """The counts of the attempts that were filled in, by webhook and hour, as they are compacted."""
    ok, failed = (f"sum(case when outcome = '{one}' then 1 else 0 end)" for one in ("succeeded", "failed"))
    statement = f"""
      insert into webhook_hour (webhook_id, hour, triggered, delivered, failed, cancelled, held, attempts_ok,
        attempts_failed, took_50)
      select {{whose}}, started_at / 3600000, count(*), {ok}, {failed}, 0, 0, {ok}, {failed}, count(*)
      from attempt group by {{whose}}, started_at / 3600000
    """  # noqa: S608 (as above)
    with engine.begin() as connection:
        for whose in ("webhook_id", "space_id"):
            connection.execute(text(statement.format(whose=whose)))


def settle(engine: Engine) -> None:
    """What the databases' own maintenance does in time."""
    words = "vacuum analyze" if engine.dialect.name == "postgresql" else "pragma wal_checkpoint(truncate)"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(words)


_NO = "false"
_DELIVERY = (
    "id, space_id, event_id, webhook_id, event_type, status, due_at, attempts_count, failed_attempts, lost_attempts,"
    " manual, until_it_works, in_order, created_at"
)
_AT = "(:base + n * :gap)"


def _id(sql: type[_PostgreSQL | _SQLite], prefix: str) -> str:
    return f"'{prefix}_' || {sql.hexed(_AT, 12)} || {sql.hexed('n', 16)}"


def _statements(sql: type[_PostgreSQL | _SQLite]) -> list[str]:
    failed = f"n % {FAILED_OF} = 0"
    data = sql.blob("'" + DATA.format(number="' || n || '").replace(":", "\\:") + "'")
    headers = sql.blob("'" + HEADERS.replace(":", "\\:") + "'")
    # Words of ours alone, no one else's.
    empty = sql.blob("'{}'")
    webhook = "(select numbered.id from numbered where numbered.number = n % :webhooks)"
    return [
        f"""
        insert into event (id, space_id, type, data, object_id, occurred_at, created_at, deliveries_count)
        select {_id(sql, "evt")}, :space, :type, {data}, cast(n as varchar(20)), {_AT}, {_AT}, 1 from {sql.rows}
        """,  # noqa: S608
        f"""
        insert into delivery ({_DELIVERY}, last_status, last_attempt_at)
        select {_id(sql, "dlv")}, :space, {_id(sql, "evt")}, {webhook}, :type,
          case when {failed} then 'failed' else 'succeeded' end, {_AT}, 1, case when {failed} then 1 else 0 end, 0,
          {_NO}, {_NO}, {_NO}, {_AT}, case when {failed} then 500 else 200 end, {_AT}
        from {sql.rows}
        """,  # noqa: S608
        f"""
        insert into attempt (id, space_id, webhook_id, delivery_id, number, trigger, started_at, duration_us,
          first_byte_us, request_template_id, timestamp_s, signature, status, response_headers, response_body,
          body_size, truncated, outcome, reason, detail, facts)
        select {_id(sql, "att")}, :space, {webhook}, {_id(sql, "dlv")}, 1, 'scheduled', {_AT}, 21000, 20000,
          '{REQUEST_TEMPLATE}', {_AT} / 1000, 'v1,' || {sql.hexed("n * 7919", 44)},
          case when {failed} then 500 else 200 end, {headers}, {empty}, 2, {_NO},
          case when {failed} then 'failed' else 'succeeded' end,
          case when {failed} then 'http_500' end, '', {empty}
        from {sql.rows}
        """,  # noqa: S608
    ]
