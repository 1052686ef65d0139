"""The event types of a space: the shipped catalogue and the space's own (A3)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, literal, select

from app.audit.actions import CREATED, DELETED, EDITED
from app.audit.differences import NOTHING, Snapshot, differences
from app.audit.subject import EVENT_TYPE, Subject
from app.catalogue import (
    HOOKDESK_PREFIX,
    Catalogue,
    CatalogueError,
    EventType,
    event_type_from,
    load_catalogue,
)
from app.core.doorbell import TYPES_CHANGED
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.exact_json import dumps
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import InstanceEventType, OwnEventType, Subscription
from app.outbound.bounded import Bounded
from app.services.auditing import note

# What a type costs in memory besides its sample, whose values cost some four times as much as their JSON.
OWN_TYPE_BYTES = 4096
# Of a space's own types, and of those of all spaces: which, how many, and when the newest was written.
State = frozenset[tuple[str, int, datetime]]
_catalogues: Bounded[tuple[str | None, State], Catalogue] = Bounded(32 * 1024 * 1024)
_one_at_a_time = threading.Lock()


def catalogue_of(space_id: str | None) -> Catalogue:
    """All event types that this space knows; None: those of all spaces alone.

    One short query; the catalogue itself is kept in memory.
    """
    own = select(literal("own"), func.count(), func.max(OwnEventType.created_at))
    shared = select(literal("shared"), func.count(), func.max(InstanceEventType.created_at))
    both = own.where(OwnEventType.space_id == space_id).union_all(shared)
    state = frozenset((row[0], row[1], row[2]) for row in db.session.execute(both) if row[1])
    return _kept(space_id, state) if state else load_catalogue()


def unknown_type_sentence(key: str, nearest: Iterable[str]) -> str:
    """The sentence for an event type that the space does not know, with the nearest names."""
    names = ", ".join(nearest)
    if not names:
        return _("There is no event named “%(key)s”.", key=key)
    return _("There is no event named “%(key)s”. Did you mean: %(names)s?", key=key, names=names)


def put_event_type(space_id: str, key: str, definition: Mapping[str, Any]) -> EventType:
    """Add or replace one of the space's own event types. Raises `Invalid`."""
    with transaction() as session:
        event_type = checked_event_type(space_id, key, definition)
        stored = session.get(OwnEventType, (space_id, key))
        row = stored or OwnEventType(space_id=space_id, key=key)
        before = _snapshot(row.definition) if stored else NOTHING
        row.definition = dict(definition)
        row.created_at = utc_now()  # also of one that is replaced: memories of the old one end with it
        session.add(row)
        if changed := differences(before, _snapshot(definition)):
            note(session, space_id, EDITED if stored else CREATED, Subject(EVENT_TYPE, key), changed)
    current_app.extensions["doorbell"].tell_changed(TYPES_CHANGED, space_id)
    return event_type


def checked_event_type(space_id: str | None, key: str, definition: Mapping[str, Any]) -> EventType:
    """The event type that this defines, among the others of the space, or of all spaces. Raises `Invalid`."""
    if definition.get("key", key) != key:
        raise Invalid([FieldError("key", _("The key in the body is another one than in the address."))])
    if load_catalogue().get(key) is not None:
        raise Invalid([FieldError("key", _("“%(key)s” is a built-in event. Choose another name.", key=key))])
    if key.startswith(HOOKDESK_PREFIX):
        said = _("Names that begin with hookdesk. are kept for Hookdesk's own events. Choose another name.")
        raise Invalid([FieldError("key", said)])
    try:
        event_type = event_type_from({**definition, "key": key})
        _others(space_id, key).with_types([event_type])  # it must not clash with what is there
    except CatalogueError as error:
        raise Invalid([FieldError(fault.place, fault.sentence) for fault in error.faults]) from None
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
        note(
            session,
            space_id,
            DELETED,
            Subject(EVENT_TYPE, key),
            differences(_snapshot(row.definition), NOTHING),
        )
        session.delete(row)
    current_app.extensions["doorbell"].tell_changed(TYPES_CHANGED, space_id)


def _snapshot(definition: Mapping[str, Any]) -> Snapshot:
    """An own event type for the record of changes."""
    return Snapshot({f"event_type.{name}": value for name, value in definition.items()}, {})


def _others(space_id: str | None, key: str) -> Catalogue:
    """The catalogue of the space without that key."""
    return _with_own([own for own in _own_types(space_id) if own.key != key])


def _kept(space_id: str | None, state: State) -> Catalogue:
    """Whatever changes the types changes how many they are or when the newest was written."""
    key = (space_id, state)
    with _one_at_a_time:
        known = _catalogues.get(key)
    if known is None:
        own = _own_types(space_id)
        known = _with_own(own)
        size = sum(OWN_TYPE_BYTES + 4 * len(dumps(one.sample)) for one in own)
        with _one_at_a_time:
            _catalogues.put(key, known, size)
    return known


def _own_types(space_id: str | None) -> list[EventType]:
    """The space's own, and those of all spaces; of the same key its own."""
    shared = select(InstanceEventType.key, InstanceEventType.definition)
    own = select(OwnEventType.key, OwnEventType.definition).where(OwnEventType.space_id == space_id)
    found = {key: definition for query in (shared, own) for key, definition in db.session.execute(query)}
    return [event_type_from({**found[key], "key": key}) for key in sorted(found)]


def _with_own(own: Sequence[EventType]) -> Catalogue:
    """The shipped catalogue and these. A shipped type that came later wins over an own one of the same key."""
    catalogue = load_catalogue()
    return catalogue.with_types(event_type for event_type in own if event_type.key not in catalogue)
