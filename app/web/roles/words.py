"""What permissions are called on screen."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models import role

_WORDS = {
    role.VIEW_WEBHOOKS: _l("See webhooks and events"),
    role.RESEND: _l("Resend events"),
    role.MANAGE_WEBHOOKS: _l("Manage webhooks"),
    role.VIEW_OAUTH_CREDENTIALS: _l("See OAuth connections"),
    role.MANAGE_OAUTH_CREDENTIALS: _l("Manage OAuth connections"),
    role.MANAGE_API_KEYS: _l("Manage API keys"),
    role.MANAGE_PEOPLE: _l("Manage people and roles"),
}


def permission_words(permission: str) -> str:
    """A permission in a few words."""
    return str(_WORDS.get(permission, permission))
