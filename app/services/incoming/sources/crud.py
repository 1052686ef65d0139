"""Keep the sources of an incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.actions import SOURCE_ADDED, SOURCE_DELETED, SOURCE_EDITED
from app.audit.differences import MASK
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.validation import check
from app.models import IncomingSource
from app.models.incoming_source import BASIC, NONE
from app.services.event_types import catalogue_of, unknown_type_sentence
from app.services.incoming.auditing import note_on
from app.services.incoming.finding import find
from app.services.incoming.sources.schema import SourceIn

MOST_SOURCES = 100


def sources_of(incoming_webhook_id: str) -> Sequence[IncomingSource]:
    """All of an incoming webhook, by their key."""
    query = select(IncomingSource).where(IncomingSource.incoming_webhook_id == incoming_webhook_id)
    return db.session.scalars(query.order_by(IncomingSource.key)).all()


def find_source(space_id: str, incoming_webhook_id: str, source_id: str) -> IncomingSource:
    """One of them. Raises `NotFound`."""
    webhook = find(space_id, incoming_webhook_id)
    source = db.session.scalar(
        select(IncomingSource).where(
            IncomingSource.id == source_id, IncomingSource.incoming_webhook_id == webhook.id
        )
    )
    if source is None:
        raise NotFound
    return source


def source_for(incoming_webhook_id: str, key: str) -> IncomingSource | None:
    """The source at `/events/v1/{key}`, if there is one."""
    return db.session.scalar(
        select(IncomingSource).where(
            IncomingSource.incoming_webhook_id == incoming_webhook_id, IncomingSource.key == key
        )
    )


def add_source(space_id: str, incoming_webhook_id: str, data: Mapping[str, Any]) -> IncomingSource:
    """A new source. Raises `NotFound` and `Invalid`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        if len(sources_of(webhook.id)) >= MOST_SOURCES:
            raise Invalid(
                [FieldError("key", _("An incoming webhook has at most %(n)s sources.", n=MOST_SOURCES))]
            )
        source = IncomingSource(incoming_webhook_id=webhook.id, options={})
        _apply(space_id, source, _checked(space_id, webhook.id, data, source))
        session.add(source)
        note_on(session, webhook, SOURCE_ADDED, {}, _told(source))
    return source


def change_source(
    space_id: str, incoming_webhook_id: str, source_id: str, data: Mapping[str, Any]
) -> IncomingSource:
    """Change all settings of a source. Raises `NotFound` and `Invalid`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        source = find_source(space_id, incoming_webhook_id, source_id)
        before = _told(source)
        _apply(space_id, source, _checked(space_id, webhook.id, data, source))
        source.updated_at = utc_now()
        after = _told(source) | ({"secret": f"{MASK} "} if data.get("secret") else {})
        note_on(session, webhook, SOURCE_EDITED, before, after)
    return source


def delete_source(space_id: str, incoming_webhook_id: str, source_id: str) -> None:
    """What is sent there from now on is no longer known. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        source = find_source(space_id, incoming_webhook_id, source_id)
        note_on(session, webhook, SOURCE_DELETED, _told(source), {})
        session.delete(source)


def _checked(
    space_id: str, incoming_webhook_id: str, data: Mapping[str, Any], source: IncomingSource
) -> SourceIn:
    new = check(SourceIn, data)
    errors = []
    same = source_for(incoming_webhook_id, new.key)
    if same is not None and same.id != source.id:
        errors.append(FieldError("key", _("Another source has this address already.")))
    if not _has_secret(new, source):
        errors.append(FieldError("secret", _("Enter the secret that the sender shows you.")))
    if new.event_type and new.event_type not in (catalogue := catalogue_of(space_id)):
        nearest = catalogue.nearest(new.event_type)
        errors.append(FieldError("event_type", unknown_type_sentence(new.event_type, nearest)))
    if errors:
        raise Invalid(errors)
    return new


def _has_secret(new: SourceIn, source: IncomingSource) -> bool:
    """A stored secret counts for the preset that it was entered for."""
    if new.preset == NONE or new.secret:
        return True
    return source.encrypted_secret is not None and source.preset == new.preset


def _apply(space_id: str, source: IncomingSource, new: SourceIn) -> None:
    secret = new.kept_secret()
    if new.preset == BASIC and secret is None and source.encrypted_secret is not None:
        kept = vault().decrypt(source.encrypted_secret).partition(":")[2]
        secret = f"{new.user}:{kept}"
    if new.preset == NONE:
        source.encrypted_secret = None
    elif secret is not None:
        source.encrypted_secret = vault().encrypt(secret)
    source.key, source.preset, source.options = new.key, new.preset, new.kept_options()
    source.event_type, source.type_path = new.event_type or None, new.type_path or None
    source.type_prefix, source.object_id_path = new.type_prefix, new.object_id_path or None
    source.fields = new.payload.stored()


def settings_of(source: IncomingSource) -> dict[str, Any]:
    """A source in the shape that `change_source` takes; the secret is left out."""
    fields = source.fields
    return {
        "key": source.key,
        "preset": source.preset,
        "user": _user_of(source),
        "options": dict(source.options),
        "event_type": source.event_type or "",
        "type_path": source.type_path or "",
        "type_prefix": source.type_prefix,
        "payload": {"mode": "raw" if fields is None else "fields", "fields": fields or []},
        "object_id_path": source.object_id_path or "",
    }


def _user_of(source: IncomingSource) -> str:
    if source.preset != BASIC or source.encrypted_secret is None:
        return ""
    return vault().decrypt(source.encrypted_secret).partition(":")[0]


def _told(source: IncomingSource) -> dict[str, Any]:
    """What the audit keeps of it."""
    secret = MASK if source.encrypted_secret else None
    kind = source.event_type or (f"{source.type_prefix}{{{source.type_path}}}" if source.type_path else None)
    return {"source": source.key, "preset": source.preset, "event_type": kind, "secret": secret}
