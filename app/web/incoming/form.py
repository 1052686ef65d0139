"""Create and change an incoming webhook."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models import IncomingWebhook
from app.models.incoming_webhook import METHODS
from app.models.permission import MANAGE_INCOMING
from app.services import incoming as service
from app.services.incoming.crud import settings_of
from app.web.incoming.blueprint import bp
from app.web.incoming.form_data import IncomingForm, from_form, from_settings, to_data
from app.web.incoming.words import tool_choices
from app.web.permissions import current_person, current_space_id, requires
from app.web.rendering import go_to, render_page


@bp.get("/new")
@requires(MANAGE_INCOMING)
def new() -> Response:
    """An empty form."""
    return _page(None, IncomingForm())


@bp.post("/new")
@requires(MANAGE_INCOMING)
def create() -> Response:
    """Create it; its page shows the address and an example for each tool."""
    try:
        webhook = service.create(
            current_space_id(), to_data(request.form), service.Maker(current_person().id)
        )
    except Invalid as wrong:
        return _page(None, from_form(request.form), wrong.errors, 422)
    flash(_("Created. It can be called now."), "success")
    return go_to(url_for("incoming.show", incoming_webhook_id=webhook.id))


@bp.get("/<incoming_webhook_id>/settings")
@requires(MANAGE_INCOMING)
def settings(incoming_webhook_id: str) -> Response:
    """The form with what is stored."""
    webhook = service.find(current_space_id(), incoming_webhook_id)
    return _page(webhook, from_settings(settings_of(webhook)))


@bp.post("/<incoming_webhook_id>/settings")
@requires(MANAGE_INCOMING)
def update(incoming_webhook_id: str) -> Response:
    """Save the settings."""
    webhook = service.find(current_space_id(), incoming_webhook_id)
    try:
        service.update(webhook.space_id, webhook.id, to_data(request.form))
    except Invalid as wrong:
        webhook = service.find(current_space_id(), incoming_webhook_id)
        return _page(webhook, from_form(request.form), wrong.errors, 422)
    flash(_("Saved."), "success")
    return go_to(url_for("incoming.show", incoming_webhook_id=incoming_webhook_id))


def _page(
    webhook: IncomingWebhook | None,
    values: IncomingForm,
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> Response:
    return render_page(
        "incoming/form.html",
        status=status,
        webhook=webhook,
        values=values,
        errors=[_in_words(error, values) for error in errors or []],
        tools=tool_choices(),
        methods=METHODS,
    )


def _in_words(error: FieldError, values: IncomingForm) -> FieldError:
    """What an empty field asks for, by its name: the summary stands far from the fields."""
    if error.field == "name" and not values.name.strip():
        return FieldError("name", _("Enter a name, such as “Website form”."))
    if error.field == "tools" and not values.tools:
        return FieldError("tools", _("Choose at least one tool."))
    return error
