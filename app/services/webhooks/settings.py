"""Settings in and out of a webhook's row: what was typed, what is stored, what is shown.

Secrets (the password, values of headers that carry keys) go in and are never shown again. They belong
to one host: when the address moves to another one, they must be typed again (security.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.acting import acting
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.core.validation import JsonObject, check
from app.models import OAuthCredential, Subscription, Webhook, WebhookVersion
from app.models.webhook import OFF
from app.sending.message.masking import has_secret_name
from app.services.event_types import catalogue_of
from app.services.webhooks.fields import put_at, value_at
from app.services.webhooks.payload import payload_of
from app.services.webhooks.schema import PARTS, SETTINGS, WebhookIn


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret settings of a webhook, in the clear."""

    password: str | None
    headers: dict[str, str]


def checked(space_id: str, data: Mapping[str, Any]) -> WebhookIn:
    """What was typed, checked against the rules of this space. Raises `Invalid`."""
    return check(
        WebhookIn,
        data,
        {
            "policy": current_app.config["SETTINGS"].outbound_policy(),
            "catalogue": catalogue_of(space_id),
            "has_oauth_credential": lambda credential_id: uses_oauth(space_id, credential_id),
        },
    )


def secrets_of(webhook: Webhook) -> Secrets:
    """The stored secrets of a webhook."""
    box = vault()
    return Secrets(
        password=box.decrypt(webhook.auth_password) if webhook.auth_password else None,
        headers=json.loads(box.decrypt(webhook.own_headers)) if webhook.own_headers else {},
    )


def secret_values(webhook: Webhook) -> dict[str, str]:
    """The settings that are never shown, by their dotted names, in the clear."""
    stored = secrets_of(webhook)
    secret = {f"headers.{name}": value for name, value in stored.headers.items() if has_secret_name(name)}
    if stored.password is not None:
        secret["auth.password"] = stored.password
    return secret


def settings_of(webhook: Webhook) -> dict[str, Any]:
    """The settings in the shape of `WebhookIn`, secrets left out: a password and secret headers are None."""
    headers = secrets_of(webhook).headers
    own = {
        "events": webhook.events,
        "headers": {name: None if has_secret_name(name) else value for name, value in headers.items()},
        "payload": payload_of(webhook),
    }
    whole: dict[str, Any] = dict.fromkeys(WebhookIn.model_fields) | own
    for part in PARTS - own.keys():
        whole[part] = {}
    for name, setting in SETTINGS.items():
        value = getattr(webhook, setting.column) if setting.column else None
        if setting.column and not (setting.refers and value is None):
            put_at(whole, name, _copied(value))
    return whole


def _copied(value: Any) -> Any:
    """Lists of a row are changed by being replaced: nobody gets the row's own."""
    return list(value) if isinstance(value, list) else value


def duplicate_settings(webhook: Webhook) -> dict[str, Any]:
    """Settings to prefill the form of a copy. Secrets are left out, so they must be typed again."""
    settings = settings_of(webhook)
    settings["name"] = _("%(name)s (copy)", name=webhook.name)[:200]
    settings["headers"] = {n: v if v is not None else "" for n, v in settings["headers"].items()}
    return settings


