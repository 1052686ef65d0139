"""Sign-ins of a space as lists and pages need them: the row, how it goes, which webhooks use it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.extensions import db
from app.models import OAuthCredential, Webhook

PAGE = 50


@dataclass(frozen=True, slots=True)
class User:
    """A webhook that uses a sign-in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SignInPage:
    """One page of a space's sign-ins, oldest first; `next_cursor` None on the last."""

    sign_ins: list[OAuthCredential]
    users: dict[str, list[User]] = field(default_factory=dict)
    next_cursor: str | None = None


def list_sign_ins(space_id: str, after: str | None = None, limit: int = PAGE) -> SignInPage:
    """The sign-ins of a space after the one whose id is `after`, and who uses them. Two queries."""
    query = select(OAuthCredential).where(OAuthCredential.space_id == space_id)
    if after:
        query = query.where(OAuthCredential.id > after)
    found = list(db.session.scalars(query.order_by(OAuthCredential.id).limit(limit + 1)))
    page = found[:limit]
    return SignInPage(page, users_of([row.id for row in page]), page[-1].id if len(found) > limit else None)


def users_of(credential_ids: Sequence[str]) -> dict[str, list[User]]:
    """The webhooks that use each of these sign-ins, oldest first."""
    users: defaultdict[str, list[User]] = defaultdict(list)
    if credential_ids:
        rows = db.session.execute(
            select(Webhook.oauth_credential_id, Webhook.id, Webhook.name)
            .where(Webhook.oauth_credential_id.in_(credential_ids), Webhook.deleted_at.is_(None))
            .order_by(Webhook.id)
        )
        for credential_id, webhook_id, name in rows:
            users[str(credential_id)].append(User(webhook_id, name))
    return users


def sign_in_names(space_id: str) -> list[tuple[str, str]]:
    """(id, name) of the sign-ins to choose from, by name."""
    rows = db.session.execute(
        select(OAuthCredential.id, OAuthCredential.name)
        .where(OAuthCredential.space_id == space_id)
        .order_by(func.lower(OAuthCredential.name), OAuthCredential.id)
        .limit(500)
    )
    return [(row[0], row[1]) for row in rows]
