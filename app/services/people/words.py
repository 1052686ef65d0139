"""What people type about themselves, checked."""

from __future__ import annotations

import re

from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid

MAX_NAME = 200
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,185}")


def checked_email(typed: str, field: str = "email") -> str:
    """An e-mail address as it is kept: in lower case. Raises `Invalid`."""
    email = typed.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Invalid([FieldError(field, _("Enter an e-mail address such as ada@example.com."))])
    return email


def checked_name(typed: str) -> str:
    """Somebody's name. Raises `Invalid`."""
    name = " ".join(typed.split())
    if not name:
        raise Invalid([FieldError("name", _("Enter your name."))])
    if len(name) > MAX_NAME:
        raise Invalid([FieldError("name", _("Use at most %(n)s characters.", n=MAX_NAME))])
    if not name.isprintable():
        raise Invalid([FieldError("name", _("Use printable characters only."))])
    return name


def plain(text: str) -> str:
    """Text without NUL, which PostgreSQL refuses."""
    return text.replace("\0", "")
