"""Publishing on PostgreSQL: one statement stores all rows.

Events travel as JSON: PostgreSQL takes it apart faster than Python quotes arrays. Deliveries travel as one list
for each column: they hold only words of ours, in which no comma stands, and an event may have thousands of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import orjson
import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.ledger.store.driver import borrowed, errors_as_sqlalchemys
from app.ledger.store.rows import KnownRow, NewDelivery, NewEvent, WantedRow
from app.models.counter import HOUR_MS
from app.models.delivery import HELD

KNOWN = """
select idempotency_key, request_hash, id, type, created_at, deliveries_count from event
where space_id = %(space)s and idempotency_key = any(%(keys)s)
"""

WANTED = """
select s.event_type, w.id, w.state, w.projects::text, w.conditions::text, w.ordered
from subscription s join webhook w on w.id = s.webhook_id
where s.space_id = %(space)s and s.event_type = any(%(types)s) and w.state <> 'off' and w.deleted_at is null
"""

# The events that travel in the statement.
GIVEN_EVENTS = """json_to_recordset(%(events)s::json) as e (id text, type text, data text, object_id text,
  project_id text, actor_id text, occurred_at int8, deliveries_count int4, idempotency_key text, request_hash text,
  data_fault text)"""

INSERT_EVENTS = f"""
insert into event (id, space_id, type, data, object_id, project_id, actor_id, occurred_at, created_at,
  deliveries_count, idempotency_key, request_hash, data_fault)
select id, %(space)s, type, convert_to(data, 'UTF8'), object_id, project_id, actor_id, occurred_at, %(now)s,
  deliveries_count, idempotency_key, decode(request_hash, 'hex'), data_fault
from {GIVEN_EVENTS}
"""  # noqa: S608 (nothing of it comes from outside)

INSERT_ALL = f"""
with stored as ({INSERT_EVENTS}),
d as materialized (
  select * from unnest(string_to_array(%(ids)s, ','), string_to_array(%(event_ids)s, ','),
    string_to_array(%(webhook_ids)s, ','), string_to_array(%(statuses)s, ','),
    string_to_array(%(in_order)s, ',')::bool[]) as d (id, event_id, webhook_id, status, in_order)
),
sent as (
  insert into delivery (id, space_id, event_id, webhook_id, event_type, status, due_at, created_at,
    in_order, attempts_count, failed_attempts, lost_attempts, manual, until_it_works)
  select d.id, %(space)s, d.event_id, d.webhook_id, e.type, d.status, %(now)s, %(now)s, d.in_order,
    0, 0, 0, false, false
  from d join {GIVEN_EVENTS} on e.id = d.event_id
)
insert into counter_change (webhook_id, hour, triggered, held, delivered, failed, cancelled,
  attempts_ok, attempts_failed)
select webhook_id, %(hour)s, count(*), count(*) filter (where status = '{HELD}'), 0, 0, 0, 0, 0
from d group by webhook_id
"""  # noqa: S608 (as above)


@contextmanager
def postgresql_store(engine: Engine) -> Iterator[PostgresqlStore]:
    """An `EventStore` in which every statement commits by itself.

    `insert` is one, and what is read before may change until then as it may within a transaction of this
    database (READ COMMITTED). It saves two round trips.
    """
    with borrowed(engine) as connection:
        connection.autocommit = True
        try:
            yield PostgresqlStore(connection)
        finally:
            if not connection.closed:
                connection.autocommit = False


@contextmanager
def postgresql_store_within(session: Session, keyed: bool) -> Iterator[PostgresqlStore]:
    """An `EventStore` in the transaction of a session.

    `keyed`: in a savepoint, so that the transaction can go on after an idempotency key that another stored
    meanwhile. Without keys nothing of the kind can happen, and two round trips are spared.
    """
    within = session.begin_nested() if keyed else nullcontext()
    with within, errors_as_sqlalchemys(session.connection().dialect):
        yield PostgresqlStore(session.connection().connection.dbapi_connection)  # type: ignore[arg-type]


class PostgresqlStore:
    """An `EventStore` on a connection; whoever opened it says when it commits."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def known(self, space_id: str, keys: Collection[str]) -> list[KnownRow]:
        """See `EventStore`."""
        rows = self._connection.execute(KNOWN, {"space": space_id, "keys": list(keys)})
        return [KnownRow._make(row) for row in rows.fetchall()]

    def wanted(self, space_id: str, types: Collection[str]) -> list[WantedRow]:
        """See `EventStore`."""
        rows = self._connection.execute(WANTED, {"space": space_id, "types": list(types)})
        return [WantedRow._make(row) for row in rows.fetchall()]

    def insert(
        self, space_id: str, events: Sequence[NewEvent], deliveries: Sequence[NewDelivery], now_ms: int
    ) -> None:
        """See `EventStore`. One statement."""
        values: dict[str, object] = {"space": space_id, "now": now_ms, "events": _json(map(_event, events))}
        if not deliveries:
            self._connection.execute(INSERT_EVENTS, values)
            return
        ids, event_ids, webhook_ids, statuses, in_order = zip(*deliveries, strict=True)
        values |= {
            "hour": now_ms // HOUR_MS,
            "ids": ",".join(ids),
            "event_ids": ",".join(event_ids),
            "webhook_ids": ",".join(webhook_ids),
            "statuses": ",".join(statuses),
            "in_order": ",".join(["t" if one else "f" for one in in_order]),
        }
        self._connection.execute(INSERT_ALL, values)

    def together(self) -> AbstractContextManager[object]:
        """See `EventStore`. Two round trips more."""
        return self._connection.transaction()


def _event(row: NewEvent) -> dict[str, object]:
    # Written out: this runs for each of a batch, and `_asdict` with changes takes three times as long.
    return {
        "id": row.id,
        "type": row.type,
        "data": row.data.decode(),
        "object_id": row.object_id,
        "project_id": row.project_id,
        "actor_id": row.actor_id,
        "occurred_at": row.occurred_at,
        "deliveries_count": row.deliveries_count,
        "idempotency_key": row.idempotency_key,
        "request_hash": row.request_hash and row.request_hash.hex(),
        "data_fault": row.data_fault,
    }


def _json(rows: Iterable[Mapping[str, object]]) -> str:
    return orjson.dumps(list(rows)).decode()
