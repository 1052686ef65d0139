"""Create and change an OAuth credential."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models.oauth_credential import GRANTS
from app.models.role import MANAGE_OAUTH_CREDENTIALS
from app.services import oauth_credentials as service
from app.web.oauth_credentials.blueprint import bp
from app.web.oauth_credentials.connect import callback_address
from app.web.oauth_credentials.form_data import FIELDS, OAuthCredentialForm, from_form, to_data
from app.web.oauth_credentials.show import render_oauth_credential
from app.web.oauth_credentials.words import grant_choices, place_choices
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page


@bp.get("/new")
@requires(MANAGE_OAUTH_CREDENTIALS)
def new() -> Response:
    """An empty form, for the grant that was asked for."""
    grant = request.args.get("grant", "")
    return _new_page(OAuthCredentialForm(grant_type=grant) if grant in GRANTS else OAuthCredentialForm())


@bp.post("/new")
@requires(MANAGE_OAUTH_CREDENTIALS)
def create() -> Response:
    """Create the OAuth credential; or only add rows for parameters, which keeps what was typed."""
    if "add_rows" in request.form:
        return _new_page(from_form(request.form, {}))
    try:
        row = service.create(current_space_id(), to_data(request.form, {}))
    except Invalid as wrong:
        return _new_page(from_form(request.form, {}), wrong.errors, 422)
    flash(_("Saved. Test it now."), "success")
    return go_to(url_for("oauth_credentials.show", credential_id=row.id))


@bp.post("/<credential_id>")
@requires(MANAGE_OAUTH_CREDENTIALS)
def update(credential_id: str) -> Response:
    """Save the settings."""
    row = service.find(current_space_id(), credential_id)
    stored = service.settings_of(row)["parameters"]
    if "add_rows" in request.form:
        return render_oauth_credential(row, from_form(request.form, stored))
    try:
        service.update(row.space_id, row.id, to_data(request.form, stored))
    except Invalid as wrong:
        row = service.find(current_space_id(), credential_id)
        return render_oauth_credential(row, from_form(request.form, stored), in_words(wrong.errors), 422)
    flash(_("Saved."), "success")
    return go_to(url_for("oauth_credentials.show", credential_id=credential_id))


def in_words(errors: list[FieldError]) -> list[FieldError]:
    """What an empty field asks for, by its name: the summary stands far from the fields."""
    ask = {
        "name": _("Enter a name for this OAuth connection."),
        "token_url": _("Enter a token address that starts with https://."),
    }
    typed = request.form
    return [
        FieldError(
            _place_of(e.field), ask[e.field] if e.field in ask and not typed.get(e.field) else e.message
        )
        for e in errors
    ]


def _place_of(field: str) -> str:
    """Where an error stands: parameters without a field of their own share one place."""
    group, _dot, name = field.partition(".")
    return group if group == "parameters" and name not in FIELDS else field


def _new_page(
    values: OAuthCredentialForm, errors: list[FieldError] | None = None, status: int = 200
) -> Response:
    return render_page(
        "oauth_credentials/new.html",
        status=status,
        oauth_credential=None,
        values=values,
        errors=in_words(errors or []),
        grants=grant_choices(),
        places=place_choices(),
        callback=callback_address(),
    )
