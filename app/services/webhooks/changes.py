"""The one place that writes what was done to a webhook (C10, E3).

Always within the transaction of the use case: a change and its record are stored together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor, acting
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.models import Change, Webhook
from app.sending.message.masking import MASK
from app.services.webhooks.settings import secret_values, settings_of

CREATED, EDITED, DELETED = "created", "edited", "deleted"
TURNED_ON, TURNED_OFF, PAUSED, RESUMED = "turned_on", "turned_off", "paused", "resumed"
STOPPED, BACK = "stopped", "back"
ASKED, WAITS, CONFIRMED = "asked", "waits", "confirmed"
HELD_SENT, HELD_SKIPPED = "held_sent", "held_skipped"
KEY_ROTATED, OLD_KEYS_ENDED = "key_rotated", "old_keys_ended"
OAUTH_CREDENTIAL_EDITED = "sign_in_edited"
# Of a space, not of one webhook; an OAuth credential that is edited is also in the record of the webhooks that use it.
DEFAULTS_EDITED = "defaults_edited"
SIGN_IN_ADDED, SIGN_IN_DELETED = "sign_in_added", "sign_in_deleted"
ROLE_EDITED = "role_edited"
OAUTH_CREDENTIAL_KINDS = (SIGN_IN_ADDED, OAUTH_CREDENTIAL_EDITED, SIGN_IN_DELETED)
KINDS = (
    *(CREATED, EDITED, DELETED, TURNED_ON, TURNED_OFF, PAUSED, RESUMED),
    *(STOPPED, BACK, ASKED, WAITS, CONFIRMED),
    *(HELD_SENT, HELD_SKIPPED, KEY_ROTATED, OLD_KEYS_ENDED, OAUTH_CREDENTIAL_EDITED),
    *(SIGN_IN_ADDED, SIGN_IN_DELETED, DEFAULTS_EDITED, ROLE_EDITED),
)

Details = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A webhook's settings at one moment: dotted name to value, and the secret ones in the clear.

    It lives in memory only; `differences` tells of a secret that it changed, never what it is.
    """

    shown: Mapping[str, Any]
    secret: Mapping[str, str]


NOTHING = Snapshot({}, {})


def snapshot(webhook: Webhook) -> Snapshot:
    """The settings as they are now."""
    secret = secret_values(webhook)
    shown = {name: value for name, value in _flat(settings_of(webhook)) if name not in secret}
    return Snapshot(shown, secret)


def differences(before: Snapshot, after: Snapshot) -> Details:
    """What changed, field by field in the order of the settings."""
    names = dict.fromkeys([*before.shown, *after.shown])
    found = [
        detail(name, before.shown.get(name), after.shown.get(name))
        for name in names
        if before.shown.get(name) != after.shown.get(name)
    ]
    secrets = dict.fromkeys([*before.secret, *after.secret])
    return found + [
        detail(name, _masked(before, name), _masked(after, name), secret=True)
        for name in secrets
        if before.secret.get(name) != after.secret.get(name)
    ]


def detail(field: str, before: Any, after: Any, secret: bool = False) -> dict[str, Any]:
    """One field that changed."""
    return {"field": field, "before": before, "after": after, "secret": secret}


def record(
    session: Session,
    webhook: Webhook,
    kind: str,
    details: Details | None = None,
    *,
    at: datetime | None = None,
    by: Actor | None = None,
) -> None:
    """Keep what was done. `by`: who, if not whoever acts now; `at`: when, if it is found out later."""
    change = _change(kind, details or [], by or acting(), at or utc_now())
    change.space_id, change.webhook_id = webhook.space_id, webhook.id
    session.add(change)


def record_edit(session: Session, webhook: Webhook, before: Snapshot) -> None:
    """Keep what an edit changed; one that changed nothing leaves no trace."""
    if changed := differences(before, snapshot(webhook)):
        record(session, webhook, EDITED, changed)


def record_for_space(session: Session, space_id: str, kind: str, details: Details) -> None:
    """Keep what was done to something that belongs to the space and not to one webhook."""
    change = _change(kind, details, acting(), utc_now())
    change.space_id = space_id
    session.add(change)


def record_defaults(
    session: Session, space_id: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Keep what an edit changed of what a space's new webhooks start with."""
    if changed := differences(Snapshot(dict(_flat(before)), {}), Snapshot(dict(_flat(after)), {})):
        record_for_space(session, space_id, DEFAULTS_EDITED, changed)


def _change(kind: str, details: Details, actor: Actor, at: datetime) -> Change:
    return Change(
        id=new_id("chg", ms_of(at)),
        kind=kind,
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:254],
        address=actor.address[:64],
        details=details,
    )


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _masked(of: Snapshot, name: str) -> str | None:
    return MASK if name in of.secret else None
