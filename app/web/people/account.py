"""Your account: your name and address, where you are logged in. `two_steps` is about codes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.digests import digest_of
from app.core.errors import Conflict, FieldError, Invalid
from app.services.log_in_limits import TooManyFailures
from app.services.people import email_changes, sessions, two_step
from app.services.people.password_resets import mail_is_set_up
from app.web.people.arriving import too_many, wait
from app.web.people.words import browser_words
from app.web.permissions import current_person, logged_in
from app.web.rendering import go_to, render_page

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@logged_in
def index() -> Response:
    """The page."""
    return _page()


@bp.post("/email")
@logged_in
def change_email() -> Response:
    """Write to both addresses, each of which has to confirm the change."""
    new_email, password = request.form.get("new_email", ""), request.form.get("password", "")
    try:
        email_changes.ask_change(current_person().id, new_email, password, current_user.token)
    except Invalid as wrong:
        return _page(wrong.errors, new_email, 422)
    except TooManyFailures as error:
        return wait(_page([FieldError("password", too_many(error))], new_email, 429), error)
    except Conflict as wrong:
        return _page([FieldError("new_email", wrong.message)], new_email, 409)
    flash(_("We wrote to both addresses. Open the link in each of the two letters."), "success")
    return go_to(url_for("account.index"))


@bp.post("/email/cancel")
@logged_in
def keep_email() -> Response:
    """Take the change back."""
    email_changes.cancel_change(current_person().id)
    flash(_("Your address stays as it is. The links in the letters do nothing any more."))
    return go_to(url_for("account.index"))


@bp.post("/sessions/<session_id>/end")
@logged_in
def end_session(session_id: str) -> Response:
    """End one log-in."""
    sessions.end_session(current_person().id, session_id)
    flash(_("That browser is logged out."), "success")
    return go_to(url_for("account.index"))


@bp.post("/sessions/end-others")
@logged_in
def end_other_sessions() -> Response:
    """End every log-in but this one."""
    ended = sessions.end_other_sessions(current_person().id, current_user.token)
    flash(
        ngettext("%(num)s other browser is logged out.", "%(num)s other browsers are logged out.", ended),
        "success",
    )
    return go_to(url_for("account.index"))


def _page(errors: Sequence[FieldError] = (), new_email: str = "", status: int = 200) -> Response:
    person = current_person()
    return render_page(
        "people/account.html",
        status=status,
        errors=errors,
        person=person,
        new_email=new_email,
        change=email_changes.open_change(person.id),
        mail_is_set_up=mail_is_set_up(),
        sessions=sessions.sessions_of(person.id),
        this_session=digest_of(current_user.token),
        browser_words=browser_words,
        codes_left=two_step.codes_left(person.id) if person.totp_since else 0,
    )
