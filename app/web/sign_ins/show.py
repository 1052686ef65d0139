"""A sign-in's page: whether it works, Test, which webhooks use it, its settings; and deleting it."""

from __future__ import annotations

from flask import flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.delivery.diagnosis import explain
from app.delivery.sign_in.desk import kept_refusal
from app.models import OAuthCredential
from app.models.role import MANAGE_SIGN_INS, VIEW_SIGN_INS
from app.queries.sign_ins import users_of
from app.services import sign_ins as service
from app.services.errors import Conflict, FieldError
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.sign_ins.blueprint import bp
from app.web.sign_ins.connect import callback_address
from app.web.sign_ins.form_data import FormValues, from_settings
from app.web.sign_ins.words import grant_choices, place_choices, state_badge

BLOCKS = {"sign-in-status": "status"}


@bp.get("/<credential_id>")
@requires(VIEW_SIGN_INS)
def show(credential_id: str) -> Response:
    """How it goes, and its settings."""
    return render_sign_in(service.find(current_space_id(), credential_id))


@bp.post("/<credential_id>/test")
@requires(MANAGE_SIGN_INS)
def test(credential_id: str) -> Response:
    """Ask the token server now and show what it answered."""
    tested = service.test(current_space_id(), credential_id)
    return render_sign_in(tested.sign_in, tested=tested)


@bp.get("/<credential_id>/delete")
@requires(MANAGE_SIGN_INS)
def ask_delete(credential_id: str) -> Response:
    """Ask before deleting; say by whom it is used."""
    row = service.find(current_space_id(), credential_id)
    return render_page("sign_ins/ask_delete.html", sign_in=row, users=users_of([row.id]).get(row.id, []))


@bp.post("/<credential_id>/delete")
@requires(MANAGE_SIGN_INS)
def delete(credential_id: str) -> Response:
    """Delete it, unless a webhook uses it."""
    try:
        service.delete(current_space_id(), credential_id)
    except Conflict as used:
        flash(used.message, "error")
        return go_to(url_for("sign_ins.show", credential_id=credential_id))
    flash(_("Deleted."), "success")
    return go_to(url_for("sign_ins.index"))


def render_sign_in(
    row: OAuthCredential,
    values: FormValues | None = None,
    errors: list[FieldError] | None = None,
    status: int = 200,
    tested: service.Tested | None = None,
) -> Response:
    """The page, or the part of it that htmx asks for."""
    refused = kept_refusal(row.token) if row.token.last_reason else None
    state = service.state_of(row)
    return render_page(
        "sign_ins/show.html",
        blocks=BLOCKS,
        status=status,
        sign_in=row,
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
