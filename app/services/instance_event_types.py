"""Event types that a host product adds for all spaces at once (A3, F6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.catalogue import EventType
from app.core.errors import Conflict, NotFound
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import InstanceEventType, Subscription
from app.services.event_types import checked_event_type


def put_instance_event_type(key: str, definition: Mapping[str, Any]) -> EventType:
    """Add or replace one for all spaces; a space's own of the same key goes before it. Raises `Invalid`.

    Web servers that remember the catalogue learn of it within a second.
    """
    with transaction() as session:
        event_type = checked_event_type(None, key, definition)
        row = session.get(InstanceEventType, key) or InstanceEventType(key=key)
        row.definition, row.created_at = dict(definition), utc_now()
        session.add(row)
    return event_type


def delete_instance_event_type(key: str) -> None:
    """Remove one. Raises `NotFound`, or `Conflict` while a webhook of any space wants it."""
    with transaction() as session:
        row = session.get(InstanceEventType, key) if "\0" not in key else None
        if row is None:
            raise NotFound
        wanted = select(Subscription.webhook_id).where(Subscription.event_type == key).limit(1)
        if session.scalar(wanted):
            said = _("A webhook still sends “%(key)s”. Take it out there first.", key=key)
            raise Conflict("event_type_in_use", said)
        session.delete(row)
