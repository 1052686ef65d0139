"""WebhookVersion: what a webhook was from a moment on, as a row. "Why not sent" reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn


class WebhookVersion(Base):
    """All settings that decide whether a webhook gets an event, valid from `valid_from` until the next version.

    Written in the transaction that changes the webhook: by `services.webhooks.settings.touch`, and by the
    ledger where the engine turns one off. Append-only. `version` is the webhook's own.
    """

    __tablename__ = "webhook_version"
    __table_args__ = (Index("ix_webhook_version_webhook_id_valid_from", "webhook_id", "valid_from"),)

    webhook_id: Mapped[PrimaryId] = mapped_column(ForeignKey("webhook.id"))
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    space_id: Mapped[Id]
    valid_from: Mapped[UtcDateTimeColumn]
    state: Mapped[str] = mapped_column(String(10))
    state_reason: Mapped[str | None] = mapped_column(String(40))
    events: Mapped[list[str]] = mapped_column(JSON)
    projects: Mapped[list[str]] = mapped_column(JSON)
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    verification: Mapped[str] = mapped_column(String(12))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[str | None] = mapped_column(Identifier)
    actor_name: Mapped[str] = mapped_column(String(254))
