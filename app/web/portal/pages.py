"""The way into a portal, the way out, and its look."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, session
from flask.blueprints import BlueprintSetupState
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from app.services.portal.ending import end_visit
from app.services.portal.theme import accents
from app.services.portal.visits import open_link
from app.web.permissions import logged_in, public
from app.web.portal.policy import farewell, over
from app.web.portal.visitor import load_portal_visitor, portal_link
from app.web.rendering import go_to
from app.web.space_path import carried_space, in_portal

bp = Blueprint("portal", __name__)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(portal_link=portal_link, in_portal=in_portal)


@bp.get("/enter/<token>")
@public
def enter(token: str) -> BaseResponse:
    """Open a link, once. A look at its head alone opens nothing, nor does a browser that fetches ahead."""
    carried = carried_space()
    if carried is None or not in_portal():
        abort(404)
    if request.method == "HEAD" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return Response(status=204)
    opened = open_link(carried.space_id, token, request.remote_addr or "")
    visitor = load_portal_visitor(opened.token, carried.space_id) if opened else None
    if opened is None or visitor is None:
        return over()
    session.clear()
    login_user(visitor)
    return go_to(f"{carried.prefix}{opened.page}")


@bp.post("/leave")
@logged_in
def leave() -> BaseResponse:
    """End the session here and on the server."""
    if not in_portal():
        abort(404)
    end_visit(current_user.token)
    logout_user()
    session.clear()
    return farewell("portal/left.html")


@bp.get("/look.css")
@logged_in
def look() -> Response:
    """The accent colour of the link, as a style sheet: no page of ours has styles in it."""
    link = portal_link()
    accent = link.theme.get("accent") if link else None
    return Response(_style_sheet(accent) if accent else "", mimetype="text/css")


def _style_sheet(accent: str) -> str:
    light, dark = accents(accent)
    return (
        ":root, :root[data-bs-theme] {"
        f" --accent: light-dark({light.colour}, {dark.colour});"
        f" --accent-strong: light-dark({light.colour}, {dark.colour});"
        f" --accent-hover: light-dark({light.colour}, {dark.colour});"
        f" --on-accent: light-dark({light.words}, {dark.words}) }}\n"
        ".btn-primary { --bs-btn-color: var(--on-accent); --bs-btn-hover-color: var(--on-accent);"
        " --bs-btn-active-color: var(--on-accent) }\n"
    )