def without_secrets(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """Settings of a copy that do without the secrets which were left out, and what is missing because of it."""
    missing: list[FieldError] = []
    auth = settings["auth"]
    if auth["kind"] == "basic":
        auth = {"kind": "none"}
        said = _("The password is not copied. Set user name and password before you turn the copy on.")
        missing.append(FieldError("auth.password", said))
    for name in (name for name, value in settings["headers"].items() if not value):
        said = _(
            "The value of %(name)s is not copied. Set this header before you turn the copy on.", name=name
        )
        missing.append(FieldError(f"headers.{name}", said))
    headers = {name: value for name, value in settings["headers"].items() if value}
    return {**settings, "auth": auth, "headers": headers}, missing


def merged(webhook: Webhook, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The whole settings after a change of some: parts such as `auth` merge, the rest replaces."""
    return laid_over(settings_of(webhook), changes)


def laid_over(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`settings` with `changes`: parts such as `auth` merge, the rest replaces."""
    # Those that are there have their types already: what came in JSON is held to it, with all beside it.
    whole = JsonObject(settings) if isinstance(changes, JsonObject) else dict(settings)
    for key, value in changes.items():
        before = whole.get(key)
        if key in PARTS and isinstance(before, Mapping) and isinstance(value, Mapping):
            whole[key] = {**before, **value}
        else:
            whole[key] = value
    return whole


def completed(new: WebhookIn, old: Webhook | None) -> Secrets:
    """The secrets after a change: typed ones, and stored ones where nothing was typed.

    Raises `Invalid` where a secret is needed and there is none, or it belongs to another host.
    """
    stored = secrets_of(old) if old else Secrets(None, {})
    same_host = old is not None and _host(old.url) == _host(new.url)
    errors: list[FieldError] = []
    password = _password(new, stored, same_host, errors)
    known = {name.lower(): value for name, value in stored.headers.items()}
    headers = {name: _header(name, value, known, same_host, errors) for name, value in new.headers.items()}
    if errors:
        raise Invalid(errors)
    return Secrets(password, headers)


def _password(new: WebhookIn, stored: Secrets, same_host: bool, errors: list[FieldError]) -> str | None:
    if new.auth.kind != "basic":
        return None
    if new.auth.password:
        return new.auth.password
    if stored.password is None:
        errors.append(FieldError("auth.password", _("Enter the password.")))
    elif not same_host:
        errors.append(
            FieldError("auth.password", _("The address is on another host now. Enter the password again."))
        )
    return stored.password


def _header(
    name: str, value: str | None, known: Mapping[str, str], same_host: bool, errors: list[FieldError]
) -> str:
    if value is not None:
        return value
    if name.lower() not in known:
        errors.append(FieldError(f"headers.{name}", _("Enter the value of %(name)s.", name=name)))
    elif not same_host:
        errors.append(
            FieldError(
                f"headers.{name}",
                _("The address is on another host now. Enter the value of %(name)s again.", name=name),
            )
        )
    return known.get(name.lower(), "")


def apply(webhook: Webhook, new: WebhookIn, secrets: Secrets) -> None:
    """Write checked settings into the row. The caller's transaction stores them."""
    typed = new.model_dump()
    for name, setting in SETTINGS.items():
        if setting.column:
            setattr(webhook, setting.column, value_at(typed, name))
    webhook.payload_fields = new.payload.stored()
    if set(webhook.event_order or ()) != set(new.events):
        webhook.event_order = list(new.events)
    webhook.auth_password = vault().encrypt(secrets.password) if secrets.password is not None else None
    webhook.own_headers = vault().encrypt(json.dumps(secrets.headers)) if secrets.headers else None
    _subscribe(webhook, new.events)
    touch(webhook)


def touch(webhook: Webhook) -> None:
    """Make a change known, and keep what the webhook is from now on. Called last, after what changed.

    Workers drop their copy when the version moves.
    """
    webhook.version = (webhook.version or 0) + 1
    webhook.updated_at = utc_now()
    webhook.versions.add(_version_of(webhook, acting()))


def _version_of(webhook: Webhook, actor: Actor) -> WebhookVersion:
    return WebhookVersion(
        version=webhook.version,
        space_id=webhook.space_id,
        valid_from=webhook.updated_at,
        state=webhook.state or OFF,
        state_reason=webhook.state_reason,
        events=webhook.events,
        projects=list(webhook.projects),
        conditions=list(webhook.conditions),
        verification=webhook.verification,
        confirmed_at=webhook.confirmed_at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:254],
    )


def uses_oauth(space_id: str, credential_id: str) -> bool:
    """True if there is an OAuth credential of this id in the space."""
    found = select(OAuthCredential.id).where(
        OAuthCredential.id == credential_id, OAuthCredential.space_id == space_id
    )
    return db.session.scalar(found) is not None


def _subscribe(webhook: Webhook, events: list[str]) -> None:
    kept = [s for s in webhook.subscriptions if s.event_type in events]
    have = {s.event_type for s in kept}
    webhook.subscriptions = kept + [
        Subscription(space_id=webhook.space_id, event_type=key) for key in events if key not in have
    ]


def _host(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    return parts.hostname, parts.port
