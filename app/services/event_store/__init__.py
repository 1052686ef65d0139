"""Where published events go: plain SQL, a constant number of statements however many events and webhooks.

Two dialects, because each database has its own best way to take many rows at once: arrays in one statement
on PostgreSQL, `executemany` inside the process on SQLite. No ORM objects: this runs for every event.
"""

from app.services.event_store.opening import EventStore, storing
from app.services.event_store.rows import DeliveryRow, EventRow, KnownRow, WantedRow

__all__ = ["DeliveryRow", "EventRow", "EventStore", "KnownRow", "WantedRow", "storing"]
