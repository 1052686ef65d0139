"""OAuth credentials of a space as lists and pages need them: the row, how it goes, which webhooks use it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.core.extensions import db
from app.models import OAuthCredential, Webhook

PAGE = 50


@dataclass(frozen=True, slots=True)
class User:
    """A webhook that uses an OAuth credential."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OAuthCredentialPage:
    """One page of a space's OAuth credentials, oldest first; `next_cursor` None on the last."""

    oauth_credentials: list[OAuthCredential]
    users: dict[str, list[User]] = field(default_factory=dict)
    next_cursor: str | None = None


def page_of_oauth_credentials(
    space_id: str, after: str | None = None, limit: int = PAGE
) -> OAuthCredentialPage:
    """The OAuth credentials of a space after the one whose id is `after`, and who uses them. Two queries."""
    query = select(OAuthCredential).where(OAuthCredential.space_id == space_id)
    if after:
        query = query.where(OAuthCredential.id > after)
    found = list(db.session.scalars(query.order_by(OAuthCredential.id).limit(limit + 1)))
    page = found[:limit]
    return OAuthCredentialPage(
        page, users_of([row.id for row in page]), page[-1].id if len(found) > limit else None
    )


def users_of(credential_ids: Sequence[str]) -> dict[str, list[User]]:
    """The webhooks that use each of these OAuth credentials, oldest first."""
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


def oauth_credential_names(space_id: str) -> list[tuple[str, str]]:
    """(id, name) of the OAuth credentials to choose from, by name."""
    rows = db.session.execute(
        select(OAuthCredential.id, OAuthCredential.name)
        .where(OAuthCredential.space_id == space_id)
        .order_by(func.lower(OAuthCredential.name), OAuthCredential.id)
        .limit(500)
    )
    return [(row[0], row[1]) for row in rows]
