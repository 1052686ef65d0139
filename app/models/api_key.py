"""ApiKey: lets a program use the API of one space, within scopes (api.md)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.space import Space

ADMINISTRATIVE = "administrative"
SCOPES: tuple[str, ...] = (
    "events:write",
    "webhooks:read",
    "webhooks:write",
    "deliveries:read",
    "deliveries:resend",
    "incoming:write",
    "records:read",
    "records:write",
    ADMINISTRATIVE,
)

# Keys that people may still have to be told about.
_ENDS = text("end_told_at is null and revoked_at is null and expires_at is not null")


class ApiKey(Base):
    """A bearer key. Only its SHA-256 is kept; the key itself is shown once.

    The action API proves that a caller knows the key by a hash over it (S1), so the text of a key that is
    allowed there is kept too, encrypted, until the key is revoked.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ix_api_key_space_id", "space_id"),
        Index("ix_api_key_ending", "expires_at", postgresql_where=_ENDS, sqlite_where=_ENDS),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("key"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    encrypted_text: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Read along with the key: nothing is done with a key whose space is archived.
    space_archived_at: Mapped[datetime | None] = column_property(
        select(Space.archived_at).where(Space.id == space_id).correlate_except(Space).scalar_subquery()
    )
    # Kept to the minute.
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_from: Mapped[str] = mapped_column(String(64), default="", server_default="")
    # When people were told by mail that it ends soon.
    end_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def for_action_api(self) -> bool:
        """True if it may sign calls of the action API."""
        return self.encrypted_text is not None

    def allows(self, scope: str) -> bool:
        """True if this key carries the scope; `administrative` carries all that a key of a space can carry."""
        return scope in self.scopes or (ADMINISTRATIVE in self.scopes and scope in SCOPES)

    def usable(self, at: datetime) -> bool:
        """True unless it was revoked or its end date has passed."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
