"""Who belongs to a space, and who is invited. Pages go by key: by e-mail address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from app.core.extensions import db
from app.models import Invitation, Membership, Person, Role

AT_ONCE = 50
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class MembersPage:
    """One page of members; `next_email` is where the next begins, None on the last."""

    members: Sequence[Membership]
    next_email: str | None


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has a role: a few addresses, and how many there are."""

    emails: Sequence[str]
    count: int

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.emails)


def members_of(space_id: str, after: str | None = None) -> MembersPage:
    """The people of a space by e-mail address, those whose address comes after `after`."""
    query = (
        select(Membership)
        .join(Membership.person)
        .options(contains_eager(Membership.person))
        .where(Membership.space_id == space_id)
    )
    if after:
        query = query.where(Person.email > after)
    found = db.session().scalars(query.order_by(Person.email).limit(AT_ONCE + 1)).all()
    shown = found[:AT_ONCE]
    return MembersPage(shown, shown[-1].person.email if len(found) > AT_ONCE else None)


def open_invitations(space_id: str) -> Sequence[Invitation]:
    """Those that were neither accepted nor withdrawn, newest first; some may have expired. There is an end to them."""
    query = select(Invitation).where(Invitation.space_id == space_id, Invitation.closed_at.is_(None))
    return db.session().scalars(query.order_by(Invitation.id.desc())).all()


def all_roles(space_id: str) -> Sequence[Role]:
    """Every role of a space, in the order in which they were made: owner and admin first."""
    return db.session().scalars(select(Role).where(Role.space_id == space_id).order_by(Role.id)).all()


def holders_of_roles(space_id: str) -> dict[str, Holders]:
    """By a role's id: who has it. Two queries, however many people there are."""
    counts = db.session().execute(
        select(Membership.role_id, func.count())
        .where(Membership.space_id == space_id)
        .group_by(Membership.role_id)
    )
    place = func.row_number().over(partition_by=Membership.role_id, order_by=Person.email).label("place")
    ranked = (
        select(Membership.role_id, Person.email, place)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.space_id == space_id)
        .subquery()
    )
    emails = defaultdict(list)
    first = select(ranked.c.role_id, ranked.c.email).where(ranked.c.place <= MOST_NAMED)
    for role_id, email in db.session().execute(first.order_by(ranked.c.email)):
        emails[role_id].append(email)
    return {role_id: Holders(emails[role_id], count) for role_id, count in counts}
