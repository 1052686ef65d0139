"""Links that stand for a right: 256 random bits in the address, and only their SHA-256 in the table."""

from __future__ import annotations

import secrets

from flask import current_app
from flask_babel import gettext as _

from app.core.errors import ServiceError

UNKNOWN, USED, EXPIRED, WITHDRAWN = "unknown", "used", "expired", "withdrawn"


class LinkOver(ServiceError):
    """A link that does nothing (any more). `why`: one of the words above; `message`: what to do."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why
        self.message = message


def new_token() -> str:
    """What a new link carries."""
    return secrets.token_urlsafe(32)


def address(path: str) -> str:
    """The whole address of one of our pages, for a letter."""
    return f"{current_app.config['SETTINGS'].base_url}{path}"


def no_such_link() -> LinkOver:
    """We never gave this link, or a newer one took its place."""
    return LinkOver(
        UNKNOWN, _("We do not know this link. Copy the whole address from the newest letter that you got.")
    )
