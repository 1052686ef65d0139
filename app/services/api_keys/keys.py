"""API keys: make one (shown once), find it again by its hash, revoke it."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

import structlog
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import CREATED, REVOKED
from app.audit.differences import MASK, Details, detail
from app.audit.subject import API_KEY, Subject
from app.catalogue import load_tools
from app.core.digests import digest_of
from app.core.doorbell import KEY_CHANGED
from app.core.encryption import EncryptionError
from app.core.errors import FieldError, Invalid, NotFound
from app.core.expiring_cache import ExpiringCache
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.core.transaction import after_commit, transaction
from app.models import ApiKey, Role
from app.models.api_key import ADMINISTRATIVE, SCOPES
from app.models.permission import MANAGE_INCOMING
from app.models.record import manage_permission, view_permission
from app.models.role import (
    MANAGE_OAUTH_CREDENTIALS,
    MANAGE_WEBHOOKS,
    PERMISSIONS,
    RESEND,
    VIEW_OAUTH_CREDENTIALS,
    VIEW_WEBHOOKS,
)
from app.services.api_keys.text import new_text
from app.services.auditing import note

MAX_NAME = 200
_IS_MD5 = re.compile(r"[0-9a-f]{32}")

log = structlog.get_logger(__name__)

_remembered: ExpiringCache[ApiKey] = ExpiringCache(seconds=1.0)

_NEEDS: dict[str, tuple[str, ...]] = {
    "events:write": (),
    "webhooks:read": (VIEW_WEBHOOKS, VIEW_OAUTH_CREDENTIALS),
    "webhooks:write": (MANAGE_WEBHOOKS, MANAGE_OAUTH_CREDENTIALS),
    "deliveries:read": (VIEW_WEBHOOKS,),
    "deliveries:resend": (RESEND,),
    "incoming:write": (MANAGE_INCOMING,),
    "records:read": tuple(view_permission(tool) for tool in load_tools()),
    "records:write": tuple(manage_permission(tool) for tool in load_tools()),
    ADMINISTRATIVE: PERMISSIONS,
}


def grantable_scopes(role: Role) -> list[str]:
    """The scopes that somebody in this role may give to a key: none that allows more than the role does."""
    return [scope for scope in SCOPES if all(role.allows(needed) for needed in _NEEDS[scope])]


def create_key(
    space_id: str,
    name: str,
    scopes: Sequence[str],
    created_by: str | None = None,
    expires_at: datetime | None = None,
    grantable: Sequence[str] = SCOPES,
    action_api: bool = False,
) -> tuple[ApiKey, str]:
    """A new key and its text. `grantable`: scopes to choose from. Raises `Invalid`.

    The text is not kept, unless the key may also sign calls of the action API (`action_api`).
    """
    errors = list(_faults(name, scopes, expires_at, grantable))
    if action_api and ADMINISTRATIVE not in scopes:
        errors.append(FieldError("action_api", _("The action API needs a key that may do everything.")))
    if errors:
        raise Invalid(errors)
    text = new_text()
    key = ApiKey(
        space_id=space_id,
        name=name.strip(),
        key_hash=digest_of(text),
        hint=text[-4:],
        encrypted_text=vault().encrypt(text) if action_api else None,
        scopes=sorted(set(scopes)),
        created_by=created_by,
        expires_at=expires_at,
    )
    with transaction() as session:
        session.add(key)
        session.flush()
        note(session, space_id, CREATED, Subject(API_KEY, key.id), _told(key))
        session.refresh(key)
        session.expunge(key)
    return key, text


def _told(key: ApiKey) -> Details:
    end = key.expires_at.isoformat() if key.expires_at else None
    return [
        detail("api_key.name", None, key.name),
        detail("api_key.scopes", None, key.scopes),
        detail("api_key.expires_at", None, end),
        detail("api_key.action_api", None, key.for_action_api),
        detail("api_key.text", None, MASK, secret=True),
    ]


def _faults(
    name: str, scopes: Sequence[str], expires_at: datetime | None, grantable: Sequence[str]
) -> Iterator[FieldError]:
    if not name.strip():
        yield FieldError("name", _("Enter a name, so that you know later what the key is for."))
    elif len(name) > MAX_NAME:
        yield FieldError("name", _("Use at most %(n)s characters.", n=MAX_NAME))
    elif not name.strip().isprintable():
        yield FieldError("name", _("Use printable characters only."))
    if not scopes or any(scope not in grantable for scope in scopes):
        yield FieldError(
            "scopes", _("Choose at least one of these: %(scopes)s.", scopes=", ".join(grantable))
        )
    if expires_at is not None and expires_at <= utc_now():
        yield FieldError("expires_at", _("Choose an end that is still to come."))


def find_key(text: str) -> ApiKey | None:
    """The key with this text, if it may be used now.

    It is looked up by its SHA-256: how long a miss takes says nothing about any key. What was found is
    remembered for a second, so that revoking takes effect at once here, and within a second everywhere.
    """
    digest = digest_of(text)
    key = _remembered.get(digest) or _remembered.put(digest, read_key(digest))
    return key if key is not None and key.usable(utc_now()) else None


def read_key(digest: str) -> ApiKey | None:
    """The key whose text has this digest, as it is stored now, usable or not. Bound to no session."""
    key = db.session.scalar(select(ApiKey).where(ApiKey.key_hash == digest))
    if key is not None:
        db.session.expunge(key)
    return key


def find_signer(signed: bytes, claimed: str) -> ApiKey | None:
    """The key that signed a call of the action API: its MD5 over `signed` and the key's text is `claimed`.

    The scheme is S1's. It names no key, so every key that is allowed there is tried. MD5 is weak where
    somebody else chooses what is signed; guessing a key of 256 random bits it does not make easier.
    """
    if not _IS_MD5.fullmatch(claimed):
        return None
    now = utc_now()
    for key in db.session.scalars(
        select(ApiKey).where(ApiKey.encrypted_text.is_not(None), ApiKey.revoked_at.is_(None))
    ):
        if key.usable(now) and key.allows(ADMINISTRATIVE) and _signs(key, signed, claimed):
            return key
    return None


def _signs(key: ApiKey, signed: bytes, claimed: str) -> bool:
    try:
        text = vault().decrypt(key.encrypted_text or "")
    except EncryptionError:  # one key that cannot be read must not lock out the others
        log.warning("an API key cannot be decrypted", key_id=key.id)
        return False
    wanted = hashlib.md5(signed + text.encode()).hexdigest()  # noqa: S324 (the scheme of S1)
    return hmac.compare_digest(wanted, claimed)


def list_keys(space_id: str) -> Sequence[ApiKey]:
    """Keys of a space that were not revoked, newest first."""
    return db.session.scalars(
        select(ApiKey)
        .where(ApiKey.space_id == space_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id.desc())
    ).all()


def find(space_id: str, key_id: str) -> ApiKey:
    """A key of the space that was not revoked. Raises `NotFound`."""
    key = db.session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, ApiKey.space_id == space_id, ApiKey.revoked_at.is_(None))
    )
    if key is None:
        raise NotFound
    return key


def revoke_key(space_id: str, key_id: str) -> None:
    """End a key at once. Raises `NotFound`."""
    with transaction() as session:
        key = session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.space_id == space_id))
        if key is None:
            raise NotFound
        if key.revoked_at is None:
            note(
                session, space_id, REVOKED, Subject(API_KEY, key.id), [detail("api_key.name", key.name, None)]
            )
        key.revoked_at = utc_now()
        key.encrypted_text = None
        digest = key.key_hash
    _forget(digest)


def forget_keys_of(session: Session, space_id: str) -> None:
    """After the commit, let nobody remember what the keys of a space may do: it was archived or restored."""
    for digest in session.scalars(select(ApiKey.key_hash).where(ApiKey.space_id == space_id)):
        after_commit(session, partial(_forget, digest))


def _forget(digest: str) -> None:
    _remembered.forget(digest)
    current_app.extensions["doorbell"].tell_changed(KEY_CHANGED, digest)
