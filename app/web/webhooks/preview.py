"""The part "What we send" while it is typed: fields to choose from, and the request as it would go out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models import Webhook
from app.models.role import MANAGE_WEBHOOKS
from app.queries.webhooks.listing import get_webhook
from app.services import webhooks as service
from app.web.catalogue import catalogue_here
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.webhooks.blueprint import bp
from app.web.webhooks.form_data import from_form, to_data

BLOCKS = {"request-preview": "preview", "payload-fields": "payload_fields"}


@dataclass(frozen=True, slots=True)
class Previewed:
    """The request as it would be sent, or what is wrong with the settings."""

    sent: service.Preview | None
    errors: list[FieldError]


@bp.post("/preview")
@requires(MANAGE_WEBHOOKS)
def preview_new() -> Response:
    """For htmx: the request of a webhook that is not saved yet, or the fields of its events."""
    return _part(None)


@bp.post("/<webhook_id>/preview")
@requires(MANAGE_WEBHOOKS)
def preview(webhook_id: str) -> Response:
    """The same for changes of a webhook."""
    return _part(get_webhook(current_space_id(), webhook_id))


def preview_of_form(webhook: Webhook | None) -> Previewed:
    """The request that the form as it was posted would send."""
    try:
        data = to_data(request.form)
        return Previewed(service.preview(current_space_id(), data, webhook.id if webhook else None), [])
    except Invalid as wrong:
        return Previewed(None, wrong.errors)


def _part(webhook: Webhook | None) -> Response:
    return render_page(
        "webhooks/_form_what.html",
        blocks=BLOCKS,
        webhook=webhook,
        values=from_form(request.form),
        errors=[],
        may_edit=True,
        catalogue=catalogue_here(),
        previewed=preview_of_form(webhook),
    )
