"""Send one event again (C4)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models.delivery import SUCCEEDED
from app.models.role import RESEND
from app.queries.deliveries.detail import delivery_detail
from app.queries.deliveries.listing import rows_of
from app.services.deliveries import resend as order_resend
from app.web.deliveries.blueprint import bp
from app.web.deliveries.show import BLOCKS, render_log
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page, render_part, wants_block_of, wants_fragment
from app.web.times import clock


@bp.get("/<delivery_id>/resend")
@requires(RESEND)
def ask_resend(delivery_id: str) -> Response:
    """Ask before an event goes out again that was delivered already: the receiver may act on it twice."""
    detail = delivery_detail(current_space_id(), delivery_id, clock)
    return render_page(
        "deliveries/ask_resend.html", blocks={"modal-content": "question", "log": "question"}, detail=detail
    )


@bp.post("/<delivery_id>/resend")
@requires(RESEND)
def resend(delivery_id: str) -> Response:
    """Order one more try now. Answers with the log, the row, or 303 to the log's page."""
    space_id = current_space_id()
    detail = delivery_detail(space_id, delivery_id, clock)
    if detail.delivery.status == SUCCEEDED and not request.form.get("sure"):
        return go_to(url_for("deliveries.ask_resend", delivery_id=delivery_id))
    try:
        order_resend(space_id, delivery_id, until_it_works=bool(request.form.get("until_it_works")))
    except Conflict as conflict:
        return _answer(delivery_id, conflict.message, "error", 409)
    return _answer(delivery_id, _("It is being sent again."), "success")


def _answer(delivery_id: str, message: str, category: str, status: int = 200) -> Response:
    space_id = current_space_id()
    said = {"message": message, "category": category}
    if wants_block_of(BLOCKS):
        return render_log(delivery_detail(space_id, delivery_id, clock), status, **said)
    if wants_fragment():
        one_webhook = "one_webhook" in request.form
        row = rows_of(space_id, [delivery_id])[0]
        return render_part(
            "deliveries/live.html", ["row", "said"], status, row=row, one_webhook=one_webhook, **said
        )
    flash(message, category)
    return go_to(url_for("deliveries.show", delivery_id=delivery_id))
