"""Turn a webhook on (after a ping), off, pause and resume it (A13, B4)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app.core.errors import Conflict, ServiceError
from app.core.transaction import transaction
from app.models import Attempt, Webhook
from app.models.attempt import PING
from app.models.confirmation import PING as VERIFY_BY_PING
from app.models.webhook import OFF, ON, PAUSED, UNCONFIRMED
from app.services.webhooks import changes, confirmation
from app.services.webhooks.finding import find
from app.services.webhooks.holding import SEND, SKIP, carry_out, hold_waiting
from app.services.webhooks.probe import probe_webhook
from app.services.webhooks.state import set_state


class PingFailed(ServiceError):
    """The receiver's answer to the ping did not pass, so the webhook stays as it was."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.reason)
        self.attempt = attempt


def enable(space_id: str, webhook_id: str, force: bool = False) -> Webhook:
    """Turn on. Sends a ping first and raises `PingFailed` if it does not pass; `force` skips the ping.

    One that asks for a confirmation it does not have waits for that instead, also with `force`; one that
    asks for nothing, or is confirmed, is turned on at once. What is held stays held until `resume` says
    send or skip. Raises `NotFound`.
    """
    webhook = find(space_id, webhook_id)
    if webhook.state == ON:
        return webhook
    if webhook.must_confirm:
        return _wait_for_confirmation(space_id, webhook_id)
    if not force and webhook.verification == VERIFY_BY_PING:
        attempt = probe_webhook(webhook, PING)
        if attempt.outcome != "succeeded":
            raise PingFailed(attempt)
    return _turn_on(space_id, webhook_id, [changes.detail("force", None, True)] if force else [])


def enable_tested(space_id: str, webhook_id: str) -> Webhook:
    """Turn on a webhook whose settings have just passed a test: that stands for the ping. Raises `NotFound`."""
    return _turn_on(space_id, webhook_id, [])


def disable(space_id: str, webhook_id: str) -> Webhook:
    """Turn off. New events are not sent; those that wait are held, not lost. Raises `NotFound`."""
    return _rest(space_id, webhook_id, OFF)


def pause(space_id: str, webhook_id: str) -> Webhook:
    """Pause: events are held until `resume`. Raises `NotFound`, or `Conflict` unless it is on."""
    if find(space_id, webhook_id).state not in {ON, PAUSED}:
        raise Conflict("not_on", _("Only a webhook that is on can be paused."))
    return _rest(space_id, webhook_id, PAUSED)


def resume(space_id: str, webhook_id: str, held: str = SEND) -> Webhook:
    """End a pause, or order what to do with held events: `held` is "send" or "skip".

    Sending goes at the webhook's usual pace, oldest first. Raises `NotFound`, or `Conflict` if the
    webhook is off.
    """
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.state not in {ON, PAUSED}:
            raise Conflict("not_on", _("This webhook is off. Turn it on first."))
        if webhook.state_reason == UNCONFIRMED:
            raise Conflict("unconfirmed", _("The receiver must confirm first that it wants events."))
        held = SKIP if held == SKIP else SEND
        if webhook.must_confirm:
            confirmation.wait(session, webhook)
        elif webhook.state == PAUSED:
            set_state(session, webhook, ON, changes.RESUMED, [changes.detail("held", None, held)])
        else:
            changes.record(session, webhook, changes.HELD_SKIPPED if held == SKIP else changes.HELD_SENT)
        webhook.lane.held_order, more = held, False
        session.flush()
        if webhook.state == ON:
            # Most of the time a few rows wait: move them now, and leave a larger heap to the maintenance.
            more = carry_out(session, webhook.id).more
        asks = webhook.state_reason == UNCONFIRMED
    if asks:
        confirmation.ask(space_id, webhook_id)
    current_app.extensions["doorbell"].ring()
    if more:
        current_app.extensions["doorbell"].ring_maintenance()
    return webhook


def _turn_on(space_id: str, webhook_id: str, details: list[dict[str, Any]]) -> Webhook:
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        set_state(session, webhook, ON, changes.TURNED_ON, details)
        webhook.lane.begin_anew()
    current_app.extensions["doorbell"].ring()
    return webhook


def _wait_for_confirmation(space_id: str, webhook_id: str) -> Webhook:
    """It works as soon as its link is followed. A link that arrived and still counts is not sent again by this.

    Its receiver may confirm at any moment of this, as it does when the link has just been sent.
    """
    with transaction() as session:
        webhook = find(space_id, webhook_id, lock=True)
        waits = webhook.must_confirm
        if waits and webhook.state_reason != UNCONFIRMED:
            confirmation.wait(session, webhook)
    if not waits:
        return _turn_on(space_id, webhook_id, [])
    if not confirmation.has_link(webhook_id):
        with suppress(Conflict):  # it has confirmed by now, and that turned it on
            confirmation.ask(space_id, webhook_id)
    return find(space_id, webhook_id)


def _rest(space_id: str, webhook_id: str, state: str) -> Webhook:
    more = False
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.state != state or webhook.state_reason == UNCONFIRMED:
            set_state(session, webhook, state, changes.PAUSED if state == PAUSED else changes.TURNED_OFF)
            more = hold_waiting(session, webhook.id).more
    if more:
        current_app.extensions["doorbell"].ring_maintenance()
    return webhook
