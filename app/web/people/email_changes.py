"""Confirm a change of address by the link that one of the two mailboxes got."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.services.people import email_changes as service
from app.services.people.links import LinkOver
from app.web.people.link_over import link_over
from app.web.permissions import public
from app.web.rendering import go_to, render_page

bp = Blueprint("email_changes", __name__, url_prefix="/confirm-email/<token>")


@bp.get("")
@public
def question(token: str) -> Response:
    """The page that a letter leads to. Looking at it confirms nothing: mail scanners look, too."""
    try:
        return _page(token)
    except LinkOver as over:
        return _over(over)


@bp.post("")
@public
def confirm(token: str) -> Response:
    """Confirm this one of the two addresses."""
    try:
        changed = service.confirm(token, request.remote_addr or "")
        if not changed:
            return _page(token)
    except LinkOver as over:
        return _over(over)
    except Conflict as wrong:
        flash(wrong.message, "error")
        return _page(token, 409)
    flash(_("Your e-mail address is changed. Log in with the new one from now on."), "success")
    return go_to(url_for("home.index"))


def _page(token: str, status: int = 200) -> Response:
    found = service.confirmation_of(token)
    return render_page("people/confirm_email.html", status=status, token=token, confirmation=found)


def _over(over: LinkOver) -> Response:
    return link_over(over, url_for("home.index"), _("To the start page"))
