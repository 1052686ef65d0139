"""Space: one customer organisation, the tenant. Everything below belongs to one."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, PrimaryId, Time, new_id, utc_now


class Space(Base):
    """One customer organisation."""

    __tablename__ = "space"

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("spc"))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[Time] = mapped_column(default=utc_now)
