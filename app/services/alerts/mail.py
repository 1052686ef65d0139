"""The outbox: letters are written in SQL with what they tell of, and handed over later, each once.

A mail server that is away holds nothing up: letters wait in SQL and are tried again, further and further
apart, for two days.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from smtplib import SMTP
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, literal_column, select, update
from sqlalchemy.orm import Session

from app.core.extensions import db, vault
from app.core.mailer import MailFailed, MailServer, hand_over
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Mail
from app.models.notice import GIVEN_UP, SENT, WAITING

AT_ONCE = 10
# Letters that somebody attempts are theirs for so long: longer than a slow mail server takes for all of them.
LEASE = timedelta(minutes=30)
FIRST_GAP, LONGEST_GAP = timedelta(minutes=1), timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=2)

log = logging.getLogger(__name__)


def server() -> MailServer | None:
    """The mail server from the settings; None: no letters are written at all."""
    found: MailServer | None = current_app.config["SETTINGS"].mail_server
    return found


def write(
    session: Session,
    space_id: str,
    recipient: str,
    subject: str,
    body: str,
    notice_id: str | None = None,
    sealed: bool = False,
) -> None:
    """Put a letter into the outbox, within the caller's transaction. `sealed`: its link lets somebody in."""
    session.add(
        Mail(
            space_id=space_id,
            notice_id=notice_id,
            recipient=recipient,
            subject=subject[:500],
            body=vault().encrypt(body) if sealed else body,
            sealed=sealed,
        )
    )


def send_due(stopping: Callable[[], bool] = lambda: False) -> int:
    """Hand over the letters that are due; returns how many were taken. What fails is tried again later."""
    mail_server, taken = server(), 0
    while mail_server is not None and not stopping() and _anything_due() and (letters := _claim()):
        try:
            with mail_server.connect() as connection:
                taken += sum(_hand_over(mail_server, connection, letter) for letter in letters)
        except MailFailed as failed:
            log.warning("The mail server takes no letters: %s", failed)
            for letter in letters:
                _put_back(letter, failed)
            break
    return taken


def _anything_due() -> bool:
    """A look without a lock, so that the many times when nothing is due cost nobody anything."""
    due = select(Mail.id).where(_waits(), Mail.due_at <= utc_now()).limit(1)
    return db.session().scalar(due) is not None


def _waits() -> ColumnElement[bool]:
    """The status stands in the text, not in a parameter: only then its partial index serves."""
    return Mail.status == literal_column(f"'{WAITING}'")


def _claim() -> Sequence[Mail]:
    """Some letters that are due, now ours alone: whoever looks next finds them due only after the lease."""
    now = utc_now()
    with transaction() as session:
        letters = session.scalars(
            select(Mail)
            .where(_waits(), Mail.due_at <= now)
            .order_by(Mail.due_at)
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        for letter in letters:
            letter.due_at, letter.attempts = now + LEASE, letter.attempts + 1
        session.flush()
        for letter in letters:
            session.refresh(letter)
            session.expunge(letter)
    return letters


def _hand_over(mail_server: MailServer, connection: SMTP, letter: Mail) -> bool:
    try:
        hand_over(connection, _message(mail_server, letter))
    except MailFailed as failed:
        log.warning("Letter %s was not taken: %s", letter.id, failed)
        _put_back(letter, failed)
        return False
    _set(letter, status=SENT, sent_at=utc_now(), error="", **_emptied(letter))
    return True


def _put_back(letter: Mail, failed: MailFailed) -> None:
    """Try again later, or give up: the recipient is refused for good, or two days have passed."""
    now = utc_now()
    if failed.final or now - letter.created_at > GIVE_UP_AFTER:
        _set(letter, status=GIVEN_UP, error=str(failed)[:500], **_emptied(letter))
        return
    gap = min(LONGEST_GAP, FIRST_GAP * 2 ** (letter.attempts - 1))
    _set(letter, due_at=now + gap, error=str(failed)[:500])


def _emptied(letter: Mail) -> dict[str, Any]:
    """Nobody needs a secret link here once the letter is out."""
    return {"body": "", "sealed": False} if letter.sealed else {}


def _set(letter: Mail, **values: Any) -> None:
    """Write what became of a letter, unless somebody who thought us dead was quicker."""
    with transaction() as session:
        session.execute(
            update(Mail).where(Mail.id == letter.id, Mail.attempts == letter.attempts).values(**values)
        )


def _message(mail_server: MailServer, letter: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Hookdesk <{mail_server.sender}>"
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    # The same at every attempt, so that a mail system that got it twice shows it once.
    message["Message-ID"] = f"<{letter.id}@{mail_server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(vault().decrypt(letter.body) if letter.sealed else letter.body)
    return message
