"""Create and change a webhook: one page, Test beside Save (A1 to A12, A15)."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid, NotFound
from app.models import Webhook
from app.models.role import MANAGE_WEBHOOKS, VIEW_WEBHOOKS
from app.queries.oauth_credentials import oauth_credential_names
from app.queries.webhooks.listing import get_webhook
from app.services import webhooks as service
from app.services.inboxes import inbox_of
from app.web.catalogue import catalogue_here
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page, render_part, wants_fragment
from app.web.webhooks.blueprint import bp
from app.web.webhooks.conditions import condition_help
from app.web.webhooks.diagnosis import health_of
from app.web.webhooks.form_data import (
    WebhookForm,
    first_values,
    from_form,
    from_settings,
    only_shows,
    to_data,
)
from app.web.webhooks.preview import preview_of_form
from app.web.webhooks.probe import Probe, probe_of
from app.web.webhooks.secret_key import hidden_key
from app.web.webhooks.sending_form import named_errors

BLOCKS = {"webhook-form": "form", "test-result": "test_result"}


@bp.get("/new")
@requires(MANAGE_WEBHOOKS)
def new() -> Response:
    """An empty form, one with the test address, or one filled like the webhook `copy`."""
    return _form_page(None, _first_values())


@bp.post("/new")
@requires(MANAGE_WEBHOOKS)
def create() -> Response:
    """Create the webhook, off; or only add rows for headers, which keeps what was typed."""
    if only_shows(request.form):
        return _form_page(None, _typed_values(None))
    try:
        created = service.create(current_space_id(), to_data(request.form), _copied_from())
    except Invalid as wrong:
        return _form_page(None, _typed_values(None), wrong.errors, 422)
    _set_active(created.webhook)
    return go_to(url_for("webhooks.show", webhook_id=created.webhook.id, new=1))


@bp.get("/<webhook_id>/settings")
@requires(VIEW_WEBHOOKS)
def settings(webhook_id: str) -> Response:
    """The settings as a form, for those who may only look without its buttons."""
    webhook = _living(webhook_id)
    return _form_page(webhook, _stored_values(webhook))


@bp.post("/<webhook_id>/settings")
@requires(MANAGE_WEBHOOKS)
def update(webhook_id: str) -> Response:
    """Save the settings."""
    webhook = _living(webhook_id)
    if only_shows(request.form):
        return _form_page(webhook, _typed_values(webhook))
    try:
        changed = service.update(webhook.space_id, webhook.id, to_data(request.form))
    except Invalid as wrong:
        return _form_page(webhook, _typed_values(webhook), wrong.errors, 422)
    flash(_("Saved."), "success")
    _set_active(changed)
    return go_to(url_for("webhooks.show", webhook_id=webhook.id))


@bp.post("/test")
@requires(MANAGE_WEBHOOKS)
def test_new() -> Response:
    """Test a webhook that is not saved yet."""
    return _test(None)


@bp.post("/<webhook_id>/test")
@requires(MANAGE_WEBHOOKS)
def test(webhook_id: str) -> Response:
    """Test the form as it is typed now; from the webhook's page, the webhook as it is stored."""
    webhook = _living(webhook_id)
    if "name" in request.form:
        return _test(webhook)
    probe = probe_of(*service.test(webhook.space_id, None, webhook.id))
    if wants_fragment():
        return _tested_part(probe, webhook, in_form=False)
    return _form_page(webhook, _stored_values(webhook), tested=probe)


def _test(webhook: Webhook | None) -> Response:
    values = _typed_values(webhook)
    try:
        tested = service.test(current_space_id(), to_data(request.form), webhook.id if webhook else None)
    except Invalid as wrong:
        return _form_page(webhook, values, wrong.errors, 422)
    probe = probe_of(*tested)
    if wants_fragment() and "shows_errors" not in request.form:
        return _tested_part(probe, webhook, in_form=True)
    return _form_page(webhook, values, tested=probe)


def _tested_part(probe: Probe, webhook: Webhook | None, in_form: bool) -> Response:
    return render_part("webhooks/form.html", "test_result", tested=probe, webhook=webhook, in_form=in_form)


def _in_words(errors: list[FieldError]) -> list[FieldError]:
    """What an empty field asks for, by its name: the summary stands far from the fields."""
    ask = {
        "name": _("Enter a name for this webhook."),
        "url": _("Enter a web address that starts with https://."),
        "events": _("Choose at least one event."),
    }
    typed = request.form
    empty = {name for name in ask if not any(typed.getlist(name))}
    return [FieldError(e.field, ask[e.field]) if e.field in empty else e for e in named_errors(errors)]


def _first_values() -> WebhookForm:
    space_id = current_space_id()
    if copy := request.args.get("copy"):
        return from_settings(service.duplicate_settings(_living(copy)))
    if request.args.get("address") == "test":
        address = current_app.config["SETTINGS"].inbox_prefix + inbox_of(space_id).token
        return first_values(service.defaults_of(space_id), _("My first webhook"), address)
    return first_values(service.defaults_of(space_id))


def _copied_from() -> str | None:
    """The webhook that this form was filled like, if it is one of this space."""
    try:
        return _living(request.form.get("copied_from", "")).id
    except NotFound:
        return None


def _set_active(webhook: Webhook) -> None:
    """The switch "Active" (S0), if a person moved it: what happened since the form was opened stays."""
    wanted = bool(request.form.getlist("active")[-1:] == ["1"])
    if "active" not in request.form or wanted == bool(request.form.get("was_active")):
        return
    if not wanted:
        service.disable(webhook.space_id, webhook.id)
        return
    try:
        service.enable(webhook.space_id, webhook.id)
    except service.PingFailed:
        flash(_("It stays off: the receiver did not accept our test message."), "error")


def _stored_values(webhook: Webhook) -> WebhookForm:
    return from_settings(service.settings_of(webhook), webhook.is_active)


def _typed_values(webhook: Webhook | None) -> WebhookForm:
    """What was typed; what was not posted as it is stored, or as new webhooks start."""
    first = first_values(service.defaults_of(current_space_id()))
    return from_form(request.form, _stored_values(webhook) if webhook else first)


def _living(webhook_id: str) -> Webhook:
    """The webhook; a deleted one cannot be changed, so it is not found. Raises `NotFound`."""
    webhook = get_webhook(current_space_id(), webhook_id)
    if webhook.deleted_at:
        raise NotFound
    return webhook


def _form_page(
    webhook: Webhook | None,
    values: WebhookForm,
    errors: list[FieldError] | None = None,
    status: int = 200,
    tested: Probe | None = None,
    **context: Any,
) -> Response:
    known = {
        "webhook": webhook,
        "values": values.without_secrets() if errors else values,
        "errors": _in_words(errors or []),
        "tested": tested,
        "in_form": True,
        "catalogue": catalogue_here(),
        "oauth_credentials": oauth_credential_names(current_space_id()),
        "help": condition_help(values),
        "health": health_of([webhook])[0] if webhook else None,
        "key": hidden_key(webhook) if webhook else None,
        "previewed": preview_of_form(webhook) if "show_preview" in request.form else None,
        "copied": request.values.get("copied_from") or request.args.get("copy"),
    }
    if wants_fragment() and (errors or tested):
        # The form stands where the answer of a test was expected: every sentence beside its field, or, where
        # the form showed some that no longer hold, none.
        return render_part(
            "webhooks/form.html", "form", status, retarget="#webhook-form", **{**known, **context}
        )
    return render_page("webhooks/form.html", blocks=BLOCKS, status=status, **{**known, **context})
