"""Who we are in the messages that say so, and the key that proves it in the format `sns`."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from app.core.database import WRITE
from app.core.encryption import Vault
from app.core.extensions import db, vault
from app.models import SnsSigningKey
from app.sending.message.sender_identity import SenderIdentity
from app.sending.message.sns_key import SnsKey, new_key, read_key

# There is one. A second would come under another name, so that what the first signed can be verified on.
KEY_ID = "1"

_TABLE = SnsSigningKey.__table__


@dataclass(slots=True)
class _KeyRing:
    """The key, made when it is first needed, and remembered. Two processes that make one agree on the first."""

    engine: Engine
    vault: Vault
    name: str
    _known: SnsKey | None = field(default=None, repr=False)

    def __call__(self) -> SnsKey:
        """The key."""
        if self._known is None:
            self._known = self._find() or self._make()
        return self._known

    def _find(self) -> SnsKey | None:
        with self.engine.connect() as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.id == KEY_ID)).one_or_none()
        return read_key(row.id, self.vault.decrypt(row.private_key), row.certificate) if row else None

    def _make(self) -> SnsKey:
        key = new_key(KEY_ID, self.name)
        row = {
            "id": key.id,
            "private_key": self.vault.encrypt(key.private_pem),
            "certificate": key.certificate,
        }
        try:
            with self.engine.connect().execution_options(**WRITE) as connection, connection.begin():
                connection.execute(insert(SnsSigningKey).values(row))
        except IntegrityError:
            return self._find() or key
        return key


def sender_identity() -> SenderIdentity:
    """The sender identity of the running app; it may be used outside of it, and in any thread."""
    known: SenderIdentity | None = current_app.extensions.get("sender_identity")
    if known is None:
        base_url = current_app.config["SETTINGS"].base_url
        ring = _KeyRing(db.engine, vault(), urlsplit(base_url).hostname or "Hookdesk")
        known = current_app.extensions["sender_identity"] = SenderIdentity(base_url, ring)
    return known


def certificate(key_id: str) -> str | None:
    """The certificate of a key, in PEM; None if there is no such key."""
    return db.session.scalar(select(SnsSigningKey.certificate).where(SnsSigningKey.id == key_id))
