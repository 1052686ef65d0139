"""Turn a webhook on and off, pause and resume it, delete it. Each is a form of one button."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models import Webhook
from app.models.delivery import SUCCEEDED
from app.models.role import MANAGE_WEBHOOKS
from app.models.webhook import UNCONFIRMED
from app.queries.webhooks.listing import get_webhook
from app.services import webhooks as service
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page, render_part, wants_block_of, wants_fragment
from app.web.webhooks.blueprint import bp
from app.web.webhooks.diagnosis import health_of
from app.web.webhooks.probe import Probe, probe_of
from app.web.webhooks.show import BLOCKS, render_webhook


@bp.post("/<webhook_id>/enable")
@requires(MANAGE_WEBHOOKS)
def enable(webhook_id: str) -> Response:
    """Turn on; it stays off, with the reason, if the receiver does not pass the ping (A13)."""
    space_id = current_space_id()
    try:
        webhook = service.enable(space_id, webhook_id, force=bool(request.form.get("force")))
    except service.PingFailed as failed:
        webhook = get_webhook(space_id, webhook_id)
        message = _("It stays off: the receiver did not accept our test message.")
        return _answer(webhook, message, 409, probe_of(failed.attempt, webhook.timeout_s))
    if webhook.status == UNCONFIRMED:
        return _answer(webhook, _("%(name)s works once its receiver confirms.", name=webhook.name))
    return _answer(webhook, _("%(name)s is on.", name=webhook.name))


@bp.post("/<webhook_id>/confirmation")
@requires(MANAGE_WEBHOOKS)
def confirmation(webhook_id: str) -> Response:
    """Send the confirmation link again; the one before no longer counts."""
    return _switch(webhook_id, _ask, _("The link to confirm %(name)s was sent again."))


@bp.post("/<webhook_id>/disable")
@requires(MANAGE_WEBHOOKS)
def disable(webhook_id: str) -> Response:
    """Turn off."""
    return _switch(webhook_id, service.disable, _("%(name)s is off."))


@bp.post("/<webhook_id>/pause")
@requires(MANAGE_WEBHOOKS)
def pause(webhook_id: str) -> Response:
    """Pause: events are held meanwhile."""
    return _switch(webhook_id, service.pause, _("%(name)s is paused. Its events are waiting."))


@bp.post("/<webhook_id>/resume")
@requires(MANAGE_WEBHOOKS)
def resume(webhook_id: str) -> Response:
    """End a pause, or say what becomes of the events that waited: send or skip."""
    if request.form.get("held") == "skip":
        return _switch(webhook_id, _skip, _("What waited for %(name)s is skipped."))
    return _switch(webhook_id, service.resume, _("%(name)s is on. What waited is being sent."))


@bp.get("/<webhook_id>/delete")
@requires(MANAGE_WEBHOOKS)
def ask_delete(webhook_id: str) -> Response:
    """Ask before deleting."""
    webhook = get_webhook(current_space_id(), webhook_id)
    return render_page(
        "webhooks/ask_delete.html", blocks={"modal-content": "question"}, health=health_of([webhook])[0]
    )


@bp.post("/<webhook_id>/delete")
@requires(MANAGE_WEBHOOKS)
def delete(webhook_id: str) -> Response:
    """Delete: the history stays readable, what waits is cancelled."""
    webhook = get_webhook(current_space_id(), webhook_id)
    service.delete(webhook.space_id, webhook.id)
    flash(_("%(name)s is deleted. Its history stays under Events.", name=webhook.name), "success")
    return go_to(url_for("webhooks.index"))


def _ask(space_id: str, webhook_id: str) -> Webhook:
    attempt = service.ask_for_confirmation(space_id, webhook_id)
    webhook = service.find(space_id, webhook_id)
    if attempt.outcome != SUCCEEDED:
        why = probe_of(attempt, webhook.timeout_s).explanation
        raise Conflict("not_asked", why.what if why else _("The link could not be sent."))
    return webhook


def _skip(space_id: str, webhook_id: str) -> Webhook:
    return service.resume(space_id, webhook_id, held="skip")


def _switch(webhook_id: str, act: Callable[[str, str], Webhook], message: str) -> Response:
    space_id = current_space_id()
    try:
        webhook = act(space_id, webhook_id)
    except Conflict as conflict:
        return _answer(get_webhook(space_id, webhook_id), conflict.message, 409)
    return _answer(webhook, message % {"name": webhook.name})


def _answer(webhook: Webhook, message: str, status: int = 200, refused: Probe | None = None) -> Response:
    """The part of the page the button was on; without htmx back to that page, or on to what went wrong."""
    said = {"message": message, "category": "success" if status < 400 else "error"}
    if wants_block_of(BLOCKS):
        return render_webhook(webhook, status, refused=refused, **said)
    if wants_fragment():
        health = health_of([webhook])[0]
        return render_part(
            "webhooks/index.html", ["row", "said"], status, health=health, refused=refused, **said
        )
    if refused:
        return render_webhook(webhook, status, refused=refused)
    flash(message, said["category"])
    on_list = request.form.get("on") == "list"
    return go_to(url_for("webhooks.index") if on_list else url_for("webhooks.show", webhook_id=webhook.id))
