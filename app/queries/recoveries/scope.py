"""Scope: which events of one webhook a recovery is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models import Recovery
from app.models.recovery import NEVER_SENT


@dataclass(frozen=True, slots=True)
class Scope:
    """One of three: `delivery_ids`, what failed in `failed_of`, or what `which` names between `since` and `until`.

    `failed_of` is another recovery or an incident, whose events lie between `since` and `until`. Within a time
    `event_type` and `reason` limit it further. `until` is not within.
    """

    space_id: str
    webhook_id: str
    which: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    event_type: str | None = None
    reason: str | None = None
    delivery_ids: tuple[str, ...] | None = None
    failed_of: str | None = None

    @property
    def is_of_a_time(self) -> bool:
        """True if it is neither a selection nor what failed in another recovery or in an incident."""
        return self.delivery_ids is None and self.failed_of is None

    @property
    def wants_never_sent(self) -> bool:
        """True if deliveries are made that never were: who manages webhooks may do that."""
        return self.is_of_a_time and NEVER_SENT in self.which


def scope_of(recovery: Recovery) -> Scope:
    """The scope of a recovery that is there."""
    return Scope(
        space_id=recovery.space_id,
        webhook_id=recovery.webhook_id,
        which=tuple(recovery.which),
        since=recovery.since,
        until=recovery.until,
        event_type=recovery.event_type,
        reason=recovery.reason,
        delivery_ids=None if recovery.delivery_ids is None else tuple(recovery.delivery_ids),
        failed_of=recovery.failed_of,
    )
