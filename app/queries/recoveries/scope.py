"""Scope: which events of one webhook a recovery is about."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

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


_COLUMNS = tuple(field.name for field in fields(Scope))


def scope_of(recovery: Recovery) -> Scope:
    """The scope of a recovery that is there: its columns of the same names."""
    kept: dict[str, Any] = {name: getattr(recovery, name) for name in _COLUMNS}
    lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
    return Scope(**{**kept, **lists})


def columns_of(scope: Scope) -> dict[str, Any]:
    """The columns of a recovery with this scope: what `scope_of` reads."""
    kept = {name: getattr(scope, name) for name in _COLUMNS}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}
