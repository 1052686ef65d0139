"""OAuthCredential: an OAuth credential, how to get an access token for a receiver (B8, S2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

CLIENT_CREDENTIALS, AUTHORIZATION_CODE = "client_credentials", "authorization_code"
REFRESH_TOKEN, PASSWORD = "refresh_token", "password"
GRANTS = (CLIENT_CREDENTIALS, AUTHORIZATION_CODE, REFRESH_TOKEN, PASSWORD)

UNUSED, WORKS, NOT_CONNECTED, FAILING = "unused", "works", "not_connected", "failing"
STATES = (UNUSED, WORKS, NOT_CONNECTED, FAILING)


class OAuthCredential(Base):
    """What an admin set up. What the token server gave is its `OAuthToken`.

    `parameters` is an encrypted JSON object (`app.core.encryption`): some values are secret, so all are kept alike.
    `grant` is the parameter `grant_type`, in the open for lists.
    """

    __tablename__ = "oauth_credential"
    __table_args__ = (Index("ix_oauth_credential_space_id", "space_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("oac"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    name: Mapped[str] = mapped_column(String(200))
    grant: Mapped[str] = mapped_column(String(20))
    token_url: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(8))
    send_in: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[str] = mapped_column(Text)
    authorize_url: Mapped[str | None] = mapped_column(Text)
    # Servers that webhooks may send its tokens to, lower case, as in their addresses.
    hosts: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)

    token: Mapped[OAuthToken] = relationship(lazy="joined", innerjoin=True, cascade="all, delete-orphan")


class OAuthToken(Base):
    """What an OAuth credential has got so far, and who is getting more. Token and refresh token are encrypted.

    `generation` grows with every token and every change of the settings: who was refused with one knows
    by it whether another worker has renewed the token meanwhile. `lease` is held by the one worker that
    asks the token server, until `lease_until` at the latest. `last_reason` and what follows tell of the
    newest answer, if it was no token; `last_facts` is JSON with the secrets taken out.
    """

    __tablename__ = "oauth_token"

    credential_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("oauth_credential.id"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(default=0)
    access_token: Mapped[str | None] = mapped_column(Text)
    refresh_token: Mapped[str | None] = mapped_column(Text)
    obtained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(Identifier)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_reason: Mapped[str | None] = mapped_column(String(40))
    last_detail: Mapped[str] = mapped_column(Text, default="")
    last_facts: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def usable(self, at: datetime) -> bool:
        """True while the token at hand has not ended."""
        return self.access_token is not None and (self.expires_at is None or self.expires_at > at)


class OAuthConnection(Base):
    """Somebody pressed Connect and is at the other system now. Found by the hash of `state`, used once."""

    __tablename__ = "oauth_connection"
    __table_args__ = (
        Index("ix_oauth_connection_credential_id", "credential_id"),
        Index("ix_oauth_connection_expires_at", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    credential_id: Mapped[Id] = mapped_column(ForeignKey("oauth_credential.id"))
    person_id: Mapped[Id]
    verifier: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[UtcDateTimeColumn]
