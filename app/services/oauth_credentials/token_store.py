"""The token store of the running app."""

from __future__ import annotations

from flask import current_app

from app.core.extensions import db
from app.sending.tokens import TokenStore


def token_store() -> TokenStore:
    """The token store of the running app."""
    return TokenStore(db.engine, current_app.extensions["vault"])
