"""Who may call a route. Every route says so; one that does not is refused."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request, session, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response

from app.core.acting import act_as
from app.core.actor import PERSON, Actor
from app.core.extensions import login
from app.core.route_policy import LOGGED_IN, PUBLIC, SCOPE, View, declare, declared_by
from app.core.space_path import PORTAL
from app.models import Person, Role, Space
from app.models.permission import current_name
from app.services.people import Visit, session_of
from app.web.archived import refuse_in_archived
from app.web.portal.policy import enforce_in_portal
from app.web.portal.visitor import PortalVisitor, load_portal_visitor
from app.web.rendering import go_to, wants_fragment
from app.web.space_path import carried_space, in_portal, leave_space, with_space


class Visitor(UserMixin):
    """Somebody who is logged in, in one of their spaces, with what their role allows there."""

    is_portal = False

    def __init__(self, token: str, visit: Visit) -> None:
        """`token`: what the cookie carries."""
        self.token = token
        self.person: Person = visit.person
        self.space: Space = visit.space
        self.role: Role = visit.role

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie: the token of the session, not the person."""
        return self.token


def requires(permission: str) -> Callable[[View], View]:
    """Declare that a route needs a permission in the current space."""
    return declare(current_name(permission))


def public(view: View) -> View:
    """Declare that a route is open to everybody."""
    return declare(PUBLIC)(view)


def logged_in(view: View) -> View:
    """Declare that a route is open to everybody who is logged in."""
    return declare(LOGGED_IN)(view)


def may(permission: str) -> bool:
    """True if the visitor's role in the current space carries the permission."""
    return bool(current_user.is_authenticated and current_user.role.allows(permission))


def current_space_id() -> str:
    """The space that the visitor is in."""
    return str(current_user.space.id)


def current_person() -> Person:
    """Who is logged in."""
    person: Person = current_user.person
    return person


def install(app: Flask) -> None:
    """Enforce the declarations and load the visitor."""
    login.user_loader(_load)
    login.session_protection = None  # the token is bound to a session on the server; addresses may change
    app.before_request(_enforce)
    app.jinja_env.globals.update(may=may)
    public(app.view_functions["static"])


def _load(token: str) -> Visitor | PortalVisitor | None:
    carried = carried_space()
    if carried is not None and carried.kind == PORTAL:
        return load_portal_visitor(token, carried.space_id)
    visit = session_of(token, carried.space_id if carried else None)
    return Visitor(token, visit) if visit else None


def _enforce() -> Response | None:
    if request.endpoint is None:  # no such address: the error handler answers
        _hide_foreign_space()
        return None
    declared = declared_by(current_app, request.endpoint)
    if declared is None:
        raise RuntimeError(f"The route {request.endpoint} does not declare who may call it.")
    if declared.startswith(SCOPE):
        return None  # the API checks its scopes itself
    if in_portal():
        return enforce_in_portal(request.endpoint, declared) or refuse_in_archived(request.endpoint)
    if declared == PUBLIC:
        return None
    _hide_foreign_space()
    if not current_user.is_authenticated:
        return _to_login()
    if (address := with_space()) is not None:
        return go_to(address)
    person = current_person()
    rights = frozenset(current_user.role.held)
    act_as(Actor(PERSON, person.email, person.id, request.remote_addr or "", rights))
    if declared != LOGGED_IN and not may(declared):
        g.missing_permission = declared
        abort(403)
    if declared != LOGGED_IN and current_user.space.require_totp and person.totp_since is None:
        return go_to(url_for("two_steps.index"))
    return refuse_in_archived(request.endpoint)


def _hide_foreign_space() -> None:
    """404 if the address names a space that whoever is logged in does not belong to, as for one that is not there."""
    if carried_space() is None or current_user.is_authenticated:
        return
    token = session.get("_user_id")
    if token is not None and session_of(token) is not None:
        leave_space()
        abort(404)


def _to_login() -> Response:
    """The log-in page, which leads back to the page that was asked for, or that htmx asked from."""
    if wants_fragment():
        shown = urlsplit(request.headers.get("HX-Current-URL", ""))
        return go_to(_login_address(f"{shown.path}?{shown.query}"))
    return go_to(_login_address(request.script_root + request.full_path if request.method == "GET" else ""))


def _login_address(back: str) -> str:
    back = back.rstrip("?")
    return url_for("session.login", next=back if back not in {"", "/"} else None)
