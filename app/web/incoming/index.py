"""The list of incoming webhooks."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models.permission import VIEW_INCOMING
from app.queries.incoming import page_of_incoming_webhooks
from app.web.addresses import takes
from app.web.incoming import words
from app.web.incoming.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page


@bp.get("")
@requires(VIEW_INCOMING)
@takes("after")
def index() -> Response:
    """Who may call, as whom, with which tools, and when they last did."""
    page = page_of_incoming_webhooks(current_space_id(), request.args.get("after"))
    return render_page(
        "incoming/index.html",
        page=page,
        badges={one.id: words.state_badge(one, one.id in page.gone) for one in page.webhooks},
        tool_title=words.tool_title,
        call_badge=words.call_badge,
        first_page="after" not in request.args,
    )
