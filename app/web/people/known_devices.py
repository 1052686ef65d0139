"""The browsers that somebody has logged in with: a stranger's wrong passwords elsewhere do not slow them down.

A signed cookie of its own that outlives the session. It opens nothing: whoever copies it has a few guesses, as from
one more address.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TypeVar

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

YEAR_S = 365 * 24 * 3600
# Of people who share a browser, the latest.
MOST_PEOPLE = 5

R = TypeVar("R", bound=Response)


def known_device(email: str) -> str | None:
    """The id of this browser for that person, if they have logged in with it within a year."""
    return _known().get(_name(email))


def remember_device(response: R, email: str) -> R:
    """Have the browser keep that this person logged in with it."""
    known = _known()
    device = known.pop(_name(email), None) or secrets.token_urlsafe(16)
    latest = dict([*known.items(), (_name(email), device)][-MOST_PEOPLE:])
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        _cookie(), _signer().dumps(latest), max_age=YEAR_S, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _known() -> dict[str, str]:
    try:
        return dict(_signer().loads(request.cookies.get(_cookie(), ""), max_age=YEAR_S))
    except BadSignature:
        return {}


def _name(email: str) -> str:
    """Addresses are not written into a cookie that others who use the browser can read."""
    return hashlib.sha256(f"{current_app.secret_key!r}:{email}".encode()).hexdigest()[:16]


def _cookie() -> str:
    return "__Host-known" if current_app.config["SESSION_COOKIE_SECURE"] else "known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known-device")
