"""Give a link to a delivery, see which work, take them back."""

from __future__ import annotations

from flask import current_app, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models.permission import SHARE
from app.queries.deliveries.detail import DeliveryDetail, delivery_detail
from app.queries.delivery_links import working_links
from app.services import delivery_links as service
from app.web.delivery_links.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.times import clock

BLOCKS = {"modal-content": "links", "links": "links"}


@bp.get("")
@requires(SHARE)
def index(delivery_id: str) -> Response:
    """The links that work, and the form for a new one."""
    return _page(delivery_detail(current_space_id(), delivery_id, clock))


@bp.post("")
@requires(SHARE)
def give(delivery_id: str) -> Response:
    """A new link. Its address is shown now and never again."""
    detail = delivery_detail(current_space_id(), delivery_id, clock)
    days = request.form.get("days", "")
    try:
        given = service.give(current_space_id(), delivery_id, int(days) if days in ("1", "7", "30") else 0)
    except Invalid as invalid:
        return _page(detail, 422, errors=invalid.errors)
    base = current_app.config["SETTINGS"].base_url.rstrip("/")
    address = base + url_for("shared_delivery.show", token=given.token)
    return _page(detail, address=address, link=given.link)


@bp.post("/<link_id>/revoke")
@requires(SHARE)
def revoke(delivery_id: str, link_id: str) -> Response:
    """End a link at once."""
    service.revoke(current_space_id(), delivery_id, link_id)
    flash(_("The link no longer works."), "success")
    return go_to(url_for("delivery_links.index", delivery_id=delivery_id))


def _page(
    detail: DeliveryDetail, status: int = 200, errors: list[FieldError] | None = None, **more: object
) -> Response:
    return render_page(
        "delivery_links/index.html",
        blocks=BLOCKS,
        status=status,
        detail=detail,
        links=working_links(detail.delivery.space_id, detail.delivery.id),
        errors=errors or [],
        days=service.DAYS,
        **{"address": None, "link": None, **more},
    )
