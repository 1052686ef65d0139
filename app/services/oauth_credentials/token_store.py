"""The token store of the running app."""

from __future__ import annotations

from app.core.extensions import db, vault
from app.sending.tokens import TokenStore


def token_store() -> TokenStore:
    """The token store of the running app."""
    return TokenStore(db.engine, vault())
