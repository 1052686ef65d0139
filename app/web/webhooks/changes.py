"""What was changed on a webhook: who, when, from where, before and after (C10)."""

from __future__ import annotations

import re

from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_WEBHOOKS
from app.queries.changes import changes_of, names_in
from app.queries.webhooks.listing import get_webhook
from app.web.addresses import takes
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.webhooks.blueprint import bp

_ID = re.compile(r"chg_[0-9a-f]{12,36}")


@bp.get("/<webhook_id>/changes")
@requires(VIEW_WEBHOOKS)
@takes("before")
def changes(webhook_id: str) -> Response:
    """The tab "Changes", newest first. A place that is not ours leads to the first page."""
    webhook = get_webhook(current_space_id(), webhook_id)
    before = request.args.get("before", "")
    page = changes_of(webhook.space_id, webhook.id, before if _ID.fullmatch(before) else None)
    names = names_in(webhook.space_id, page.changes)
    return render_page("webhooks/changes.html", webhook=webhook, page=page, names=names, first=not before)
