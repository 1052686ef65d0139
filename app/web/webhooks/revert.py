"""Revert a change of settings with one click; what was changed again since is asked about first (C10)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict, Invalid
from app.models import Change
from app.models.permission import MANAGE_WEBHOOKS
from app.queries.changes import names_in
from app.queries.webhooks.listing import get_webhook
from app.services.webhooks.reverting import NewerChange, change_of, has_secrets, revert
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.webhooks.blueprint import bp


@bp.post("/<webhook_id>/changes/<change_id>/revert", endpoint="revert")
@requires(MANAGE_WEBHOOKS)
def take_back(webhook_id: str, change_id: str) -> Response:
    """Take it back, or say why not: 409 with what was changed since, 422 with what the old values lack."""
    space_id = current_space_id()
    change = change_of(space_id, webhook_id, change_id)
    try:
        revert(space_id, webhook_id, change_id, anyway="anyway" in request.form)
    except NewerChange as clash:
        return _ask(webhook_id, change, 409, clashes=clash.clashes)
    except Invalid as refused:
        return _ask(webhook_id, change, 422, errors=refused.errors)
    except Conflict as nothing:
        flash(nothing.message)
        return go_to(url_for("webhooks.changes", webhook_id=webhook_id))
    flash(_said(change), "success")
    return go_to(url_for("webhooks.changes", webhook_id=webhook_id))


def _said(change: Change) -> str:
    if has_secrets(change):
        return _("Reverted, but for passwords and keys: they are not kept. Enter them in the settings.")
    return _("Reverted.")


def _ask(webhook_id: str, change: Change, status: int, **why: Any) -> Response:
    return render_page(
        "webhooks/ask_revert.html",
        status=status,
        webhook=get_webhook(current_space_id(), webhook_id),
        change=change,
        names=names_in(current_space_id(), [change]),
        clashes=why.get("clashes", []),
        errors=why.get("errors", []),
    )
