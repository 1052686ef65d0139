"""InstanceEventType: an event type that the host product added for all spaces (A3, F6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, UtcDateTimeColumn
from app.core.times import utc_now


class InstanceEventType(Base):
    """One for every space; `definition` is what `catalogue.event_type_from` takes."""

    __tablename__ = "instance_event_type"

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
