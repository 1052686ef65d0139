"""The list of webhooks: does everything work, and if not, where to look."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_WEBHOOKS
from app.queries.webhooks.listing import list_webhooks, webhooks_in_trouble
from app.web.addresses import takes
from app.web.catalogue import catalogue_here
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.webhooks.blueprint import bp
from app.web.webhooks.diagnosis import health_of


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("after")
def index() -> Response:
    """All webhooks of the space, what is wrong on top."""
    space_id = current_space_id()
    page = list_webhooks(space_id, after=request.args.get("after"))
    trouble = webhooks_in_trouble(space_id)
    shown = {
        health.webhook.id: health for health in health_of([*page.webhooks, *_others(trouble, page.webhooks)])
    }
    return render_page(
        "webhooks/index.html",
        blocks={"webhooks": "webhooks"},
        healths=[shown[webhook.id] for webhook in page.webhooks],
        trouble=[shown[webhook.id] for webhook in trouble],
        next_cursor=page.next_cursor,
        catalogue=catalogue_here(),
        first_page="after" not in request.args,
    )


def _others(some: list, known: list) -> list:
    ids = {webhook.id for webhook in known}
    return [webhook for webhook in some if webhook.id not in ids]
