"""What permissions are called on screen."""

from __future__ import annotations

from flask_babel import gettext as _

from app.models.permission import REGISTRY


def permission_words(permission: str) -> str:
    """A permission in a few words."""
    known = REGISTRY.get(permission)
    return _(known.label) if known else permission


def group_words(permission: str) -> str:
    """What the permission is about: the heading that it stands under."""
    return _(REGISTRY[permission].group)
