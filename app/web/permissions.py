"""Who may call a route. Every route says so; one that does not is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.extensions import login
from app.models import LoginSession, Membership, Person, Role, Space
from app.models.role import PERMISSIONS
from app.services.people import session_of

PUBLIC = "public"
LOGGED_IN = "logged_in"

View = TypeVar("View", bound=Callable[..., Any])


class Visitor(UserMixin):
    """Somebody who is logged in, in one of their spaces, with what their role allows there."""

    def __init__(self, token: str, session: LoginSession, membership: Membership) -> None:
        """`token`: what the cookie carries."""
        self.token = token
        self.session = session
        self.person: Person = membership.person
        self.space: Space = membership.space
        self.role: Role = membership.role

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie: the token of the session, not the person."""
        return self.token


def requires(permission: str) -> Callable[[View], View]:
    """Declare that a route needs a permission in the current space."""
    if permission not in PERMISSIONS:
        raise ValueError(f"There is no permission {permission!r}.")
    return _declare(permission)


def public(view: View) -> View:
    """Declare that a route is open to everybody."""
    return _declare(PUBLIC)(view)


def logged_in(view: View) -> View:
    """Declare that a route is open to everybody who is logged in."""
    return _declare(LOGGED_IN)(view)


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
    app.before_request(_enforce)
    app.jinja_env.globals.update(may=may)
    _declare(PUBLIC)(app.view_functions["static"])


def _declare(what: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.declared = what  # type: ignore[attr-defined]
        return view

    return mark


def _load(token: str) -> Visitor | None:
    found = session_of(token)
    return Visitor(token, *found) if found else None


def _enforce() -> BaseResponse | None:
    if request.endpoint is None:  # no such address: the error handler answers
        return None
    declared = getattr(current_app.view_functions[request.endpoint], "declared", None)
    if declared is None:
        raise RuntimeError(f"The route {request.endpoint} does not declare who may call it.")
    if declared == PUBLIC or ":" in declared or declared == "api":
        return None  # scopes of the API are enforced where keys are read
    if not current_user.is_authenticated:
        return _to_login()
    if declared != LOGGED_IN and not current_user.role.allows(declared):
        g.missing_permission = declared
        abort(403)
    return None


def _to_login() -> BaseResponse:
    """303 to the log-in page, which leads back here; htmx is told to load it as a page."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    address = url_for("session.login", next=back if back != "/" else None)
    if request.headers.get("HX-Request") == "true":
        return Response(status=200, headers={"HX-Redirect": url_for("session.login")})
    return redirect(address, 303)
