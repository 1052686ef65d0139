"""The checks of one webhook's receiver: ask for one, read its score card, plan them (C12)."""

from __future__ import annotations

import re

from flask import Blueprint, flash, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models.permission import MANAGE_WEBHOOKS, VIEW_WEBHOOKS
from app.queries.receiver_checks import check_of, checks_of, watch_of
from app.queries.webhooks.listing import get_webhook
from app.services.receiver_checks import asking
from app.web.addresses import takes
from app.web.permissions import current_space_id, requires
from app.web.receiver_checks import words
from app.web.rendering import go_to, render_page

bp = Blueprint("receiver_checks", __name__, url_prefix="/webhooks/<webhook_id>/checks")

PAGE = 25
_ID = re.compile(r"chk_[0-9a-f]{12,36}")


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        check_badge=words.check_badge,
        check_mark_badge=words.mark_badge,
        check_card=words.card_of,
        check_summary=words.summary,
        check_schedules=words.schedule_choices,
    )


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("before")
def index(webhook_id: str) -> Response:
    """The tab "Checks": ask for one, how often by itself, the certificate, the checks so far."""
    webhook = get_webhook(current_space_id(), webhook_id)
    before = request.args.get("before", "")
    page = checks_of(webhook.space_id, webhook.id, before if _ID.fullmatch(before) else None, PAGE)
    watch = watch_of(webhook.space_id, webhook.id)
    return render_page(
        "receiver_checks/index.html", webhook=webhook, page=page, watch=watch, first=not before
    )


@bp.post("")
@requires(MANAGE_WEBHOOKS)
def ask(webhook_id: str) -> Response:
    """Ask for a check; its page shows how it goes."""
    try:
        check = asking.ask(current_space_id(), webhook_id)
    except Conflict as refused:
        flash(refused.message, "error")
        return go_to(url_for("receiver_checks.index", webhook_id=webhook_id))
    return go_to(url_for("receiver_checks.show", webhook_id=webhook_id, check_id=check.id))


@bp.post("/schedule")
@requires(MANAGE_WEBHOOKS)
def schedule(webhook_id: str) -> Response:
    """How often it is checked by itself. Raises `Invalid` for what cannot be chosen."""
    typed = request.form.get("every_days", "")
    asking.set_schedule(current_space_id(), webhook_id, int(typed) if typed in {"0", "1", "7"} else -1)
    flash(_("Saved."), "success")
    return go_to(url_for("receiver_checks.index", webhook_id=webhook_id))


@bp.get("/<check_id>")
@requires(VIEW_WEBHOOKS)
def show(webhook_id: str, check_id: str) -> Response:
    """The score card; while the check is under way it says so and looks again."""
    webhook = get_webhook(current_space_id(), webhook_id)
    check = check_of(webhook.space_id, webhook.id, check_id)
    return render_page("receiver_checks/show.html", blocks={"check": "check"}, webhook=webhook, check=check)
