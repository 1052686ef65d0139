"""What people were told lately, and what became of the letters."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from app.core.extensions import db
from app.models import Mail, Notice, Webhook
from app.models.notice import GIVEN_UP, SENT, WAITING

LATEST = 25


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, the webhook it is about, and its letters."""

    notice: Notice
    webhook_name: str
    letters: list[Mail] = field(default_factory=list)

    def count(self, status: str) -> int:
        """How many of its letters are sent, waiting or given up."""
        return sum(letter.status == status for letter in self.letters)

    @property
    def sent(self) -> int:
        """Letters that the mail server took."""
        return self.count(SENT)

    @property
    def waiting(self) -> int:
        """Letters that are tried again."""
        return self.count(WAITING)

    @property
    def given_up(self) -> int:
        """Letters that nobody took."""
        return self.count(GIVEN_UP)

    @property
    def error(self) -> str:
        """What the mail server said about a letter that it has not taken."""
        return next((letter.error for letter in self.letters if letter.error), "")


def latest_notices(space_id: str) -> list[Told]:
    """The latest notices of a space, newest first: two queries."""
    rows = (
        db.session()
        .execute(
            select(Notice, Webhook.name)
            .join(Webhook, Webhook.id == Notice.webhook_id)
            .where(Notice.space_id == space_id)
            .order_by(Notice.id.desc())
            .limit(LATEST)
        )
        .all()
    )
    letters = defaultdict(list)
    for letter in db.session().scalars(select(Mail).where(Mail.notice_id.in_([n.id for n, _name in rows]))):
        letters[letter.notice_id].append(letter)
    return [Told(notice, name, letters[notice.id]) for notice, name in rows]
