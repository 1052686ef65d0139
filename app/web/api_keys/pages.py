"""Settings: API keys of the space."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, current_app, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.times import utc_now
from app.models.api_key import ADMINISTRATIVE, SCOPES
from app.models.role import MANAGE_API_KEYS
from app.services import api_keys
from app.services.people.password_resets import mail_is_set_up
from app.web.permissions import current_person, current_space_id, requires
from app.web.rendering import go_to, render_page

bp = Blueprint("api_keys", __name__, url_prefix="/settings/api-keys")


@bp.get("")
@requires(MANAGE_API_KEYS)
def index() -> Response:
    """The keys of this space and a form for a new one."""
    return _page()


@bp.post("")
@requires(MANAGE_API_KEYS)
def create() -> Response:
    """Make a key. It is shown on this answer and never again."""
    form = request.form
    name, scopes, until = form.get("name", ""), form.getlist("scopes"), form.get("expires_at", "").strip()
    action_api = "action_api" in form
    try:
        key, text = api_keys.create_key(
            current_space_id(),
            name,
            scopes,
            current_person().id,
            expires_at=_day(until) if until else None,
            grantable=_grantable(),
            action_api=action_api,
        )
    except Invalid as wrong:
        typed = {"name": name, "chosen": scopes, "expires_at": until, "action_api": action_api}
        return _page(422, errors=wrong.errors, **typed)
    return _page(201, new_key=key, new_key_text=text)


@bp.post("/<key_id>/revoke")
@requires(MANAGE_API_KEYS)
def revoke(key_id: str) -> Response:
    """End a key at once."""
    api_keys.revoke_key(current_space_id(), key_id)
    flash(_("The key no longer works."))
    return go_to(url_for("api_keys.index"))


def scope_words() -> dict[str, str]:
    """What each scope lets a program do, in plain words."""
    return {
        "events:write": _("Publish events"),
        "webhooks:read": _("See webhooks"),
        "webhooks:write": _("Create, change and delete webhooks"),
        "deliveries:read": _("See events sent and every try"),
        "deliveries:resend": _("Resend events"),
        "incoming:write": _("Create, change and delete incoming webhooks, which act as you"),
        "records:read": _("See records of every kind"),
        "records:write": _("Create, change and delete records of every kind"),
        "administrative": _("Everything, also what is added later"),
    }


def _day(text: str) -> datetime:
    """The moment when a day begins in UTC. Raises `Invalid`."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        sentence = _("Enter a day such as 2026-12-31.")
        raise Invalid([FieldError("expires_at", sentence)]) from None


def _grantable() -> list[str]:
    """Nobody gives a key more than they may do themselves."""
    return api_keys.grantable_scopes(current_user.role)


def _page(status: int = 200, **context: object) -> Response:
    grantable = _grantable()
    shown: dict[str, Any] = {
        "errors": [],
        "name": "",
        "chosen": [SCOPES[0]],
        "expires_at": "",
        "action_api": False,
        "may_sign": ADMINISTRATIVE in grantable,
        "now": utc_now(),
        "new_key": None,
        "keys": api_keys.list_keys(current_space_id()),
        "scopes": {scope: words for scope, words in scope_words().items() if scope in grantable},
        "scope_words": scope_words(),
        "mail_is_set_up": mail_is_set_up(),
        "base_url": current_app.config["SETTINGS"].base_url,
        **context,
    }
    return render_page("api_keys/index.html", status=status, **shown)
