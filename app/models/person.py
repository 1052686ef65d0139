"""Person, their membership in spaces, and their log-ins, which end on the server."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.role import Role
from app.models.space import Space


class Person(Base):
    """Somebody who logs in to the dashboard. The e-mail address is kept in lower case."""

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_sso_subject", "sso_subject", unique=True),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("per"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    # Empty: they log in by single sign-on alone.
    password_hash: Mapped[str] = mapped_column(String(200))
    # True if somebody who reads this mailbox made the account, or whoever runs Hookdesk did.
    email_proven: Mapped[bool] = mapped_column(default=True, server_default=true())
    # Issuer and subject at the single sign-on provider, which stay when the e-mail address changes.
    sso_subject: Mapped[str | None] = mapped_column(String(500))
    # Two-step log-in: the secret, encrypted; since when it is asked for; the last time step whose code was used.
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)


class Membership(Base):
    """A person's role in a space."""

    __tablename__ = "membership"
    __table_args__ = (
        Index("ix_membership_space_id", "space_id"),
        Index("ix_membership_role_id", "role_id"),
    )

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"), primary_key=True)
    role_id: Mapped[Id] = mapped_column(ForeignKey("role.id"))
    # Kept to the minute.
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="joined")
    space: Mapped[Space] = relationship(lazy="joined")
    role: Mapped[Role] = relationship(lazy="joined")


class LoginSession(Base):
    """One log-in of a person, in one space at a time.

    `id` is the SHA-256 of the token in the browser's cookie, so a copy of the table opens no session.
    `awaits_code`: the password was right, and it opens nothing until the second step is done.
    """

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
