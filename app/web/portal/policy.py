"""What a portal lets one do, and which sites may frame it."""

from __future__ import annotations

from flask import Response, abort, current_app, g, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core.acting import act_as
from app.core.route_policy import LOGGED_IN, PUBLIC
from app.core.settings import Settings
from app.services.portal.theme import origin_of
from app.web.portal.visitor import portal_link
from app.web.rendering import go_to, render_page, wants_fragment
from app.web.space_path import in_portal

# Open without a session: the way in, the look, what a page is made of.
WAY_IN = ("portal.enter", "static")
# Of what is open to everybody, or to everybody who is logged in, this much belongs to a portal.
OPEN = (*WAY_IN, "portal.look", "portal.leave", "home.settings", "home.help_page")
# What leads to another site and back to an address without a space takes a log-in; letters go to people of ours.
NOT_HERE = ("oauth_credentials.connect", "alerts.index", "alerts.trial")


def enforce_in_portal(endpoint: str, declared: str) -> BaseResponse | None:
    """Let a call through (None), or answer it: with 404 for what no portal has, 403 for what the link does not give."""
    if endpoint in NOT_HERE or (declared in {PUBLIC, LOGGED_IN} and endpoint not in OPEN):
        abort(404)
    if endpoint in WAY_IN:
        return None
    if not current_user.is_authenticated:
        return over()
    act_as(current_user.actor())
    if declared not in {PUBLIC, LOGGED_IN} and not current_user.role.allows(declared):
        g.missing_permission = declared
        abort(403)
    return None


def over() -> BaseResponse:
    """Says that the link was used or has ended, and what to do: the host product makes another."""
    if wants_fragment():
        return go_to(url_for("home.index"))  # the page as a whole says so
    return farewell("portal/over.html", 403)


def farewell(template: str, status: int = 200) -> BaseResponse:
    """A page that says that it is over, in the host's frame as well: it shows nothing of anybody."""
    g.farewell = True
    return render_page(template, status=status)


def framed(response: Response, policy: str) -> None:
    """Who may frame this answer: exactly the sites of PORTAL_FRAME_ANCESTORS, and only a portal of somebody there.

    And the page that says that it is over.
    """
    settings: Settings = current_app.config["SETTINGS"]
    link = portal_link() if in_portal() else None
    if (link is None and not g.get("farewell", False)) or not settings.portal_frame_ancestors:
        response.headers["X-Frame-Options"] = "DENY"
        return
    ancestors = " ".join(settings.portal_frame_ancestors)
    policy = policy.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    if logo := origin_of(link.theme.get("logo_url", "") if link else ""):
        policy = policy.replace("img-src 'self'", f"img-src 'self' {logo}")
    response.headers["Content-Security-Policy"] = policy
