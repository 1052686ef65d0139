"""Who writes a record: the number and the name that the articles' data has for them."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.catalogue import Field
from app.core.actor import Actor
from app.core.expiring_cache import ExpiringCache
from app.core.transaction import after_commit
from app.models import Membership, Person, RecordAuthor
from app.services.records.numbers import next_number

PERSON_COUNTER = "person"
NOBODY = "us"


class Author(NamedTuple):
    """Somebody who writes records, as these name them."""

    number: int
    name: str
    email: str


# A number is given once and for all, and so is the name that stands beside it.
_known: ExpiringCache[Author] = ExpiringCache(seconds=60)


def author_of(session: Session, space_id: str, actor: Actor) -> Author:
    """Who acts, by number and name; they get their number at their first record in this space."""
    key = f"{space_id} {actor.id or NOBODY}"
    known = _known.get(key)
    if known is None:
        row = _row_of(session, space_id, actor)
        known = Author(row.number, row.name, row.email)
        # Only what is committed is remembered: a number that was rolled back is given to somebody else.
        after_commit(session, partial(_keep, key, known))
    return known


def _keep(key: str, author: Author) -> None:
    _known.put(key, author)


def _row_of(session: Session, space_id: str, actor: Actor) -> RecordAuthor:
    actor_id = actor.id or NOBODY
    found = session.get(RecordAuthor, (space_id, actor_id))
    if found is None:
        name, email = _called(session, actor)
        number = next_number(session, space_id, PERSON_COUNTER)
        # Two at once would each make one: the counter's row is locked since, so whoever is second finds the first's.
        found = session.get(RecordAuthor, (space_id, actor_id), populate_existing=True)
    if found is None:
        found = RecordAuthor(space_id=space_id, actor_id=actor_id, number=number, name=name, email=email)
        session.add(found)
        session.flush()
    return found


def member(session: Session, space_id: str, person_id: str) -> Author | None:
    """The row of somebody who belongs to this space; None if nobody does by this id."""
    row = session.get(Membership, (person_id, space_id))
    if row is None:
        return None
    return author_of(session, space_id, Actor("person", row.person.email, person_id))


def named(author: Author, field: Field) -> Any:
    """The author as a field names them: number, number as text, name or card."""
    if field.as_ == "card":
        parts = field.parts if isinstance(field.parts, list) and field.parts else ("id", "name", "email")
        return {part: value for part, value in card(author, field.prefix).items() if part in parts}
    if field.as_ == "name":
        return author.email or author.name
    return str(author.number) if field.as_ == "text" else author.number


def card(author: Author, prefix: str) -> dict[str, str]:
    """Number, name and e-mail address, as S1 and S4 name people."""
    return {"id": f"{prefix}{author.number}", "name": author.name, "email": author.email}


def _called(session: Session, actor: Actor) -> tuple[str, str]:
    person = session.get(Person, actor.id) if actor.kind == "person" and actor.id else None
    return (person.name or person.email, person.email) if person else (actor.name[:254], "")
