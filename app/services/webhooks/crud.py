"""Create, change, duplicate and delete a webhook (A1, A15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import FieldError
from app.core.ids import new_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.moves import begin_to_sort
from app.models import Lane, SigningSecret, Webhook
from app.models.webhook import OFF
from app.sending.message.signing import new_secret
from app.services.webhooks import changes, confirmation, settings
from app.services.webhooks.defaults import with_defaults
from app.services.webhooks.finding import find
from app.services.webhooks.holding import cancel_waiting
from app.services.webhooks.numbers import next_number
from app.services.webhooks.oauth_use import check_use, name_first_host
from app.services.webhooks.secret_keys import key_row, replace_key


@dataclass(slots=True)
class CreatedWebhook:
    """A new webhook and its secret key, which is shown once here. `missing`: secrets that a copy lacks."""

    webhook: Webhook
    secret: str
    missing: list[FieldError] = field(default_factory=list)


def create(space_id: str, data: Mapping[str, Any], copied_from: str | None = None) -> CreatedWebhook:
    """A new webhook, off, with a secret key of its own. Raises `Invalid`.

    It starts with the space's defaults where `data` names no value.
    `copied_from`: the id of the webhook that it is a copy of, for the record of changes. One that asks
    for a confirmation sends the link at once; it works once the link is followed and it is turned on (S0).
    """
    new = settings.checked(space_id, with_defaults(space_id, data))
    check_use(space_id, new, None)
    created = _store(space_id, new, settings.completed(new, None), copied_from)
    if created.webhook.must_confirm:
        confirmation.ask(space_id, created.webhook.id)
        created.webhook = find(space_id, created.webhook.id)
    return created


def duplicate(space_id: str, webhook_id: str) -> CreatedWebhook:
    """A copy, off, with its own secret key and without the secrets of the original: `missing` names them."""
    data, missing = settings.without_secrets(settings.duplicate_settings(find(space_id, webhook_id)))
    made = create(space_id, data, copied_from=webhook_id)
    made.missing = missing
    return made


def update(
    space_id: str,
    webhook_id: str,
    data: Mapping[str, Any] | Callable[[Webhook], Mapping[str, Any]],
    reverts: str | None = None,
) -> Webhook:
    """Change the settings that `data` names. Raises `NotFound` or `Invalid`.

    data: or what makes it of the webhook as it is when it is changed. reverts: the id of the change that is taken back.
    """
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        was_ordered, signature = webhook.ordered, webhook.signature
        before, url, verification = changes.snapshot(webhook), webhook.url, webhook.verification
        named = data(webhook) if callable(data) else data
        new = settings.checked(space_id, settings.merged(webhook, named))
        check_use(space_id, new, webhook)
        settings.apply(webhook, new, settings.completed(new, webhook))
        name_first_host(session, webhook)
        changes.record_edit(session, webhook, before, reverts)
        if webhook.signature != signature:
            replace_key(session, webhook)
        if webhook.ordered and not was_ordered:
            begin_to_sort(session, webhook.id)
        asks = confirmation.after_edit(session, webhook, url, verification)
    if asks:
        confirmation.ask(space_id, webhook_id)
    return find(space_id, webhook_id)


def delete(space_id: str, webhook_id: str) -> None:
    """Delete a webhook: its history stays readable, what waits is cancelled. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        changes.record(session, webhook, changes.DELETED, [changes.detail("state", webhook.state, None)])
        webhook.deleted_at = utc_now()
        webhook.state, webhook.state_reason, webhook.state_since = OFF, "deleted", utc_now()
        webhook.subscriptions = []
        webhook.auth_password = webhook.own_headers = webhook.oauth_credential_id = None
        settings.touch(webhook)
        session.query(SigningSecret).filter_by(webhook_id=webhook.id).delete()
        cancel_waiting(session, webhook)


def _store(space_id: str, new: Any, secrets: settings.Secrets, copied_from: str | None) -> CreatedWebhook:
    secret = new_secret(new.signature)
    with transaction() as session:
        webhook = Webhook(id=new_id("whk"), space_id=space_id, state=OFF, version=0, lane=Lane())
        settings.apply(webhook, new, secrets)
        webhook.number = next_number(session, space_id)
        webhook.created_at = webhook.state_since = webhook.updated_at
        session.add(webhook)
        session.flush()
        name_first_host(session, webhook)
        session.add(key_row(webhook.id, secret))
        details = changes.differences(changes.NOTHING, changes.snapshot(webhook))
        if copied_from:
            details.append(changes.detail("copied_from", None, copied_from))
        changes.record(session, webhook, changes.CREATED, details)
    return CreatedWebhook(webhook, secret)
