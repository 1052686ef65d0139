"""Which store fits the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.ledger.store.postgresql import postgresql_store, postgresql_store_within
from app.ledger.store.rows import KnownRow, NewDelivery, NewEvent, WantedRow
from app.ledger.store.sqlite import sqlite_store, sqlite_store_within


class EventStore(Protocol):
    """What publishing needs of a database."""

    def known(self, space_id: str, keys: Collection[str]) -> list[KnownRow]:
        """Events of the space that were stored under these idempotency keys."""

    def wanted(self, space_id: str, types: Collection[str]) -> list[WantedRow]:
        """The webhooks of the space that want events of these types, and are not off."""

    def insert(
        self, space_id: str, events: Sequence[NewEvent], deliveries: Sequence[NewDelivery], now_ms: int
    ) -> None:
        """Store events, their deliveries and what they count, all or nothing.

        Raises SQLAlchemy's `IntegrityError` if an idempotency key is taken.
        """

    def together(self) -> AbstractContextManager[object]:
        """While this lasts, everything that is inserted is one transaction, committed at its end."""


def storing(engine: Engine) -> AbstractContextManager[EventStore]:
    """A store on a connection of its own. What was inserted is committed when this ends without an exception."""
    return sqlite_store(engine) if engine.dialect.name == "sqlite" else postgresql_store(engine)


def storing_within(session: Session, keyed: bool = True) -> AbstractContextManager[EventStore]:
    """A store in the transaction that the session is in, after what it has written so far.

    `keyed`: an event may have an idempotency key, so that storing it can fail and the transaction goes on.
    """
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        return sqlite_store_within(session)
    return postgresql_store_within(session, keyed)
