"""Event: one immutable fact. Append-only."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now


class Event(Base):
    """What happened: type, data, who, when.

    `data` is the JSON text in UTF-8 exactly as it is sent. Bytes, because PostgreSQL's text and jsonb
    refuse NUL and because the sender splices them into the body without parsing.
    No foreign key: PostgreSQL would lock the space's row for every publisher, and spaces are never removed.
    `data_fault`: where the data does not fit the schema of its type, as path and sentence.
    `request_hash` tells a true repeat of an idempotency key from a different event under the same key.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_space_id_id", "space_id", "id"),
        Index("ix_event_space_id_type_id", "space_id", "type", "id"),
        Index(
            "ix_event_space_id_object_id",
            "space_id",
            "object_id",
            "id",
            postgresql_where=text("object_id is not null"),
            sqlite_where=text("object_id is not null"),
        ),
        Index(
            "uq_event_idempotency",
            "space_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key is not null"),
            sqlite_where=text("idempotency_key is not null"),
        ),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("evt"))
    space_id: Mapped[Id]
    type: Mapped[str] = mapped_column(String(100))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    object_id: Mapped[str | None] = mapped_column(String(200))
    project_id: Mapped[str | None] = mapped_column(String(200))
    actor_id: Mapped[str | None] = mapped_column(String(200))
    occurred_at: Mapped[UtcDateTimeColumn]
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    deliveries_count: Mapped[int] = mapped_column(default=0)
    idempotency_key: Mapped[str | None] = mapped_column(String(255))
    request_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    data_fault: Mapped[str | None] = mapped_column(String(500))
