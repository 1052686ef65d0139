"""IncomingWebhook: a secret address through which another system uses the tools of a space (D1 to D4, S0)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
READING = ("GET",)
ACTIVE, OFF = "active", "off"
# Where nobody chose a speed: what a key of the API may do too.
DEFAULT_RATE_PER_MINUTE = 6000


class IncomingWebhook(Base):
    """What another system may do, and in whose name.

    It acts as the person `person_id`. One that was made with an API key nobody stands behind (of the command line)
    acts for that key. `methods` and `networks` (CIDR) are empty for all of them. A deleted one stays for its log.
    """

    __tablename__ = "incoming_webhook"
    __table_args__ = (Index("ix_incoming_webhook_space_id", "space_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("inw"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    name: Mapped[str] = mapped_column(String(200))
    tools: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True)
    methods: Mapped[list[str]] = mapped_column(JSON, default=list)
    read_only: Mapped[bool] = mapped_column(default=False)
    networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    rate_per_minute: Mapped[int | None]
    person_id: Mapped[str | None] = mapped_column(Identifier, ForeignKey("person.id"))
    api_key_id: Mapped[str | None] = mapped_column(Identifier, ForeignKey("api_key.id"))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_status: Mapped[int | None]
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def state(self) -> str:
        """`active` or `off`."""
        return ACTIVE if self.active else OFF

    @property
    def calls_a_minute(self) -> int:
        """How many calls it takes in a minute."""
        return self.rate_per_minute or DEFAULT_RATE_PER_MINUTE

    def takes(self, method: str) -> bool:
        """True if its own settings let this method pass."""
        if self.read_only and method not in READING:
            return False
        return not self.methods or method in self.methods


class IncomingAddress(Base):
    """One address of an incoming webhook: while a new one replaces it, the former works on until `ends_at`.

    Calls find it by the SHA-256 of its token; the token itself is kept encrypted, to be shown again.
    """

    __tablename__ = "incoming_address"
    __table_args__ = (Index("ix_incoming_address_incoming_webhook_id", "incoming_webhook_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("ina"))
    incoming_webhook_id: Mapped[Id] = mapped_column(ForeignKey("incoming_webhook.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    encrypted_token: Mapped[str] = mapped_column(Text)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    incoming_webhook: Mapped[IncomingWebhook] = relationship(lazy="raise")

    def works(self, at: datetime) -> bool:
        """True unless its end has come."""
        return self.ends_at is None or self.ends_at > at


# How the ids of calls begin, and how they did while incidents began alike.
CALL, CALL_BEFORE = "inr", "inc"


class IncomingCall(Base):
    """One call (D4). `path` is what stood below the address; `reason`: a stable word for why it was refused.

    `detail`: what the answer said, in the language it was said in; None if nothing was refused. Rows from before
    incidents and calls were told apart begin with `inc_`; they sort before all that begin with `inr_`.
    """

    __tablename__ = "incoming_call"
    __table_args__ = (Index("ix_incoming_call_incoming_webhook_id", "incoming_webhook_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id(CALL))
    incoming_webhook_id: Mapped[Id] = mapped_column(ForeignKey("incoming_webhook.id"))
    called_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    from_address: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(String(500))
    status: Mapped[int]
    reason: Mapped[str | None] = mapped_column(String(40))
    detail: Mapped[str | None] = mapped_column(Text)
    duration_ms: Mapped[int]
