"""Change: what somebody did to a webhook, kept beside it for good (C10, E3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now

_OF_SPACE = text("webhook_id is null")


class Change(Base):
    """Who did what to a webhook, when, and from where. Append-only: nothing updates or deletes a row.

    `webhook_id` None: to what belongs to the space, such as its defaults for new webhooks.
    `details` lists {field, before, after, secret}; a secret's values are bullets or null. `actor_name` is
    kept as it was then, because people and keys go. No foreign keys: the record outlives what it names.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_webhook_id_id", "webhook_id", "id"),
        Index("ix_change_space_id_id", "space_id", "id"),
        Index("ix_change_of_space", "space_id", "id", postgresql_where=_OF_SPACE, sqlite_where=_OF_SPACE),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("chg"))
    space_id: Mapped[Id]
    webhook_id: Mapped[str | None] = mapped_column(Identifier)
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(Identifier)
    actor_name: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
