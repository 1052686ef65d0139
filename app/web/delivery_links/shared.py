"""What somebody without a log-in sees of one delivery. Read only; secrets are masked where tries are kept."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.core.times import utc_now
from app.models import DeliveryLink
from app.queries.deliveries.detail import delivery_detail
from app.services.delivery_links import follow
from app.web.delivery_links.blueprint import shared_bp
from app.web.permissions import public
from app.web.rendering import render_page
from app.web.times import clock


@shared_bp.get("/<token>")
@public
def show(token: str) -> Response:
    """The delivery, or why the link does not work any more and who can give a new one."""
    link = follow(token)
    if link is None:
        return _hidden(render_page("delivery_links/ended.html", status=404, link=None, gone=False))
    if not link.is_open(utc_now()):
        return _hidden(render_page("delivery_links/ended.html", status=410, link=link, gone=False))
    return _hidden(_delivery(link))


def _delivery(link: DeliveryLink) -> Response:
    try:
        detail = delivery_detail(link.space_id, link.delivery_id, clock)
    except NotFound:  # its data passed its time limit before the link did
        return render_page("delivery_links/ended.html", status=410, link=link, gone=True)
    return render_page("delivery_links/shared.html", detail=detail, link=link)


def _hidden(response: Response) -> Response:
    """Search engines keep out; nothing is stored and no address is passed on (see also `web.security`)."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
