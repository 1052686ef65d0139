"""Logging in with the account of another system: there, and back."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.services import people
from app.services import single_sign_on as service
from app.services.log_in_limits import Origin
from app.web.people.arriving import let_in, safe_next
from app.web.people.second_step import ask_for_code
from app.web.permissions import public
from app.web.rendering import go_to

bp = Blueprint("single_sign_on", __name__, url_prefix="/login/sso")

# In the browser's own session, until it comes back: a stranger's answer fits none of ours.
UNDER_WAY = "single_sign_on"


@bp.get("")
@public
def begin() -> Response:
    """Lead to the provider. Changes nothing but this browser's own session."""
    provider = service.configured()
    if provider is None:
        return go_to(url_for("session.login"))
    try:
        departure = service.depart(provider, _callback())
    except service.SignOnFailed as failed:
        return _failed(failed)
    session[UNDER_WAY] = {**departure.kept, "next": request.args.get("next", "")}
    return redirect(departure.address, 303)


@bp.get("/callback")
@public
def callback() -> Response:
    """Take back who the provider let in."""
    provider = service.configured()
    if provider is None:
        return go_to(url_for("session.login"))
    kept = session.pop(UNDER_WAY, {})
    origin = Origin(request.remote_addr or "")
    came_with = request.args.to_dict()
    try:
        token, email = service.arrive(
            provider, came_with, kept, _callback(), origin, request.user_agent.string
        )
    except service.SignOnFailed as failed:
        return _failed(failed)
    target = safe_next(kept.get("next"))
    if people.awaits_code(token):
        return ask_for_code(token, email, target)
    return let_in(token, email, target)


def _callback() -> str:
    """Our address that the provider sends people back to; whoever runs it has to enter it there."""
    return str(current_app.config["SETTINGS"].base_url) + url_for("single_sign_on.callback")


def _failed(failed: service.SignOnFailed) -> Response:
    flash(failed.message, "error")
    return go_to(url_for("session.login"))
