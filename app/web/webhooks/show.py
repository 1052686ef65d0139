"""A webhook's page: how it goes, what it sent (History) and how it is set (Settings)."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models import Webhook
from app.models.role import MANAGE_WEBHOOKS, VIEW_WEBHOOKS
from app.queries.webhooks.listing import get_webhook
from app.web.addresses import takes
from app.web.charts import Drawing
from app.web.deliveries.listing import NAMES, listing_of
from app.web.deliveries.live import live_answer
from app.web.permissions import current_space_id, may, requires
from app.web.rendering import query_shown, render_page, wants_block_of
from app.web.webhooks.blueprint import bp
from app.web.webhooks.chart import drawing_of
from app.web.webhooks.diagnosis import Health, health_of
from app.web.webhooks.secret_key import shown_key

BLOCKS = {"found": "list", "diagnosis": "diagnosis"}


@bp.get("/<webhook_id>")
@requires(VIEW_WEBHOOKS)
@takes(*NAMES, "cursor", "new", "saved", "chart")
def show(webhook_id: str) -> Response:
    """How it goes, and its history."""
    webhook = get_webhook(current_space_id(), webhook_id)
    return render_webhook(webhook, new="new" in request.args, saved="saved" in request.args)


@bp.get("/<webhook_id>/live")
@requires(VIEW_WEBHOOKS)
def live(webhook_id: str) -> Response:
    """What changed since the page was shown: rows, totals, and what is said about the webhook."""
    webhook = get_webhook(current_space_id(), webhook_id)
    health = health_of([webhook])[0]
    shown = request.args
    tell_health = shown.get("health") != health.version
    changed = shown.get("health", health.version) != health.version
    counted = shown.get("totals", health.totals_version) != health.totals_version
    return live_answer(
        current_space_id(),
        webhook.id,
        blocks=["health"],
        anyway=changed or counted,
        health=health,
        tell_health=tell_health,
    )


def render_webhook(webhook: Webhook, status: int = 200, **context: object) -> Response:
    """The page with its History, or the part of it that htmx asks for."""
    is_new = bool(context.get("new")) and may(MANAGE_WEBHOOKS)
    drawing = None if wants_block_of(BLOCKS) else drawing_of(webhook, query_shown().get("chart", ""))
    return render_page(
        "webhooks/show.html",
        blocks=BLOCKS,
        status=status,
        health=_health(webhook, drawing),
        listing=listing_of(webhook.space_id, query_shown(), webhook.id),
        key=shown_key(webhook) if is_new else None,
        drawing=drawing,
        **{"refused": None, "saved": False, **context},
    )


def _health(webhook: Webhook, drawing: Drawing | None) -> Health:
    """Of what the chart has read already, nothing is read again."""
    if drawing is None:
        return health_of([webhook])[0]
    still = {span.incident.webhook_id: span.incident for span in drawing.spans if span.incident.is_open}
    return health_of([webhook], {webhook.id: drawing.chart.day}, still)[0]
