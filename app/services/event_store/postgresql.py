"""Publishing on PostgreSQL: rows travel as JSON, and one statement stores all of them.

PostgreSQL takes JSON apart faster than Python writes its arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection

from app.models.roll_up import HOUR_MS
from app.services.event_store.rows import DeliveryRow, EventRow, KnownRow, WantedRow, tallies

KNOWN = """
select idempotency_key, request_hash, id, type, created_at, deliveries_count from event
where space_id = %(space)s and idempotency_key = any(%(keys)s)
"""

WANTED = """
select s.event_type, w.id, w.state, w.projects::text, w.conditions::text, w.ordered
from subscription s join webhook w on w.id = s.webhook_id
where s.space_id = %(space)s and s.event_type = any(%(types)s) and w.state <> 'off' and w.deleted_at is null
"""

INSERT_EVENTS = """
insert into event (id, space_id, type, data, object_id, project_id, actor_id, occurred_at, created_at,
  deliveries_count, idempotency_key, request_hash)
select id, %(space)s, type, convert_to(data, 'UTF8'), object_id, project_id, actor_id, occurred_at, %(now)s,
  deliveries_count, idempotency_key, decode(request_hash, 'hex')
from json_to_recordset(%(events)s::json) as e (id text, type text, data text, object_id text, project_id text,
  actor_id text, occurred_at int8, deliveries_count int4, idempotency_key text, request_hash text)
"""

INSERT_ALL = f"""
with stored as ({INSERT_EVENTS}),
sent as (
  insert into delivery (id, space_id, event_id, webhook_id, event_type, status, due_at, created_at,
    in_order, attempts_count, failed_tries, lost_tries, manual, until_it_works)
  select id, %(space)s, event_id, webhook_id, event_type, status, %(now)s, %(now)s, in_order, 0, 0, 0, false, false
  from json_to_recordset(%(deliveries)s::json) as d (id text, event_id text, webhook_id text, event_type text,
    status text, in_order bool)
)
insert into tally (webhook_id, hour, triggered, held, delivered, failed, cancelled, tries_ok, tries_failed)
select webhook_id, %(hour)s, triggered, held, 0, 0, 0, 0, 0
from json_to_recordset(%(tallies)s::json) as t (webhook_id text, triggered int4, held int4)
"""  # noqa: RUF100, S608 (nothing of it comes from outside)


class PostgresqlStore:
    """An `EventStore` on a connection that commits every statement by itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, space_id: str, keys: Collection[str]) -> list[KnownRow]:
        """See `EventStore`."""
        rows = self._connection.exec_driver_sql(KNOWN, {"space": space_id, "keys": list(keys)})
        return [KnownRow(*row) for row in rows]

    def wanted(self, space_id: str, types: Collection[str]) -> list[WantedRow]:
        """See `EventStore`."""
        rows = self._connection.exec_driver_sql(WANTED, {"space": space_id, "types": list(types)})
        return [WantedRow(*row) for row in rows]

    def insert(
        self, space_id: str, events: Sequence[EventRow], deliveries: Sequence[DeliveryRow], now_ms: int
    ) -> None:
        """See `EventStore`. One statement."""
        values: dict[str, object] = {"space": space_id, "now": now_ms, "events": _json(map(_event, events))}
        if not deliveries:
            self._connection.exec_driver_sql(INSERT_EVENTS, values)
            return
        values["deliveries"] = _json(row._asdict() for row in deliveries)
        values["tallies"] = _json(row._asdict() for row in tallies(deliveries))
        self._connection.exec_driver_sql(INSERT_ALL, {**values, "hour": now_ms // HOUR_MS})


def _event(row: EventRow) -> dict[str, object]:
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
    }


def _json(rows: Iterable[Mapping[str, object]]) -> str:
    return orjson.dumps(list(rows)).decode()
