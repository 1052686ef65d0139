"""Log in, log out, change the password."""

from __future__ import annotations

import re

from flask import Blueprint, flash, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app.services import people
from app.services.errors import FieldError, Invalid
from app.web.permissions import Visitor, logged_in, public
from app.web.rendering import go_to, render_page

bp = Blueprint("session", __name__)

# An address of ours: one slash, then no second slash or backslash, which browsers read as another host.
_OURS = re.compile(r"/(?![/\\])[^\x00-\x20\x7f]*")


@bp.get("/login")
@public
def login() -> Response:
    """The log-in page."""
    if current_user.is_authenticated:
        return go_to(url_for("home.index"))
    return _login_page()


@bp.post("/login")
@public
def log_in() -> Response:
    """Check e-mail address and password; a new session, also where there was one before."""
    email = request.form.get("email", "")
    try:
        token = people.log_in(
            email, request.form.get("password", ""), request.remote_addr or "", request.user_agent.string
        )
    except people.TooManyFailures as error:
        response = _login_page(_("Too many tries. Wait 15 minutes, then try again."), email, 429)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    if token is None:
        return _login_page(_("E-mail address and password do not belong together. Check both."), email, 422)
    session.clear()
    found = people.session_of(token)
    if found is not None:
        session.permanent = True
        login_user(Visitor(token, *found))
    return go_to(safe_next(request.form.get("next")))


@bp.post("/logout")
@logged_in
def log_out() -> Response:
    """End the session, here and on the server."""
    people.log_out(current_user.token)
    logout_user()
    session.clear()
    return go_to(url_for("session.login"))


@bp.get("/password")
@logged_in
def password() -> Response:
    """The page to change the password."""
    return render_page("session/password.html", errors=[])


@bp.post("/password")
@logged_in
def change_password() -> Response:
    """Change it and end every session of this person."""
    try:
        people.change_password(
            current_user.person.id, request.form.get("old", ""), request.form.get("password", "")
        )
    except Invalid as wrong:
        return render_page("session/password.html", status=422, errors=wrong.errors)
    logout_user()
    session.clear()
    flash(_("Your password is changed. Log in with the new one."))
    return go_to(url_for("session.login"))


def safe_next(address: str | None) -> str:
    """Where to go after the log-in: a path of ours, or the start page."""
    return address if address and _OURS.fullmatch(address) else url_for("home.index")


def _login_page(problem: str | None = None, email: str = "", status: int = 200) -> Response:
    return render_page(
        "session/login.html",
        status=status,
        errors=[FieldError("email", problem)] if problem else [],
        email=email,
        next=request.values.get("next", ""),
    )
