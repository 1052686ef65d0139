"""Notice: something about a webhook that people are told once; Mail: one letter that tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

# It will be turned off if it goes on; it was turned off by us; it works again without anybody's help.
WARNING, TURNED_OFF, BACK = "warning", "stopped", "back"
# It begins to fail, and works again; its certificate ends soon; a resending of many events came to its end.
INCIDENT_OPENED, INCIDENT_CLOSED = "incident_opened", "incident_closed"
CERTIFICATE_ENDS, RECOVERY_FINISHED = "certificate_ends", "recovery_finished"

WAITING, SENT, GIVEN_UP = "waiting", "sent", "given_up"


class Notice(Base):
    """One episode of one kind that was noticed. The unique key is what makes it once, whoever looks.

    `episode`: when the run of failures began (warning), when it was turned off, when it came back; when an
    incident was opened or closed, when the certificate ends, when the recovery finished.
    `details`: what its letter says besides (`services.alerts.letters` names what each kind needs).
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("webhook_id", "kind", "episode"),
        Index("ix_notice_space_id_id", "space_id", "id"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("ntc"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(30))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    episode: Mapped[UtcDateTimeColumn]
    at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)


_IS_WAITING = text(f"status = '{WAITING}'")


class Mail(Base):
    """One letter to one person. It waits until a mail server has taken it, or we give up.

    `due_at`: when it may be tried next; whoever tries it moves that first, so that nobody else does.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_due", "due_at", postgresql_where=_IS_WAITING, sqlite_where=_IS_WAITING),
        Index("ix_mail_notice_id", "notice_id"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("mal"))
    space_id: Mapped[Id]
    notice_id: Mapped[str | None] = mapped_column(Identifier)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    # It carries a link that lets somebody in: its text is encrypted, and emptied once it is sent.
    sealed: Mapped[bool] = mapped_column(default=False, server_default=false())
    status: Mapped[str] = mapped_column(String(10), default=WAITING)
    due_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
