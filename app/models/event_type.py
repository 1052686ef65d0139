"""OwnEventType: an event type that a host application added to the shipped catalogue (A3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Id, UtcDateTimeColumn
from app.core.times import utc_now


class OwnEventType(Base):
    """One space's own event type; `definition` is what `catalogue.event_type_from` takes."""

    __tablename__ = "event_type"

    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
