"""Forgotten passwords: ask for a letter, and set a new one by its link."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request, session, url_for
from flask_babel import gettext as _
from flask_login import logout_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.services.log_in_limits import TooManyFailures
from app.services.passwords import MIN_PASSWORD
from app.services.people import password_resets as service
from app.services.people.links import LinkOver
from app.web.people.arriving import too_many, wait
from app.web.people.link_over import link_over
from app.web.permissions import public
from app.web.rendering import go_to, render_page

bp = Blueprint("password_resets", __name__)


@bp.get("/forgotten-password")
@public
def ask() -> Response:
    """The page to ask for a letter."""
    return _ask_page()


@bp.post("/forgotten-password")
@public
def send() -> Response:
    """Write to the address if it is somebody's. The answer is the same whether it is."""
    email = request.form.get("email", "")
    if not email.strip() or "@" not in email:
        return _ask_page(
            [FieldError("email", _("Enter the e-mail address that you log in with."))], email, 422
        )
    try:
        service.ask_reset(email, request.remote_addr or "")
    except TooManyFailures as error:
        return wait(_ask_page([FieldError("email", too_many(error))], email, 429), error)
    return _ask_page(asked=True, email=email)


@bp.get("/new-password/<token>")
@public
def choose(token: str) -> Response:
    """The page that a letter leads to. Looking at it uses nothing up."""
    try:
        service.reset_of(token)
    except LinkOver as over:
        return _over(over)
    return _choose_page(token)


@bp.post("/new-password/<token>")
@public
def set_password(token: str) -> Response:
    """Set the password; everybody who is logged in with the old one is logged out."""
    try:
        service.reset_password(token, request.form.get("password", ""), request.remote_addr or "")
    except LinkOver as over:
        return _over(over)
    except Invalid as wrong:
        return _choose_page(token, wrong.errors, 422)
    logout_user()
    session.clear()
    flash(_("Your password is changed. Log in with the new one."), "success")
    return go_to(url_for("session.login"))


def _ask_page(
    errors: Sequence[FieldError] = (), email: str = "", status: int = 200, asked: bool = False
) -> Response:
    return render_page(
        "people/forgotten.html",
        status=status,
        errors=errors,
        email=email,
        asked=asked,
        mail_is_set_up=service.mail_is_set_up(),
    )


def _choose_page(token: str, errors: Sequence[FieldError] = (), status: int = 200) -> Response:
    return render_page(
        "people/new_password.html", status=status, errors=errors, token=token, min_length=MIN_PASSWORD
    )


def _over(over: LinkOver) -> Response:
    return link_over(over, url_for("password_resets.ask"), _("Ask for another link"))
