"""Sources: other systems whose messages become events, set up with the help of a message that came (D7)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models import IncomingSource, IncomingWebhook
from app.models.permission import MANAGE_INCOMING
from app.services import incoming as service
from app.services.event_types import catalogue_of
from app.services.incoming.sources import crud
from app.web.addresses import takes
from app.web.incoming.blueprint import bp
from app.web.incoming.show import may_see_address
from app.web.incoming.source_data import SourceForm, from_form, from_settings, sample_of, to_data
from app.web.incoming.words import preset_choices
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, nothing_new, render_page, wants_fragment
from app.web.times import machine
from app.web.webhooks.payload_form import tree_of_samples

BLOCKS = {"sample": "sample"}


@bp.get("/<incoming_webhook_id>/sources/new")
@requires(MANAGE_INCOMING)
def new_source(incoming_webhook_id: str) -> Response:
    """An empty form."""
    return _page(service.find(current_space_id(), incoming_webhook_id), None, SourceForm())


@bp.post("/<incoming_webhook_id>/sources/new")
@requires(MANAGE_INCOMING)
def add_source(incoming_webhook_id: str) -> Response:
    """Add it; its page shows the address to enter at the other system."""
    webhook = service.find(current_space_id(), incoming_webhook_id)
    try:
        source = crud.add_source(webhook.space_id, webhook.id, to_data(request.form))
    except Invalid as wrong:
        webhook = service.find(current_space_id(), incoming_webhook_id)
        return _page(webhook, None, from_form(request.form), wrong.errors, 422)
    flash(_("Saved. Enter its address at the other system."), "success")
    return _to(incoming_webhook_id, source.id)


@bp.get("/<incoming_webhook_id>/sources/<source_id>")
@requires(MANAGE_INCOMING)
@takes("known")
def source(incoming_webhook_id: str, source_id: str) -> Response:
    """Its address, the newest message, and its settings. A poller sends the time of the sample that it has `known`."""
    webhook = service.find(current_space_id(), incoming_webhook_id)
    found = crud.find_source(webhook.space_id, webhook.id, source_id)
    if wants_fragment() and request.args.get("known") == _stamp(found):
        return nothing_new()
    return _page(webhook, found, from_settings(crud.settings_of(found)))


@bp.post("/<incoming_webhook_id>/sources/<source_id>")
@requires(MANAGE_INCOMING)
def change_source(incoming_webhook_id: str, source_id: str) -> Response:
    """Save the settings."""
    space_id = current_space_id()
    try:
        crud.change_source(space_id, incoming_webhook_id, source_id, to_data(request.form))
    except Invalid as wrong:
        webhook = service.find(space_id, incoming_webhook_id)
        found = crud.find_source(space_id, incoming_webhook_id, source_id)
        return _page(webhook, found, from_form(request.form), wrong.errors, 422)
    flash(_("Saved."), "success")
    return _to(incoming_webhook_id, source_id)


@bp.post("/<incoming_webhook_id>/sources/<source_id>/delete")
@requires(MANAGE_INCOMING)
def delete_source(incoming_webhook_id: str, source_id: str) -> Response:
    """Its address is unknown from now on."""
    crud.delete_source(current_space_id(), incoming_webhook_id, source_id)
    flash(_("Deleted."), "success")
    return go_to(url_for("incoming.show", incoming_webhook_id=incoming_webhook_id))


def _to(incoming_webhook_id: str, source_id: str) -> Response:
    return go_to(url_for("incoming.source", incoming_webhook_id=incoming_webhook_id, source_id=source_id))


def _stamp(source: IncomingSource | None) -> str:
    return machine(source.sample_at) if source is not None and source.sample_at else ""


def _page(
    webhook: IncomingWebhook,
    source: IncomingSource | None,
    values: SourceForm,
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> Response:
    address = service.address_of(webhook) if may_see_address(webhook) else None
    sample = sample_of(source) if source is not None else None
    return render_page(
        "incoming/source.html",
        blocks=BLOCKS,
        status=status,
        webhook=webhook,
        source=source,
        values=values,
        errors=errors or [],
        presets=preset_choices(),
        address=f"{address}/events/v1/{source.key}" if address and source is not None else None,
        sample=sample,
        nodes=tree_of_samples([sample] if sample is not None else [], values.payload.fields),
        event_types=sorted(catalogue_of(webhook.space_id).keys()),
        stamp=_stamp(source),
    )
