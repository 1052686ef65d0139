"""The start page: does everything work, and if not, where; then how much, how well and how quickly (C13)."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from werkzeug.wrappers import Response

from app.core.times import utc_now
from app.models.permission import VIEW_WEBHOOKS
from app.queries.incidents import recent_incidents
from app.queries.webhooks.charting import DAY, RANGES, chart_of_space
from app.queries.webhooks.listing import has_webhooks, webhooks_in_trouble
from app.web.addresses import takes
from app.web.charts import draw
from app.web.home.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.times import zone
from app.web.webhooks.diagnosis import health_of

RECENT, MOST_INCIDENTS = timedelta(days=7), 10


@bp.get("/")
@requires(VIEW_WEBHOOKS)
@takes("chart")
def index() -> Response:
    """The home of the space, from roll-ups: as quick with a million events as with none."""
    space_id = current_space_id()
    chosen = request.args.get("chart", DAY)
    incidents = recent_incidents(space_id, utc_now() - RECENT, MOST_INCIDENTS)
    return render_page(
        "home/index.html",
        blocks={"home": "home"},
        trouble=health_of(webhooks_in_trouble(space_id)),
        drawing=draw(chart_of_space(space_id, chosen if chosen in RANGES else DAY, zone())),
        incidents=incidents,
        any_webhooks=has_webhooks(space_id),
    )
