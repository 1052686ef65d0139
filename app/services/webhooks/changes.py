"""The record of what was done to a webhook and to the defaults of a space (C10, E3).

Always within the transaction of the use case: a change and its record are stored together or not at all.
The audit (`app.audit`) writes; here stands what is particular to webhooks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import (
    ASKED,
    BACK,
    CONFIRMED,
    CREATED,
    DEFAULTS_EDITED,
    DELETED,
    EDITED,
    HELD_SENT,
    HELD_SKIPPED,
    KEY_ROTATED,
    OAUTH_CREDENTIAL_ADDED,
    OAUTH_CREDENTIAL_DELETED,
    OAUTH_CREDENTIAL_EDITED,
    OLD_KEYS_ENDED,
    PAUSED,
    RESUMED,
    REVERTED,
    ROLE_EDITED,
    STOPPED,
    TURNED_OFF,
    TURNED_ON,
    WAITS,
)
from app.audit.differences import NOTHING, Details, Snapshot, detail, differences, flat
from app.audit.subject import SPACE, WEBHOOK, Subject
from app.core.actor import Actor
from app.models import Webhook
from app.services.auditing import note
from app.services.webhooks.settings import secret_values, settings_of

__all__ = [
    "ASKED",
    "BACK",
    "CONFIRMED",
    "CREATED",
    "DEFAULTS_EDITED",
    "DELETED",
    "EDITED",
    "HELD_SENT",
    "HELD_SKIPPED",
    "KEY_ROTATED",
    "NOTHING",
    "OLD_KEYS_ENDED",
    "PAUSED",
    "RESUMED",
    "REVERTED",
    "ROLE_EDITED",
    "OAUTH_CREDENTIAL_ADDED",
    "OAUTH_CREDENTIAL_DELETED",
    "OAUTH_CREDENTIAL_EDITED",
    "OAUTH_CREDENTIAL_KINDS",
    "STOPPED",
    "TURNED_OFF",
    "TURNED_ON",
    "WAITS",
    "Details",
    "Snapshot",
    "detail",
    "differences",
    "record",
    "record_defaults",
    "record_edit",
    "snapshot",
]

OAUTH_CREDENTIAL_KINDS = (OAUTH_CREDENTIAL_ADDED, OAUTH_CREDENTIAL_EDITED, OAUTH_CREDENTIAL_DELETED)


def snapshot(webhook: Webhook) -> Snapshot:
    """The settings as they are now."""
    secret = secret_values(webhook)
    shown = {name: value for name, value in flat(settings_of(webhook)) if name not in secret}
    return Snapshot(shown, secret)


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
    note(session, webhook.space_id, kind, Subject(WEBHOOK, webhook.id), details, by=by, at=at)


def record_edit(session: Session, webhook: Webhook, before: Snapshot, reverts: str | None = None) -> None:
    """Keep what an edit changed; one that changed nothing leaves no trace. `reverts`: the change it takes back."""
    changed = differences(before, snapshot(webhook))
    if changed and reverts:
        record(session, webhook, REVERTED, [*changed, detail("reverts", None, reverts)])
    elif changed:
        record(session, webhook, EDITED, changed)


def record_defaults(
    session: Session, space_id: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Keep what an edit changed of what a space's new webhooks start with."""
    if changed := differences(Snapshot(dict(flat(before)), {}), Snapshot(dict(flat(after)), {})):
        note(session, space_id, DEFAULTS_EDITED, Subject(SPACE, space_id), changed)
