"""One resend job: how far it is, Stop, what came of it."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from app.core.extensions import db
from app.models import Recovery, Webhook
from app.models.permission import RESEND, VIEW_WEBHOOKS
from app.queries.recoveries.listing import find_recovery
from app.services import recoveries as service
from app.web.addresses import takes
from app.web.permissions import current_space_id, requires
from app.web.recoveries.blueprint import bp
from app.web.recoveries.words import decile, progress_words
from app.web.rendering import STOP_POLLING, go_to, nothing_new, render_page, wants_block_of

BLOCKS = {"progress": "progress"}


@bp.get("/<recovery_id>")
@requires(VIEW_WEBHOOKS)
@takes("known", "told")
def show(recovery_id: str) -> Response:
    """Its page. A poller sends the version that it `known`, and which tenth was `told` last."""
    recovery = find_recovery(current_space_id(), recovery_id)
    known = request.args.get("known")
    if known is None or not wants_block_of(BLOCKS):
        return _page(recovery, "")
    if known == version(recovery):
        return nothing_new()
    is_new = request.args.get("told") != str(decile(recovery)) or not recovery.is_under_way
    said = progress_words(recovery) if is_new else ""
    return _page(recovery, said, 200 if recovery.is_under_way else STOP_POLLING)


@bp.post("/<recovery_id>/stop")
@requires(RESEND)
def stop(recovery_id: str) -> Response:
    """Send nothing more of it."""
    recovery = service.stop(current_space_id(), recovery_id)
    if wants_block_of(BLOCKS):
        return _page(recovery, "")
    return go_to(url_for("recoveries.show", recovery_id=recovery_id))


def version(recovery: Recovery) -> str:
    """Changes when the page would look different."""
    return f"{recovery.state}.{recovery.done}.{recovery.total}"


def _page(recovery: Recovery, said: str, status: int = 200) -> Response:
    return render_page(
        "recoveries/show.html",
        blocks=BLOCKS,
        status=status,
        recovery=recovery,
        webhook=db.session.get_one(Webhook, recovery.webhook_id),
        version=version(recovery),
        told=decile(recovery),
        message=said,
        category="success",
    )
