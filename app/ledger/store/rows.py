"""What goes into the store and comes out of it. Times are milliseconds since 1970."""

from __future__ import annotations

from typing import NamedTuple


class NewEvent(NamedTuple):
    """An event to store, in the order of the columns of `EVENT_COLUMNS`."""

    id: str
    type: str
    data: bytes
    object_id: str | None
    project_id: str | None
    actor_id: str | None
    occurred_at: int
    deliveries_count: int
    idempotency_key: str | None
    request_hash: bytes | None
    data_fault: str | None = None


class NewDelivery(NamedTuple):
    """A delivery to store: pending or held. The rest of its row follows from its event."""

    id: str
    event_id: str
    webhook_id: str
    status: str
    in_order: bool


class WantedRow(NamedTuple):
    """A webhook that subscribed to an event type and is not off. Projects and conditions as JSON."""

    event_type: str
    webhook_id: str
    state: str
    projects: str
    conditions: str
    ordered: bool


class KnownRow(NamedTuple):
    """An event that was stored earlier under an idempotency key."""

    idempotency_key: str
    request_hash: bytes
    id: str
    type: str
    created_at: int
    deliveries_count: int
