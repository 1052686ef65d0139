"""Events: everything that was sent, of all webhooks of the space."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_WEBHOOKS
from app.queries.webhooks.listing import webhook_names
from app.web.addresses import takes
from app.web.deliveries.blueprint import bp
from app.web.deliveries.listing import NAMES, listing_of
from app.web.deliveries.live import live_answer
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes(*NAMES, "cursor")
def index() -> Response:
    """The list with its filters."""
    space_id = current_space_id()
    listing = listing_of(space_id, request.args)
    return render_page(
        "deliveries/index.html",
        blocks={"found": "list"},
        status=422 if listing.errors else 200,
        listing=listing,
        webhooks=webhook_names(space_id),
    )


@bp.get("/live")
@requires(VIEW_WEBHOOKS)
def live() -> Response:
    """What changed since the page was shown."""
    return live_answer(current_space_id(), None)
