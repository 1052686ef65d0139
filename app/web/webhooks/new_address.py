""" "Use new address": what a redirect named becomes the webhook's address, after a person looked at it (S3)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Invalid
from app.models.role import MANAGE_WEBHOOKS
from app.services import webhooks as service
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to
from app.web.webhooks.blueprint import bp


@bp.post("/<webhook_id>/new-address")
@requires(MANAGE_WEBHOOKS)
def use_new_address(webhook_id: str) -> Response:
    """Change the address, unless somebody changed it since the page was shown (`was`)."""
    space_id, new = current_space_id(), request.form.get("url", "")
    webhook = service.find(space_id, webhook_id)
    if webhook.url != request.form.get("was"):
        flash(_("The address was changed meanwhile, so it stays as it is."), "error")
    else:
        _change(space_id, webhook_id, new)
    return go_to(url_for("webhooks.show", webhook_id=webhook_id))


def _change(space_id: str, webhook_id: str, new: str) -> None:
    try:
        webhook = service.update(space_id, webhook_id, {"url": new})
    except Invalid as wrong:
        flash(" ".join(error.message for error in wrong.errors), "error")
    else:
        flash(_("The address is now %(url)s. Test it, then resend what failed.", url=webhook.url), "success")
