"""The daily digest: what somebody wants to read once a day, in one letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import DigestEntry, Notice, Person, Space
from app.queries.spaces import in_use
from app.services.alerts import mail
from app.services.alerts.letters import clock

# Digests go out at this hour (UTC).
HOUR = 7
AT_ONCE = 50
# A letter names so many things; how many more there were it says.
MOST_LINES = 200


def add(session: Session, space_id: str, person_id: str, notice_id: str, line: str) -> None:
    """Put a notice into a person's next digest, within the caller's transaction."""
    session.add(
        DigestEntry(
            space_id=space_id,
            person_id=person_id,
            notice_id=notice_id,
            line=line[:500],
            due_at=_next(utc_now()),
        )
    )


def write_due() -> int:
    """Write the digests that are due, one letter each; returns how many."""
    due = (
        select(DigestEntry.space_id, DigestEntry.person_id)
        .where(DigestEntry.due_at <= utc_now(), in_use(DigestEntry.space_id))
        .distinct()
        .limit(AT_ONCE)
    )
    return sum(_write(space_id, person_id) for space_id, person_id in db.session.execute(due).all())


def _write(space_id: str, person_id: str) -> bool:
    """One digest, with the entries gone, or neither. Whoever is second finds none."""
    with transaction() as session:
        entries = session.execute(
            select(DigestEntry.id, DigestEntry.line, Notice.at)
            .join(Notice, Notice.id == DigestEntry.notice_id)
            .where(
                DigestEntry.space_id == space_id,
                DigestEntry.person_id == person_id,
                DigestEntry.due_at <= utc_now(),
            )
            .order_by(DigestEntry.id)
            .with_for_update(skip_locked=True, of=DigestEntry)
        ).all()
        session.execute(delete(DigestEntry).where(DigestEntry.id.in_([entry.id for entry in entries])))
        person, space = session.get(Person, person_id), session.get(Space, space_id)
        if not entries or person is None or space is None or mail.server() is None:
            return False
        subject, body = _letter(space, [(entry.at, entry.line) for entry in entries])
        mail.write(session, space_id, person.email, subject, body)
    return True


def _letter(space: Space, told: Sequence[tuple[datetime, str]]) -> tuple[str, str]:
    subject = ngettext(
        "%(num)s thing happened in “%(space)s”",
        "%(num)s things happened in “%(space)s”",
        len(told),
        space=space.name,
    )
    base_url = current_app.config["SETTINGS"].base_url
    lines = [f"{clock(at)}  {line}" for at, line in told[:MOST_LINES]]
    if len(told) > MOST_LINES:
        lines.append(_("and %(n)s more", n=len(told) - MOST_LINES))
    paragraphs = [
        "\n".join(lines),
        _("All webhooks: %(address)s", address=f"{base_url}/webhooks"),
        _("Choose what you are told: %(address)s", address=f"{base_url}/settings/alerts"),
    ]
    return subject, "\n\n".join(paragraphs) + "\n"


def _next(now: datetime) -> datetime:
    today = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)
