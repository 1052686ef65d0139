"""Space: one customer organisation, the tenant. Everything below belongs to one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Identifier, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now


class Space(Base):
    """One customer organisation."""

    __tablename__ = "space"

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("spc"))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    # What its new webhooks start with, in the shape of `services.webhooks.sending`; None: nothing was chosen.
    webhook_defaults: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # Data that does not fit the schema of its own event type: refused, or stored and marked.
    refuse_unfit_data: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Everybody logs in with two steps; who has not set that up is led there first.
    require_totp: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The role of whoever comes by single sign-on without an invitation; None: nobody does.
    sso_role_id: Mapped[str | None] = mapped_column(Identifier)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
