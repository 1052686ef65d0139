"""API keys: make one (shown once), find it again by its hash, revoke it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models import ApiKey
from app.models.api_key import SCOPES
from app.models.base import utc_now
from app.services.errors import FieldError, Invalid, NotFound
from app.services.transaction import transaction

PREFIX = "hd_"


def create_key(
    space_id: str, name: str, scopes: Sequence[str], created_by: str | None = None
) -> tuple[ApiKey, str]:
    """A new key and its text, which is not kept. Raises `Invalid`."""
    errors = []
    if not name.strip():
        errors.append(FieldError("name", _("Enter a name, so that you know later what the key is for.")))
    elif len(name) > 200:
        errors.append(FieldError("name", _("Use at most %(n)s characters.", n=200)))
    if not scopes or any(scope not in SCOPES for scope in scopes):
        errors.append(
            FieldError("scopes", _("Choose at least one of these: %(scopes)s.", scopes=", ".join(SCOPES)))
        )
    if errors:
        raise Invalid(errors)
    text = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        space_id=space_id,
        name=name.strip(),
        key_hash=_digest(text),
        hint=text[-4:],
        scopes=sorted(set(scopes)),
        created_by=created_by,
    )
    with transaction() as session:
        session.add(key)
    return key, text


def find_key(text: str) -> ApiKey | None:
    """The key with this text, if it may be used now.

    It is looked up by its SHA-256: how long a miss takes says nothing about any key.
    """
    key = db.session.scalar(select(ApiKey).where(ApiKey.key_hash == _digest(text)))
    return key if key is not None and key.usable(utc_now()) else None


def list_keys(space_id: str) -> Sequence[ApiKey]:
    """Keys of a space that were not revoked, newest first."""
    return db.session.scalars(
        select(ApiKey)
        .where(ApiKey.space_id == space_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id.desc())
    ).all()


def revoke_key(space_id: str, key_id: str) -> None:
    """End a key at once. Raises `NotFound`."""
    with transaction() as session:
        key = session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.space_id == space_id))
        if key is None:
            raise NotFound
        key.revoked_at = utc_now()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
