"""The list of resend jobs."""

from __future__ import annotations

import re

from flask import request
from werkzeug.wrappers import Response

from app.models.permission import VIEW_WEBHOOKS
from app.queries.recoveries.listing import recoveries_of
from app.web.addresses import takes
from app.web.permissions import current_space_id, requires
from app.web.recoveries.blueprint import bp
from app.web.rendering import render_page

_ID = re.compile(r"rcv_[0-9a-f]{12,36}")


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("before", "webhook_id")
def index() -> Response:
    """All of the space, newest first. A place that is not ours leads to the first page."""
    before = request.args.get("before", "")
    page = recoveries_of(
        current_space_id(),
        before if _ID.fullmatch(before) else None,
        webhook_id=request.args.get("webhook_id", "")[:40].replace("\0", "") or None,
    )
    return render_page("recoveries/index.html", page=page, first=not before)
