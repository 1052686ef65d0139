"""Which store fits the database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Protocol

from sqlalchemy import Engine

from app.services.event_store.postgresql import PostgresqlStore
from app.services.event_store.rows import DeliveryRow, EventRow, KnownRow, WantedRow
from app.services.event_store.sqlite import sqlite_store


class EventStore(Protocol):
    """What publishing needs of a database."""

    def known(self, space_id: str, keys: Collection[str]) -> list[KnownRow]:
        """Events of the space that were stored under these idempotency keys."""

    def wanted(self, space_id: str, types: Collection[str]) -> list[WantedRow]:
        """The webhooks of the space that want events of these types, and are not off."""

    def insert(
        self, space_id: str, events: Sequence[EventRow], deliveries: Sequence[DeliveryRow], now_ms: int
    ) -> None:
        """Store events, their deliveries and what they count, all or nothing.

        Raises SQLAlchemy's `IntegrityError` if an idempotency key is taken.
        """


@contextmanager
def storing(engine: Engine) -> Iterator[EventStore]:
    """A store on a connection of its own. What was inserted is committed when this ends without an exception."""
    if engine.dialect.name == "sqlite":
        with sqlite_store(engine) as store:
            yield store
        return
    # Every statement commits by itself: `insert` is one, and what is read before may change until then
    # as it may within a transaction of this database (READ COMMITTED). It saves two round trips.
    with _committing(engine).connect() as connection:
        yield PostgresqlStore(connection)


@lru_cache(maxsize=8)
def _committing(engine: Engine) -> Engine:
    """The same connections, each statement a transaction of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")
