"""Deliveries of one status, along the index that has only those."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select, text

from app.models import Delivery, Lease
from app.models.delivery import FAILED, HELD, PENDING, SENDING

# Of a webhook, or of a space.
_INDEXES = {
    (PENDING, "webhook"): "ix_delivery_lane",
    (HELD, "webhook"): "ix_delivery_held",
    (FAILED, "webhook"): "ix_delivery_failed_webhook",
    (FAILED, "space"): "ix_delivery_failed_space",
}


def status_is(status: str | None) -> Any:
    """Written out, not bound: a partial index is only used where its very condition stands in the text."""
    if status not in {PENDING, FAILED, HELD}:
        return Delivery.status == status
    return text(f"delivery.status = '{status}'")


def along(query: Select[Any], status: str, of: str) -> Select[Any]:
    """Those with this status, along its own index. of: "webhook" or "space"; KeyError if there is no such index.

    SQLite is told which one: to a planner without statistics the index of all deliveries is as good, and a
    webhook may have a million of them (measured: 2.4 s in place of 0.01).
    """
    return query.where(status_is(status)).with_hint(Delivery, f"indexed by {_INDEXES[status, of]}", "sqlite")


def of_webhooks(webhook_ids: Sequence[str], status: str) -> Select[Any]:
    """Ids of what waits, is held or is under way for these webhooks; what is under way stands in `lease`."""
    if status == SENDING:
        under_way = select(Lease.delivery_id).where(Lease.webhook_id.in_(webhook_ids))
        return select(Delivery.id).where(Delivery.id.in_(under_way))
    return along(select(Delivery.id).where(Delivery.webhook_id.in_(webhook_ids)), status, "webhook")
