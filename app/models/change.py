"""Change: what somebody did in a space, kept for good (C10, E3). Written by `app.audit.record` alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now


class Change(Base):
    """Who did what to whom, when, and from where. Append-only: nothing updates or deletes a row.

    `kind`: the action. `subject_id`: an id, or the key of an event type; None of a few old rows.
    `details` lists {field, before, after, secret}; a secret's values are bullets or null. `actor_name` is
    kept as it was then, because people and keys go. No foreign keys: the record outlives what it names.
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_subject_id_id", "subject_id", "id"),
        Index("ix_change_space_id_id", "space_id", "id"),
        Index("ix_change_space_id_subject_kind_id", "space_id", "subject_kind", "id"),
        Index("ix_change_space_id_actor_name_id", "space_id", "actor_name", "id"),
        Index("ix_change_space_id_actor_id_id", "space_id", "actor_id", "id"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("chg"))
    space_id: Mapped[Id]
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str | None] = mapped_column(
        String(100).with_variant(String(100, collation="C"), "postgresql")
    )
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    actor_kind: Mapped[str] = mapped_column(String(10))
    # Ours, or what a host product calls its person.
    actor_id: Mapped[str | None] = mapped_column(
        String(200).with_variant(String(200, collation="C"), "postgresql")
    )
    actor_name: Mapped[str] = mapped_column(String(254))
    address: Mapped[str] = mapped_column(String(64), default="")
    details: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
