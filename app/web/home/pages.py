"""The start page, and what belongs to the whole dashboard: its look, its navigation."""

from __future__ import annotations

from flask import abort, current_app, g, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.models.permission import (
    MANAGE_API_KEYS,
    MANAGE_PEOPLE,
    MANAGE_ROLES,
    MANAGE_SETTINGS,
    MANAGE_SPACE,
    MANAGE_WEBHOOKS,
    VIEW_AUDIT,
    VIEW_INCOMING,
    VIEW_OAUTH,
    VIEW_WEBHOOKS,
)
from app.web.home.blueprint import bp
from app.web.permissions import logged_in, may, public
from app.web.portal.policy import NOT_HERE
from app.web.presentation import THEME_COOKIE, THEMES, install
from app.web.records.blueprint import first_visible
from app.web.rendering import go_to, render_page
from app.web.space_path import in_portal

YEAR_S = 365 * 24 * 3600


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    install(state.app)
    state.app.jinja_env.globals.update(navigation=navigation, settings_pages=settings_pages)


def navigation() -> list[tuple[str, str, str]]:
    """(endpoint, words, permission) of the main navigation."""
    return [
        ("webhooks.index", _("Webhooks"), VIEW_WEBHOOKS),
        ("deliveries.index", _("Events"), VIEW_WEBHOOKS),
        ("incoming.index", _("Incoming"), VIEW_INCOMING),
        ("inbox.index", _("Test address"), VIEW_WEBHOOKS),
        *((("records.index", _("Records"), permission),) if (permission := first_visible()) else ()),
    ]


def settings_pages() -> list[tuple[str, str]]:
    """(endpoint, words) of the settings that this person may see; "Settings" leads to the first."""
    hidden = NOT_HERE if in_portal() else ()
    return [
        (endpoint, words)
        for endpoint, words, permission in all_settings_pages()
        if may(permission) and endpoint not in hidden
    ]


def all_settings_pages() -> list[tuple[str, str, str]]:
    """(endpoint, words, permission) of the settings."""
    return [
        ("oauth_credentials.index", _("OAuth connections"), VIEW_OAUTH),
        ("api_keys.index", _("API keys"), MANAGE_API_KEYS),
        ("people.index", _("People"), MANAGE_PEOPLE),
        ("roles.index", _("Roles"), MANAGE_ROLES),
        ("defaults.index", _("Defaults"), MANAGE_SETTINGS),
        ("alerts.index", _("Alerts"), VIEW_WEBHOOKS),
        ("event_types.index", _("For developers"), VIEW_WEBHOOKS),
        ("audit.index", _("Audit"), VIEW_AUDIT),
        ("spaces.settings", _("Space"), MANAGE_SPACE),
    ]


@bp.get("/settings")
@logged_in
def settings() -> Response:
    """The first settings page that this person may see; the refusal names a right if there is none."""
    pages = settings_pages()
    if not pages:
        g.missing_permission = MANAGE_WEBHOOKS
        abort(403)
    return go_to(url_for(pages[0][0]))


@bp.get("/api")
@bp.get("/api/v1")
@bp.get("/problems")
@public
def api_section() -> Response:
    """What stands below is for programs; people read about it there."""
    return go_to(url_for("api.docs"))


@bp.get("/help")
@public
def help_page() -> Response:
    """What the states mean, what to do when something fails, how a receiver verifies messages."""
    return render_page("home/help.html")


@bp.post("/theme")
@public
def theme() -> Response:
    """Choose light, dark or as the system has it, in a cookie of this browser."""
    chosen = request.form.get("theme", "")
    response = go_to(_own_path(request.form.get("next", "")))
    if chosen in THEMES:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR_S, secure=secure, httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


def _own_path(path: str) -> str:
    """A path on this site, or the start: `//host` and `/\\host` would lead elsewhere."""
    safe = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if safe else url_for("home.index")
