"""Which encryption keys kept secrets need that nobody gave us."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.extensions import db
from app.models import ApiKey, OAuthCredential, OAuthToken, SigningSecret, SnsSigningKey, Webhook

# Every column that `Vault.encrypt` fills and that is kept for longer than minutes.
SEALED: tuple[InstrumentedAttribute[Any], ...] = (
    SigningSecret.secret,
    Webhook.auth_password,
    Webhook.own_headers,
    OAuthCredential.parameters,
    OAuthToken.access_token,
    OAuthToken.refresh_token,
    ApiKey.encrypted_text,
    SnsSigningKey.private_key,
)
LONGEST_ID = 40
MOST_TOLD = 10
# In place of what is no key's id: a damaged value must not be shown.
UNREADABLE = "(unreadable)"
_ID = re.compile(r"[A-Za-z0-9_.-]{1,40}")

log = logging.getLogger(__name__)


def missing_key_ids(known: Sequence[str]) -> list[str]:
    """The ids that kept secrets name and that are not among `known`, sorted; of very many, some.

    Reads each table once and stops at the first secret under a key that is not known, so it costs nothing to
    speak of while all is well.
    """
    session = db.session()
    found: set[str] = set()
    for column in SEALED:
        found |= _missing_in(session, column, [*known, *found])
    return sorted(found)


def tell_missing_keys(known: Sequence[str]) -> None:
    """Say in the log at the start which keys are missing. A database that is away is somebody else's message."""
    try:
        missing = missing_key_ids(known)
    except SQLAlchemyError:
        return
    if missing:
        log.error("ENCRYPTION_KEYS lacks keys that kept secrets need: %s", ", ".join(missing))


def _missing_in(session: Session, column: InstrumentedAttribute[Any], known: list[str]) -> set[str]:
    missing: set[str] = set()
    while len(missing) < MOST_TOLD:
        ids = [each for each in (*known, *missing) if each != UNREADABLE]
        # Not LIKE: on SQLite that does not see a difference of capitals.
        others = (func.substr(column, 1, len(each) + 1) != f"{each}:" for each in ids)
        unknown = and_(column.is_not(None), *others)
        start = session.execute(
            select(func.substr(column, 1, LONGEST_ID + 1)).where(unknown).limit(1)
        ).scalar()
        if start is None:
            break
        key_id, colon, _ = str(start).partition(":")
        if not colon or not _ID.fullmatch(key_id):
            missing.add(UNREADABLE)
            break
        missing.add(key_id)
    return missing
