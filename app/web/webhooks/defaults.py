"""Settings: what the space's new webhooks start with."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models.permission import MANAGE_SETTINGS
from app.queries.changes import changes_of_space
from app.services import webhooks as service
from app.services.webhooks.changes import DEFAULTS_EDITED
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.webhooks.form_data import WebhookForm, first_values, from_form
from app.web.webhooks.sending_form import SENDING_INPUTS, input_data, named_errors

bp = Blueprint("defaults", __name__, url_prefix="/settings/defaults")


@bp.get("")
@requires(MANAGE_SETTINGS)
def index() -> Response:
    """The defaults as a form, and who changed them lately."""
    return _page(first_values(service.defaults_of(current_space_id())))


@bp.post("")
@requires(MANAGE_SETTINGS)
def update() -> Response:
    """Save them."""
    try:
        service.change_defaults(current_space_id(), input_data(request.form, SENDING_INPUTS))
    except Invalid as wrong:
        typed = from_form(request.form, first_values(service.defaults_of(current_space_id())))
        return _page(typed, named_errors(wrong.errors), 422)
    flash(_("Saved. Webhooks that you create from now on start with this."), "success")
    return go_to(url_for("defaults.index"))


def _page(values: WebhookForm, errors: list[FieldError] | None = None, status: int = 200) -> Response:
    return render_page(
        "webhooks/defaults.html",
        status=status,
        values=values,
        errors=errors or [],
        changes=changes_of_space(current_space_id(), [DEFAULTS_EDITED]),
        names={},
    )
