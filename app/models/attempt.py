"""Attempt: one HTTP exchange of a delivery, with everything sent and answered. Append-only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTimeColumn

SCHEDULED, MANUAL, TEST, PING = "scheduled", "manual", "test", "ping"
UNKNOWN_OUTCOME = "unknown_outcome"

# Tests and pings, of which there are few: publishing and sending never touch this index.
_IS_LOOSE = text("delivery_id is null")
# Written out in a query too: a partial index is only used where its very condition stands in the text.
FAILED_OF_A_DELIVERY = text("attempt.outcome = 'failed' and attempt.delivery_id is not null")


class Attempt(Base):
    """One attempt. Times of its phases are microseconds since its start; None where it did not get there.

    Headers are JSON lists of [name, value], secrets masked. `response_body` keeps the first 64 KiB.
    A ping or a test belongs to a webhook but to no delivery.

    What was sent is kept in one of two ways: as it was (method, url, request headers and body), or as an
    `RequestTemplate` with the time and the signature of this attempt (`app.queries.deliveries.sent` puts it together).
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("ix_attempt_delivery_id", "delivery_id"),
        Index("ix_attempt_loose", "space_id", "id", postgresql_where=_IS_LOOSE, sqlite_where=_IS_LOOSE),
        # Incidents count what failed; what was accepted costs nothing here.
        Index(
            "ix_attempt_failed",
            "webhook_id",
            "id",
            postgresql_where=FAILED_OF_A_DELIVERY,
            sqlite_where=FAILED_OF_A_DELIVERY,
        ),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("att"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    delivery_id: Mapped[str | None] = mapped_column(Identifier)
    number: Mapped[int] = mapped_column(default=1)
    trigger: Mapped[str] = mapped_column(String(10), default=SCHEDULED)
    started_at: Mapped[UtcDateTimeColumn]
    duration_us: Mapped[int] = mapped_column(default=0)
    dns_us: Mapped[int | None]
    connect_us: Mapped[int | None]
    tls_us: Mapped[int | None]
    first_byte_us: Mapped[int | None]
    request_template_id: Mapped[str | None] = mapped_column(Identifier)
    timestamp_s: Mapped[int | None] = mapped_column(BigInteger)
    signature: Mapped[str | None] = mapped_column(Text)
    # Null beside an request template until `app.queries.deliveries.sent` has filled them in.
    method: Mapped[str] = mapped_column(String(8), nullable=True)
    url: Mapped[str] = mapped_column(Text, nullable=True)
    request_headers: Mapped[bytes] = mapped_column(LargeBinary, nullable=True)
    request_body: Mapped[bytes] = mapped_column(LargeBinary, nullable=True)
    status: Mapped[int | None]
    response_headers: Mapped[bytes | None] = mapped_column(LargeBinary)
    response_body: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_size: Mapped[int] = mapped_column(default=0)
    truncated: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")
