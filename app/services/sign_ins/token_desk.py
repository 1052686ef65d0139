"""The token desk of the running app."""

from __future__ import annotations

from flask import current_app

from app.delivery.sign_in import TokenDesk
from app.extensions import db


def desk() -> TokenDesk:
    """The token desk of the running app."""
    return TokenDesk(db.engine, current_app.extensions["vault"])
