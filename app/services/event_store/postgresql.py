"""Publishing on PostgreSQL: rows travel as arrays of columns, and one statement stores all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
select id, %(space)s, type, data, object_id, project_id, actor_id, occurred_at, %(now)s,
  deliveries_count, idempotency_key, request_hash
from unnest(%(ids)b::text[], %(types)b::text[], %(data)b::bytea[], %(object_ids)b::text[],
  %(project_ids)b::text[], %(actor_ids)b::text[], %(occurred)b::int8[], %(counts)b::int4[], %(keys)b::text[],
  %(hashes)b::bytea[])
  as e (id, type, data, object_id, project_id, actor_id, occurred_at, deliveries_count, idempotency_key,
    request_hash)
"""

INSERT_ALL = f"""
with stored as ({INSERT_EVENTS}),
sent as (
  insert into delivery (id, space_id, event_id, webhook_id, event_type, status, due_at, created_at,
    in_order, attempts_count, failed_tries, lost_tries, manual, until_it_works)
  select id, %(space)s, event_id, webhook_id, event_type, status, %(now)s, %(now)s, in_order, 0, 0, 0, false, false
  from unnest(%(dlv_ids)b::text[], %(dlv_events)b::text[], %(dlv_webhooks)b::text[], %(dlv_types)b::text[],
    %(dlv_states)b::text[], %(dlv_orders)b::bool[]) as d (id, event_id, webhook_id, event_type, status, in_order)
)
insert into tally (webhook_id, hour, triggered, held, delivered, failed, cancelled, tries_ok, tries_failed)
select webhook_id, %(hour)s, triggered, held, 0, 0, 0, 0, 0
from unnest(%(webhooks)b::text[], %(triggered)b::int4[], %(held)b::int4[]) as t (webhook_id, triggered, held)
"""  # noqa: RUF100, S608 (nothing of it comes from outside)

_EVENT = (
    "ids",
    "types",
    "data",
    "object_ids",
    "project_ids",
    "actor_ids",
    "occurred",
    "counts",
    "keys",
    "hashes",
)
_DELIVERY = ("dlv_ids", "dlv_events", "dlv_webhooks", "dlv_types", "dlv_states", "dlv_orders")
_TALLY = ("webhooks", "triggered", "held")


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
        values: dict[str, object] = {"space": space_id, "now": now_ms, **_columns(_EVENT, events)}
        if not deliveries:
            self._connection.exec_driver_sql(INSERT_EVENTS, values)
            return
        values |= _columns(_DELIVERY, deliveries)
        values |= _columns(_TALLY, tallies(deliveries))
        self._connection.exec_driver_sql(INSERT_ALL, {**values, "hour": now_ms // HOUR_MS})


def _columns(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> dict[str, list[object]]:
    """Rows turned into one list for each column."""
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
