"""Space: one customer organisation, the tenant. Everything below belongs to one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now


class Space(Base):
    """One customer organisation.

    `external_id`: what a host product calls it; its names need not differ, those of other spaces do. `archived_at`:
    nothing comes in and nothing is changed since then. `deleted_at`: archived, and removed for good a while later.
    """

    __tablename__ = "space"
    __table_args__ = (
        Index("ix_space_name", "name"),
        Index("ix_space_external_id", "external_id", unique=True),
        Index("ix_space_deleted_at", "deleted_at"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("spc"))
    name: Mapped[str] = mapped_column(String(200))
    external_id: Mapped[str | None] = mapped_column(String(200))
    # A name of the IANA database; empty: as each browser has it.
    time_zone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    language: Mapped[str] = mapped_column(String(8), default="en", server_default="en")
    # None: as long as the instance keeps things.
    retention_days: Mapped[int | None]
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What its new webhooks start with, in the shape of `services.webhooks.sending`; None: nothing was chosen.
    webhook_defaults: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Data that does not fit the schema of its own event type: refused, or stored and marked.
    refuse_unfit_data: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Everybody logs in with two steps; who has not set that up is led there first.
    require_totp: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The role of whoever comes by single sign-on without an invitation; None: nobody does.
    sso_role_id: Mapped[str | None] = mapped_column(Identifier)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
