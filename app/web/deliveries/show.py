"""One delivery: what happened to it, why, what comes next, and every attempt (C3)."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_WEBHOOKS
from app.queries.deliveries.detail import DeliveryDetail, answer_body, delivery_detail
from app.web.catalogue import catalogue_here
from app.web.deliveries.blueprint import bp
from app.web.deliveries.hand_over import hand_over_text
from app.web.permissions import current_space_id, requires
from app.web.rendering import STOP_POLLING, nothing_new, render_page
from app.web.times import clock

BLOCKS = {"modal-content": "log", "log": "log"}


@bp.get("/<delivery_id>")
@requires(VIEW_WEBHOOKS)
def show(delivery_id: str) -> Response:
    """The log history, as a page or in the dialog. A poller sends the `known` version and may get nothing."""
    detail = delivery_detail(current_space_id(), delivery_id, clock)
    known = request.args.get("known")
    if known == version(detail):
        return nothing_new()
    return render_log(detail, STOP_POLLING if known and not detail.delivery.moves else 200)


@bp.get("/<delivery_id>/text")
@requires(VIEW_WEBHOOKS)
def as_text(delivery_id: str) -> Response:
    """The same as plain text, secrets masked, to hand over to the receiver's developer."""
    detail = delivery_detail(current_space_id(), delivery_id, clock)
    response = FlaskResponse(hand_over_text(detail), mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{detail.delivery.id}.txt"'
    return response


@bp.get("/<delivery_id>/attempts/<attempt_id>/response-body")
@requires(VIEW_WEBHOOKS)
def answer_bytes(delivery_id: str, attempt_id: str) -> Response:
    """The body of an answer as it came, whatever its charset. Text to save, never a page of the receiver's here."""
    body = answer_body(current_space_id(), delivery_id, attempt_id)
    response = FlaskResponse(body, content_type="text/plain")
    response.headers["Content-Disposition"] = "attachment; filename=response-body.txt"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def render_log(detail: DeliveryDetail, status: int = 200, **context: object) -> Response:
    """The log history of one delivery."""
    return render_page(
        "deliveries/show.html",
        blocks=BLOCKS,
        status=status,
        detail=detail,
        version=version(detail),
        event_type=catalogue_here().get(detail.delivery.event_type),
        hand_over=hand_over_text(detail),
        **context,
    )


def version(detail: DeliveryDetail) -> str:
    """Changes when the page would look different."""
    delivery = detail.delivery
    return f"{delivery.state}.{delivery.attempts_count}.{int(delivery.due_at.timestamp())}"
