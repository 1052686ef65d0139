"""IncomingSource: another system whose messages become events of the space (D7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

STANDARD, GITHUB, STRIPE, SHOPIFY, SLACK = "standard", "github", "stripe", "shopify", "slack"
HMAC, BASIC, NONE = "hmac", "basic", "none"
PRESETS = (STANDARD, GITHUB, STRIPE, SHOPIFY, SLACK, HMAC, BASIC, NONE)
LARGEST_SAMPLE = 64 * 1024


class IncomingSource(Base):
    """How messages at `{address}/events/v1/{key}` are checked, and what event they become.

    preset: who signs and how. encrypted_secret: the signing secret, or `user:password` for Basic.
    options: what the preset `hmac` needs: `header`, `prefix`, `algorithm`, `encoding`, `id_header`.
    event_type None and type_path None: nothing is published yet, the newest message is kept to choose from.
    type_path: where the message says its type (`type`, or `header:X-GitHub-Event`); type_prefix goes before it.
    fields: what of the message becomes data, as `{path, name}`; None: all. object_id_path: whose id it is.
    """

    __tablename__ = "incoming_source"
    __table_args__ = (UniqueConstraint("incoming_webhook_id", "key"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("ins"))
    incoming_webhook_id: Mapped[Id] = mapped_column(ForeignKey("incoming_webhook.id"))
    key: Mapped[str] = mapped_column(String(100))
    preset: Mapped[str] = mapped_column(String(20))
    encrypted_secret: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    event_type: Mapped[str | None] = mapped_column(String(100))
    type_path: Mapped[str | None] = mapped_column(String(200))
    type_prefix: Mapped[str] = mapped_column(String(50), default="")
    fields: Mapped[list[dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    object_id_path: Mapped[str | None] = mapped_column(String(200))
    sample: Mapped[bytes | None] = mapped_column(LargeBinary)
    sample_headers: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    sample_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)

    @property
    def publishes(self) -> bool:
        """True once somebody has chosen which event its messages become."""
        return bool(self.event_type or self.type_path)
