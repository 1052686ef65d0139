"""Numbers of webhooks in their space: what S1's programs know a webhook by."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.models import Space, Webhook

# More digits than that no number has; PostgreSQL refuses what does not fit.
MOST_DIGITS = 9
HIGHEST = 10**MOST_DIGITS - 1


def next_number(session: Session, space_id: str) -> int:
    """The number of a new webhook, never one that another has or had. Holds the space's row until the commit."""
    session.execute(select(Space.id).where(Space.id == space_id).with_for_update())
    # A damaged row must not keep others from being made: what is no such number does not count.
    sound = Webhook.number.between(1, HIGHEST - 1)
    newest = session.scalar(select(func.max(Webhook.number)).where(Webhook.space_id == space_id, sound))
    return (newest or 0) + 1


def id_of_number(space_id: str, text: str) -> str:
    """The id of the webhook that has this number; the text as it is if there is none, for it may be an id."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        return text
    found = select(Webhook.id).where(Webhook.space_id == space_id, Webhook.number == int(text))
    return db.session.scalar(found) or text
