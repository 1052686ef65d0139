"""The built-in test address of a space: a receiver to look into, for people who have none yet."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable

import orjson
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import ANSWER_CHOSEN, CLEARED, CREATED
from app.audit.differences import detail
from app.audit.subject import INBOX, Subject
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Inbox, InboxMessage
from app.models.inbox import KEPT_MESSAGES
from app.services.auditing import note

TOKEN_LENGTH = 32
_LETTERS = string.ascii_lowercase + string.digits
# What a newcomer may try: it works, wrong password, broken, overloaded.
ANSWERS = (200, 401, 500, 503)


def inbox_of(space_id: str) -> Inbox:
    """The space's test address, made at its first use."""
    found = _find(db.session(), space_id)
    if found is not None:
        return found
    try:
        with transaction() as session:
            inbox = Inbox(space_id=space_id, token=_new_token())
            session.add(inbox)
            session.flush()
            note(session, space_id, CREATED, Subject(INBOX, inbox.id))
    except IntegrityError:
        pass  # somebody else opened the page at the same moment
    made = _find(db.session(), space_id)
    if made is None:
        raise NotFound
    return made


def receive(token: str, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> int:
    """Keep a request that came in, and forget the oldest beyond 100. Returns the status to answer with.

    Raises `NotFound` for an unknown address.
    """
    with transaction() as session:
        inbox = session.scalar(select(Inbox).where(Inbox.token == token))
        if inbox is None:
            raise NotFound
        session.add(
            InboxMessage(
                inbox_id=inbox.id,
                received_at=utc_now(),
                method=method[:10],
                path=path.replace("\0", ""),
                headers=orjson.dumps([[name, value] for name, value in headers]),
                body=body,
            )
        )
        session.flush()
        _forget_oldest(session, inbox.id)
        return inbox.answer


def clear(space_id: str) -> None:
    """Forget everything that was received."""
    inbox = inbox_of(space_id)
    with transaction() as session:
        session.execute(delete(InboxMessage).where(InboxMessage.inbox_id == inbox.id))
        note(session, space_id, CLEARED, Subject(INBOX, inbox.id))


def set_answer(space_id: str, status: int) -> None:
    """Choose which status the address answers with. Raises `Invalid` unless it is one of `ANSWERS`."""
    if status not in ANSWERS:
        raise Invalid([FieldError("answer", _("Choose one of the answers."))])
    inbox_id = inbox_of(space_id).id
    with transaction() as session:
        inbox = session.get(Inbox, inbox_id)
        if inbox is not None and inbox.answer != status:
            details = [detail("inbox.answer", inbox.answer, status)]
            note(session, space_id, ANSWER_CHOSEN, Subject(INBOX, inbox.id), details)
            inbox.answer = status


def _find(session: Session, space_id: str) -> Inbox | None:
    return session.scalar(select(Inbox).where(Inbox.space_id == space_id))


def _new_token() -> str:
    return "".join(secrets.choice(_LETTERS) for _n in range(TOKEN_LENGTH))


def _forget_oldest(session: Session, inbox_id: str) -> None:
    oldest_kept = session.scalar(
        select(InboxMessage.id)
        .where(InboxMessage.inbox_id == inbox_id)
        .order_by(InboxMessage.id.desc())
        .offset(KEPT_MESSAGES - 1)
        .limit(1)
    )
    if oldest_kept is not None:
        session.execute(
            delete(InboxMessage).where(InboxMessage.inbox_id == inbox_id, InboxMessage.id < oldest_kept)
        )
