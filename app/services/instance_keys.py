"""Keys of the whole instance, for a host product: made, listed and revoked on the command line only (api.md)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid, NotFound
from app.core.expiring_cache import ExpiringCache
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import InstanceKey
from app.models.instance_key import INSTANCE_SCOPES
from app.services.spaces.making import MAX_NAME

PREFIX = "hki_"

_remembered: ExpiringCache[InstanceKey] = ExpiringCache(seconds=1.0)


def create_instance_key(
    scopes: Sequence[str], name: str, expires_at: datetime | None = None
) -> tuple[InstanceKey, str]:
    """A new key and its text, which is not kept. Raises `Invalid`."""
    if not scopes or any(scope not in INSTANCE_SCOPES for scope in scopes):
        said = _("Choose at least one of these: %(scopes)s.", scopes=", ".join(INSTANCE_SCOPES))
        raise Invalid([FieldError("scope", said)])
    if not 0 < len(name.strip()) <= MAX_NAME or not name.isprintable():
        raise Invalid([FieldError("name", _("Enter a name of at most %(n)s characters.", n=MAX_NAME))])
    if expires_at is not None and expires_at <= utc_now():
        raise Invalid([FieldError("expires", _("Choose an end that is still to come."))])
    text = PREFIX + secrets.token_urlsafe(32)
    key = InstanceKey(
        name=name.strip(),
        key_hash=digest_of(text),
        hint=text[-4:],
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    with transaction() as session:
        session.add(key)
        session.flush()
        session.refresh(key)
        session.expunge(key)
    return key, text


def is_instance_key(text: str) -> bool:
    """True if this is how such keys look."""
    return text.startswith(PREFIX)


def find_instance_key(text: str) -> InstanceKey | None:
    """The key with this text, if it may be used now; remembered for a second, as `api_keys.find_key` does."""
    digest = digest_of(text)
    key = _remembered.get(digest) or _remembered.put(digest, read_instance_key(digest))
    return key if key is not None and key.usable(utc_now()) else None


def read_instance_key(digest: str) -> InstanceKey | None:
    """The key of this SHA-256, bound to no session."""
    key = db.session.scalar(select(InstanceKey).where(InstanceKey.key_hash == digest))
    if key is not None:
        db.session.expunge(key)
    return key


def list_instance_keys() -> Sequence[InstanceKey]:
    """All that were not revoked, oldest first."""
    query = select(InstanceKey).where(InstanceKey.revoked_at.is_(None)).order_by(InstanceKey.id)
    return db.session.scalars(query).all()


def revoke_instance_key(key_id: str) -> None:
    """End a key. Raises `NotFound` with a sentence."""
    with transaction() as session:
        key = session.get(InstanceKey, key_id)
        if key is None or key.revoked_at is not None:
            raise NotFound(_("There is no instance key with the id “%(id)s”.", id=key_id))
        key.revoked_at = utc_now()
        digest = key.key_hash
    _remembered.forget(digest)
