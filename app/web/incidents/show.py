"""One incident: what failed and why, its timeline with what was changed, and what to do about it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.models.permission import VIEW_WEBHOOKS
from app.queries.changes import names_in
from app.queries.incidents import incident_detail
from app.web.incidents.blueprint import bp
from app.web.incidents.timeline import timeline_of
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.times import clock


@bp.get("/<incident_id>")
@requires(VIEW_WEBHOOKS)
def show(incident_id: str) -> Response:
    """The page; while it is open the part that moves asks for itself again."""
    detail = incident_detail(current_space_id(), incident_id, clock)
    return render_page(
        "incidents/show.html",
        blocks={"incident": "incident"},
        detail=detail,
        incident=detail.incident,
        webhook=detail.listed.webhook,
        timeline=timeline_of(detail),
        names=names_in(current_space_id(), detail.changes),
    )
