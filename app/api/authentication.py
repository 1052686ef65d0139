"""Who calls: the key in `Authorization: Bearer`, and whether it carries the scope of the route."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, g, request
from flask_babel import gettext as _

from app.api.blueprint import bp
from app.api.chosen_space import chosen_space_id, find_caller
from app.api.problems import Problem
from app.api.rate_limit import keep_rate_limit
from app.core.acting import act_as
from app.core.actor import KEY, Actor
from app.core.route_policy import PUBLIC, SCOPE, View, declare, declared_by
from app.models import ApiKey
from app.models.api_key import SCOPES
from app.models.instance_key import INSTANCE_SCOPES
from app.services.api_keys import note_use


def scope(name: str) -> Callable[[View], View]:
    """Declare the scope that a key must carry for a route."""
    if name not in INSTANCE_SCOPES:
        raise ValueError(f"There is no scope {name!r}.")
    return declare(SCOPE + name)


def space_id() -> str:
    """The space that the call is about: the key's own, or the one that a host product's key names."""
    return str(g.api_space_id)


def space_id_or_all() -> str | None:
    """The same, for a route that is `for_all_spaces`; None: all of them."""
    chosen: str | None = g.api_space_id
    return chosen


def has_scope(name: str) -> bool:
    """True if the caller's key also carries this scope."""
    return name in g.api_scopes


@bp.before_request
def authenticate() -> None:
    """Before every request: refuse without a usable key (401), without the scope (403), too fast (429)."""
    declared = declared_by(current_app, str(request.endpoint)) or ""
    if declared == PUBLIC:
        return
    key = find_caller(bearer())
    if key is None:
        raise unauthorized()
    g.api_key = key
    needs_scope(declared.removeprefix(SCOPE))
    keep_rate_limit(key.id)
    if isinstance(key, ApiKey):
        note_use(key, request.remote_addr or "")
    g.api_space_id = chosen_space_id(key)
    g.api_scopes = frozenset(name for name in SCOPES if key.allows(name))
    act_as(Actor(KEY, key.name, key.id, request.remote_addr or ""))


def needs_scope(name: str) -> None:
    """Refuse (403) unless the caller's key carries this scope, also where only some calls of a route need it."""
    if not g.api_key.allows(name):
        raise Problem(
            403,
            "missing-scope",
            _("This key lacks a scope"),
            _("This call needs a key with the scope %(scope)s.", scope=name),
            headers={
                "WWW-Authenticate": f'Bearer realm="Hookdesk", error="insufficient_scope", scope="{name}"'
            },
            scope=name,
        )


def unauthorized() -> Problem:
    """401: there is no usable key."""
    return Problem(
        401,
        "unauthorized",
        _("This key does not work"),
        _("Send an API key that was not revoked in the header Authorization: Bearer <key>."),
        headers={"WWW-Authenticate": 'Bearer realm="Hookdesk"'},
    )


def bearer() -> str:
    """The text after `Bearer` in the header Authorization; empty without it."""
    return bearer_in(request.headers.get("Authorization", ""))


def bearer_in(authorization: str) -> str:
    """The same for a header that was read already."""
    kind, _space, key = authorization.partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""
