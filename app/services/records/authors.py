"""Who writes a record: the number and the name that the articles' data has for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue import Field
from app.core.actor import Actor
from app.models import Membership, Person, RecordAuthor
from app.services.records.numbers import next_number

PERSON_COUNTER = "person"
NOBODY = "us"


def author_of(session: Session, space_id: str, actor: Actor) -> RecordAuthor:
    """The row of who acts; made at their first record in this space."""
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


def member(session: Session, space_id: str, person_id: str) -> RecordAuthor | None:
    """The row of somebody who belongs to this space; None if nobody does by this id."""
    row = session.get(Membership, (person_id, space_id))
    if row is None:
        return None
    return author_of(session, space_id, Actor("person", row.person.email, person_id))


def named(author: RecordAuthor, field: Field) -> Any:
    """The author as a field names them: number, number as text, name or card."""
    if field.as_ == "card":
        parts = field.parts if isinstance(field.parts, list) and field.parts else ("id", "name", "email")
        return {part: value for part, value in card(author, field.prefix).items() if part in parts}
    if field.as_ == "name":
        return author.email or author.name
    return str(author.number) if field.as_ == "text" else author.number


def card(author: RecordAuthor, prefix: str) -> dict[str, str]:
    """Number, name and e-mail address, as S1 and S4 name people."""
    return {"id": f"{prefix}{author.number}", "name": author.name, "email": author.email}


def authors_by_number(session: Session, space_id: str, numbers: Sequence[int]) -> dict[int, RecordAuthor]:
    """The rows of these numbers."""
    rows = session.scalars(
        select(RecordAuthor).where(RecordAuthor.space_id == space_id, RecordAuthor.number.in_(numbers))
    )
    return {row.number: row for row in rows}


def _called(session: Session, actor: Actor) -> tuple[str, str]:
    person = session.get(Person, actor.id) if actor.kind == "person" and actor.id else None
    return (person.name or person.email, person.email) if person else (actor.name[:254], "")
