"""Log in, log out, change the password."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.space_path import prefix_of
from app.models import Space
from app.services import people
from app.services.log_in_limits import TooManyFailures
from app.services.passwords import MIN_PASSWORD
from app.services.single_sign_on import configured
from app.web.people.arriving import let_in, safe_next, too_many, wait
from app.web.people.known_devices import known_device
from app.web.people.second_step import ask_for_code
from app.web.permissions import logged_in, public
from app.web.rendering import go_to, render_page
from app.web.space_path import without_space

bp = Blueprint("session", __name__)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(my_spaces=my_spaces)


@bp.get("/login")
@public
def login() -> Response:
    """The log-in page."""
    if current_user.is_authenticated:
        return go_to(safe_next(request.args.get("next")))
    return _login_page()


@bp.post("/login")
@public
def log_in() -> Response:
    """Check e-mail address and password; a new session, also where there was one before."""
    email = request.form.get("email", "")
    device = known_device(people.typed_email(email))
    typed = request.form.get("password", "")
    try:
        token = people.log_in(email, typed, request.remote_addr or "", request.user_agent.string, device)
    except TooManyFailures as error:
        return wait(_login_page(too_many(error), email, 429), error)
    if token is None:
        return _login_page(_("E-mail address and password do not belong together. Check both."), email, 422)
    target = safe_next(request.form.get("next"))
    if people.awaits_code(token):
        return ask_for_code(token, people.typed_email(email), target)
    return let_in(token, people.typed_email(email), target)


@bp.post("/logout")
@logged_in
def log_out() -> Response:
    """End the session, here and on the server."""
    people.log_out(current_user.token)
    logout_user()
    session.clear()
    after = request.form.get("next")
    return go_to(safe_next(after) if after else url_for("session.login"))


@bp.get("/password")
@logged_in
def password() -> Response:
    """The page to change the password."""
    return _password_page()


@bp.post("/password")
@logged_in
def change_password() -> Response:
    """Change it and end every session of this person."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        people.change_password(current_user.person.id, old, new, current_user.token)
    except Invalid as wrong:
        return _password_page(wrong.errors, 422)
    except TooManyFailures as error:
        return wait(_password_page([FieldError("old", too_many(error))], 429), error)
    logout_user()
    session.clear()
    flash(_("Your password is changed. Log in with the new one."))
    return go_to(url_for("session.login"))


@bp.post("/space")
@logged_in
def switch_space() -> Response:
    """Go on in another space of this person."""
    space_id = request.form.get("space_id", "")
    people.switch_space(current_user.token, current_user.person.id, space_id)
    return go_to(prefix_of(space_id) + without_space(safe_next(request.form.get("next"))))


def my_spaces() -> Sequence[Space]:
    """For the space switcher: the open spaces of whoever is logged in."""
    return [space for space in people.spaces_of(current_user.person.id) if space.archived_at is None]


def _login_page(problem: str | None = None, email: str = "", status: int = 200) -> Response:
    return render_page(
        "people/login.html",
        status=status,
        errors=[FieldError("email", problem)] if problem else [],
        email=email,
        next=request.values.get("next", ""),
        provider=configured(),
    )


def _password_page(errors: Sequence[FieldError] = (), status: int = 200) -> Response:
    return render_page("people/password.html", status=status, errors=errors, min_length=MIN_PASSWORD)
