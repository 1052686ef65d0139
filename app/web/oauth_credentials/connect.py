"""Connect: to the log-in page of the other system, and back with a code."""

from __future__ import annotations

from flask import current_app, flash, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models.role import MANAGE_OAUTH_CREDENTIALS
from app.services import oauth_credentials as service
from app.web.oauth_credentials.blueprint import bp, former_bp
from app.web.permissions import current_person, current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.words import host_of

CONNECTING_IN = "connecting_in"


def callback_address() -> str:
    """Our address that the other system sends people back to; its owner has to enter it there."""
    return str(current_app.config["SETTINGS"].base_url) + url_for("oauth_callback.callback")


@bp.post("/<credential_id>/connect")
@requires(MANAGE_OAUTH_CREDENTIALS)
def connect(credential_id: str) -> Response:
    """Lead to the page where people sign in.

    By a page of ours that goes on at once: a redirect to another host would make browsers stop the form
    that was posted (Content-Security-Policy, form-action).
    """
    try:
        address = service.begin_connect(
            current_space_id(), credential_id, current_person().id, callback_address()
        )
    except Conflict as wrong:
        flash(wrong.message, "error")
        return go_to(url_for("oauth_credentials.show", credential_id=credential_id))
    session[CONNECTING_IN] = request.script_root  # the address that they come back to carries no space
    response = render_page("oauth_credentials/leaving.html", address=address, host=host_of(address))
    response.headers["Refresh"] = f"0; url={address}"
    return response


@former_bp.get("/callback")
@requires(MANAGE_OAUTH_CREDENTIALS)
def callback() -> Response:
    """Take the code that a person came back with, in the space that they left from."""
    left_from = session.pop(CONNECTING_IN, "")
    if left_from and not request.script_root:
        return go_to(left_from + request.full_path)
    try:
        connected = service.finish_connect(
            current_space_id(), current_person().id, request.args.to_dict(), callback_address()
        )
    except service.ConnectFailed as failed:
        flash(failed.message, "error")
        known = failed.credential_id
        return go_to(
            url_for("oauth_credentials.show", credential_id=known)
            if known
            else url_for("oauth_credentials.index")
        )
    if connected.tested.explanation is None:
        flash(_("Connected. We have an access token."), "success")
    else:
        flash(connected.tested.explanation.what, "error")
    return go_to(url_for("oauth_credentials.show", credential_id=connected.credential_id))
