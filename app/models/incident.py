"""Incident: a webhook's consecutive failures as one thing that opens and closes (C8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

# Why it ended: a try was accepted; the webhook was turned on again; a person turned it off; it was deleted.
ACCEPTED, TURNED_ON, TURNED_OFF, DELETED = "accepted", "turned_on", "turned_off", "deleted"
OPENED, CLOSED = "opened", "closed"

# A receiver may answer with as many codes as it likes; what comes after these is told as one.
MOST_REASONS = 30
OTHER_REASONS = "other"

_IS_OPEN = text("closed_at is null")


class Incident(Base):
    """From the first of at least `Lane.FAILING_FROM` failures in a row to the try that was accepted.

    `failed`: how many events had a failed try in it; `attempts`: how many tries failed. `reasons` tells several
    reasons apart, the one of most events first: {reason, status, server, failed, attempts, first_at, last_at
    (milliseconds), attempt_id (its newest try)}; `server` is what the receiver calls itself. `counted_to`: the
    last failed try that is counted. The id begins with the time of `opened_at`.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "uq_incident_open", "webhook_id", unique=True, postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN
        ),
        Index("ix_incident_webhook_id_id", "webhook_id", "id"),
        Index("ix_incident_space_id_id", "space_id", "id"),
        Index("ix_incident_open_space", "space_id", "id", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("inc"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    opened_at: Mapped[UtcDateTimeColumn]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    failed: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    first_attempt_id: Mapped[str | None] = mapped_column(Identifier)
    last_attempt_id: Mapped[str | None] = mapped_column(Identifier)
    last_failure_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_to: Mapped[str | None] = mapped_column(Identifier)

    @property
    def is_open(self) -> bool:
        """True while it still fails."""
        return self.closed_at is None

    @property
    def main(self) -> Mapping[str, Any]:
        """The reason of most events; empty if none is counted yet."""
        return self.reasons[0] if self.reasons else {}

    def add(self, found: Sequence[Mapping[str, Any]]) -> None:
        """Add counts by reason, each shaped as one of `reasons`."""
        known = {one["reason"]: dict(one) for one in self.reasons}
        for new in found:
            name = new["reason"] if new["reason"] in known or len(known) < MOST_REASONS else OTHER_REASONS
            known[name] = _together(known.get(name), {**new, "reason": name})
        self.reasons = sorted(known.values(), key=lambda one: (-one["failed"], one["first_at"]))
        self.failed += sum(new["failed"] for new in found)
        self.attempts += sum(new["attempts"] for new in found)
        self.reason = self.main.get("reason", self.reason)


def _together(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    if old is None:
        return dict(new)
    return {
        **new,
        "server": new["server"] or old["server"],
        "failed": old["failed"] + new["failed"],
        "attempts": old["attempts"] + new["attempts"],
        "first_at": min(old["first_at"], new["first_at"]),
        "last_at": max(old["last_at"], new["last_at"]),
    }


class IncidentAnnouncement(Base):
    """That an incident opened or closed, until whoever tells people has taken it (`services.incidents.announce`)."""

    __tablename__ = "incident_announcement"

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("ian"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    incident_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
