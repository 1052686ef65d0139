"""The event types of a space: the shipped catalogue and the space's own (A3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import select

from app.catalogue import Catalogue, CatalogueError, EventType, event_type_from, load_catalogue
from app.extensions import db
from app.models import OwnEventType, Subscription
from app.services.errors import Conflict, FieldError, Invalid, NotFound
from app.services.transaction import transaction


def catalogue_of(space_id: str) -> Catalogue:
    """All event types that this space knows. One short query; the catalogue itself is kept in memory."""
    rows = db.session.execute(
        select(OwnEventType.key, OwnEventType.definition)
        .where(OwnEventType.space_id == space_id)
        .order_by(OwnEventType.key)
    ).all()
    return _with_own(tuple(orjson.dumps({**definition, "key": key}) for key, definition in rows))


def put_event_type(space_id: str, key: str, definition: Mapping[str, Any]) -> EventType:
    """Add or replace one of the space's own event types. Raises `Invalid`."""
    with transaction() as session:
        try:
            event_type = event_type_from({**definition, "key": key})
            if load_catalogue().get(key) is not None:
                raise Invalid(
                    [FieldError("key", _("“%(key)s” is a built-in event. Choose another name.", key=key))]
                )
        except CatalogueError as error:
            raise Invalid([FieldError(fault.place, fault.sentence) for fault in error.faults]) from None
        row = session.get(OwnEventType, (space_id, key)) or OwnEventType(space_id=space_id, key=key)
        row.definition = dict(definition)
        session.add(row)
    return event_type


def delete_event_type(space_id: str, key: str) -> None:
    """Remove one of the space's own event types. Raises `NotFound`, or `Conflict` while a webhook wants it."""
    with transaction() as session:
        row = session.get(OwnEventType, (space_id, key))
        if row is None:
            raise NotFound
        if session.scalar(
            select(Subscription.webhook_id)
            .where(Subscription.space_id == space_id, Subscription.event_type == key)
            .limit(1)
        ):
            raise Conflict(
                "event_type_in_use", _("A webhook still sends “%(key)s”. Take it out there first.", key=key)
            )
        session.delete(row)


@lru_cache(maxsize=256)
def _with_own(definitions: tuple[bytes, ...]) -> Catalogue:
    catalogue = load_catalogue()
    return (
        catalogue.with_types(map(event_type_from, map(orjson.loads, definitions)))
        if definitions
        else catalogue
    )
