"""Which index fits the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.orm import Session

from app.ledger.search import postgresql, sqlite
from app.ledger.search.rows import Keys, ToRead
from app.models.search_keys import Wanted


class SearchIndex(Protocol):
    """What search needs of a database. `insert` and `remove` belong into a transaction that writes."""

    @property
    def commits_late(self) -> bool:
        """True if an event may be committed after another whose id is newer."""

    def to_read(self, session: Session, last_id: str, limit: int, looks_back_ms: int) -> list[ToRead]:
        """Events without keys, those that were stored after the event `last_id`, in the order to take them.

        `looks_back_ms`: events whose ids are so much older than that one are looked for too: they may have been
        committed later.
        """

    def insert(self, session: Session, rows: Sequence[Keys]) -> None:
        """Keep keys."""

    def remove(self, session: Session, event_ids: Sequence[str]) -> None:
        """Forget the keys of events that are about to be removed."""

    def find(self, session: Session, tag: str, wanted: Wanted, low: int, high: int, limit: int) -> list[int]:
        """Places from `low` to before `high` that have what is wanted, highest first."""

    def ids_at(self, session: Session, space_id: str, places: Sequence[int]) -> list[str]:
        """The events of the space that stand at these places (one or more), newest first."""


def search_index(session: Session) -> SearchIndex:
    """The index in the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.SqliteIndex()
    return postgresql.PostgresqlIndex()
