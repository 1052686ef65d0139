"""What every way to log in ends with: a new session in this browser, and a page of ours."""

from __future__ import annotations

import re

from flask import session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from app.services import people
from app.services.log_in_limits import TooManyFailures
from app.web.people.known_devices import remember_device
from app.web.permissions import Visitor
from app.web.rendering import go_to
from app.web.times import length

# An address of ours: one slash, then no second slash or backslash, which browsers read as another host.
_OURS = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]*")


def safe_next(address: str | None) -> str:
    """Where to go after the log-in: a path of ours, or the start page."""
    return address if address and _OURS.fullmatch(address) else url_for("home.index")


def let_in(token: str, email: str, target: str) -> Response:
    """Begin the session in this browser, in place of one that was there before."""
    if current_user.is_authenticated:
        people.log_out(current_user.token)
    session.clear()
    visit = people.session_of(token)
    if visit is not None:
        session.permanent = True
        login_user(Visitor(token, visit))
    return remember_device(go_to(target), email)


def too_many(error: TooManyFailures) -> str:
    """When to try again, in words."""
    return _("Too many tries. Wait %(time)s, then try again.", time=length(error.retry_after_s))


def wait(response: Response, error: TooManyFailures) -> Response:
    """The same for programs."""
    response.headers["Retry-After"] = str(error.retry_after_s)
    return response
