"""One event by its own address, also if no webhook took it: the reason for each (C3)."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from app.models.role import VIEW_WEBHOOKS
from app.queries.deliveries.quotes import receiver_quotes
from app.queries.events.finding import event_detail
from app.queries.events.not_sent import held_since
from app.queries.webhooks.listing import webhooks_by_id
from app.web.events.blueprint import bp
from app.web.events.words import FAR_OFF, held_words, not_sent_words
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page


@bp.get("")
@requires(VIEW_WEBHOOKS)
def index() -> Response:
    """The list of events stands under another address."""
    return go_to(url_for("deliveries.index"))


@bp.get("/<event_id>")
@requires(VIEW_WEBHOOKS)
def show(event_id: str) -> Response:
    """What happened, where it went, and why not elsewhere."""
    space_id = current_space_id()
    detail = event_detail(space_id, event_id)
    return render_page(
        "events/show.html",
        detail=detail,
        webhooks=webhooks_by_id(space_id, [delivery.webhook_id for delivery in detail.deliveries]),
        quotes=receiver_quotes(detail.deliveries),
        held=held_words(held_since(detail.event, detail.deliveries)),
        near=[one for one in detail.not_sent if one.reason not in FAR_OFF],
        far=[one for one in detail.not_sent if one.reason in FAR_OFF],
        not_sent_words=not_sent_words,
    )
