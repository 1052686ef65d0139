"""The list of incidents, of the space or of one webhook."""

from __future__ import annotations

import re

from flask import request
from werkzeug.wrappers import Response

from app.models.permission import VIEW_WEBHOOKS
from app.queries.incidents import find_incidents
from app.queries.webhooks.listing import webhook_names
from app.web.addresses import takes
from app.web.incidents.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.times import clock

_ID = re.compile(r"inc_[0-9a-f]{12,36}")
_WEBHOOK_ID = re.compile(r"whk_[0-9a-f]{12,36}")
# Values of the filter, and what they ask for.
STATES = {"open": True, "closed": False}


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("before", "state", "webhook_id")
def index() -> Response:
    """Newest first. Filters that say nothing are left out; a place that is not ours leads to the first page."""
    before, state = request.args.get("before", ""), request.args.get("state", "")
    webhook_id = request.args.get("webhook_id", "")
    page = find_incidents(
        current_space_id(),
        clock,
        webhook_id=webhook_id if _WEBHOOK_ID.fullmatch(webhook_id) else None,
        is_open=STATES.get(state),
        before=before if _ID.fullmatch(before) else None,
    )
    return render_page(
        "incidents/index.html",
        page=page,
        first=not before,
        state=state if state in STATES else "",
        webhook_id=webhook_id,
        webhooks=webhook_names(current_space_id()),
    )
