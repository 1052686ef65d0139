"""An OAuth credential's page: whether it works, Test, which webhooks use it, its settings; and deleting it."""

from __future__ import annotations

from flask import flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict, FieldError
from app.models import OAuthCredential
from app.models.role import MANAGE_OAUTH_CREDENTIALS, VIEW_OAUTH_CREDENTIALS
from app.queries.oauth_credentials import users_of
from app.sending.failures.diagnosis import explain
from app.sending.tokens.token_store import kept_refusal
from app.services import oauth_credentials as service
from app.web.oauth_credentials.blueprint import bp
from app.web.oauth_credentials.connect import callback_address
from app.web.oauth_credentials.form_data import OAuthCredentialForm, from_settings
from app.web.oauth_credentials.words import grant_choices, place_choices, state_badge
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page

BLOCKS = {"credential-status": "status"}


@bp.get("/<credential_id>")
@requires(VIEW_OAUTH_CREDENTIALS)
def show(credential_id: str) -> Response:
    """How it goes, and its settings."""
    return render_oauth_credential(service.find(current_space_id(), credential_id))


@bp.post("/<credential_id>/test")
@requires(MANAGE_OAUTH_CREDENTIALS)
def test(credential_id: str) -> Response:
    """Ask the token server now and show what it answered."""
    tested = service.test(current_space_id(), credential_id)
    return render_oauth_credential(tested.oauth_credential, tested=tested)


@bp.get("/<credential_id>/delete")
@requires(MANAGE_OAUTH_CREDENTIALS)
def ask_delete(credential_id: str) -> Response:
    """Ask before deleting; say by whom it is used."""
    row = service.find(current_space_id(), credential_id)
    return render_page(
        "oauth_credentials/ask_delete.html", oauth_credential=row, users=users_of([row.id]).get(row.id, [])
    )


@bp.post("/<credential_id>/delete")
@requires(MANAGE_OAUTH_CREDENTIALS)
def delete(credential_id: str) -> Response:
    """Delete it, unless a webhook uses it."""
    try:
        service.delete(current_space_id(), credential_id)
    except Conflict as used:
        flash(used.message, "error")
        return go_to(url_for("oauth_credentials.show", credential_id=credential_id))
    flash(_("Deleted."), "success")
    return go_to(url_for("oauth_credentials.index"))


def render_oauth_credential(
    row: OAuthCredential,
    values: OAuthCredentialForm | None = None,
    errors: list[FieldError] | None = None,
    status: int = 200,
    tested: service.TokenTest | None = None,
) -> Response:
    """The page, or the part of it that htmx asks for."""
    refused = kept_refusal(row.token) if row.token.last_reason else None
    state = service.state_of(row)
    return render_page(
        "oauth_credentials/show.html",
        blocks=BLOCKS,
        status=status,
        oauth_credential=row,
        state=state,
        badge=state_badge(state),
        explanation=explain(refused.reason, {**refused.facts, "test": True}, _) if refused else None,
        detail=refused.detail if refused else "",
        tested=tested,
        users=users_of([row.id]).get(row.id, []),
        values=values or from_settings(service.settings_of(row)),
        errors=errors or [],
        grants=grant_choices(),
        places=place_choices(),
        callback=callback_address(),
    )
