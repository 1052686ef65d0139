"""Accept an invitation: with a new account, or as whoever is logged in."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models import Invitation
from app.services import people
from app.services.passwords import MIN_PASSWORD
from app.services.people import invitations as service
from app.services.people.links import LinkOver
from app.services.single_sign_on import configured
from app.web.people.link_over import link_over
from app.web.permissions import logged_in, public
from app.web.rendering import go_to, render_page

bp = Blueprint("joining", __name__, url_prefix="/join/<token>")


@bp.get("")
@public
def invitation(token: str) -> Response:
    """The page that an invitation leads to. Looking at it uses nothing up."""
    try:
        return _page(token, service.invitation_of(token))
    except LinkOver as over:
        return _over(over)


@bp.post("")
@public
def join(token: str) -> Response:
    """Make an account and join the space; then they log in with it."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        found = service.invitation_of(token)
        person = service.accept(token, name, password, request.remote_addr or "")
    except LinkOver as over:
        return _over(over)
    except Invalid as wrong:
        return _page(token, found, wrong.errors, name, 422)
    if current_user.is_authenticated:
        people.log_out(current_user.token)
    session.clear()
    words = {"space": found.space.name, "email": person.email}
    flash(_("Welcome to “%(space)s”. Log in as %(email)s with your new password.", **words), "success")
    return go_to(url_for("session.login"))


@bp.post("/as-me")
@logged_in
def join_as_me(token: str) -> Response:
    """Join with the account that is logged in, and go to that space."""
    try:
        space_id = service.accept_as(token, current_user.person.id, request.remote_addr or "")
    except LinkOver as over:
        return _over(over)
    people.switch_space(current_user.token, current_user.person.id, space_id)
    return go_to(url_for("home.index"))


def _page(
    token: str,
    found: Invitation,
    errors: Sequence[FieldError] = (),
    name: str = "",
    status: int = 200,
) -> Response:
    is_me = current_user.is_authenticated and current_user.person.email == found.email
    return render_page(
        "people/join.html",
        status=status,
        invitation=found,
        token=token,
        errors=errors,
        name=name,
        is_me=is_me,
        is_known=service.is_known(found.email),
        min_length=MIN_PASSWORD,
        provider=configured(),
    )


def _over(over: LinkOver) -> Response:
    return link_over(over, url_for("session.login"), _("Log in"))
