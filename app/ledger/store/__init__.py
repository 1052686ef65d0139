"""Where published events go: plain SQL, a constant number of statements however many events and webhooks.

Two dialects, because each database has its own best way to take many rows at once: arrays in one statement
on PostgreSQL, `executemany` inside the process on SQLite. No ORM objects: this runs for every event.
"""

from app.ledger.store.opening import EventStore, storing, storing_within
from app.ledger.store.rows import KnownRow, NewDelivery, NewEvent, WantedRow

__all__ = ["NewDelivery", "NewEvent", "EventStore", "KnownRow", "WantedRow", "storing", "storing_within"]
