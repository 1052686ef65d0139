"""What was changed on a webhook, or for all of a space, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.extensions import db
from app.models import Change, OAuthCredential, Webhook

PAGE = 25
LATEST = 10


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of changes; `next_id` is where the page of older ones begins, None on the last."""

    changes: Sequence[Change]
    next_id: str | None


def changes_of(space_id: str, webhook_id: str, before: str | None = None, limit: int = PAGE) -> ChangePage:
    """Changes of one webhook of the space that are older than the one whose id is `before`."""
    query = select(Change).where(Change.webhook_id == webhook_id, Change.space_id == space_id)
    if before:
        query = query.where(Change.id < before)
    found = db.session().scalars(query.order_by(Change.id.desc()).limit(limit + 1)).all()
    return ChangePage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def changes_of_space(space_id: str, kinds: Iterable[str], limit: int = LATEST) -> Sequence[Change]:
    """The latest changes of these kinds that belong to the space and not to one webhook."""
    query = select(Change).where(
        Change.space_id == space_id, Change.webhook_id.is_(None), Change.kind.in_(list(kinds))
    )
    return db.session().scalars(query.order_by(Change.id.desc()).limit(limit)).all()


def names_in(space_id: str, changes: Iterable[Change]) -> dict[str, str]:
    """The names of webhooks and OAuth credentials that these changes mention, by their ids. At most two queries."""
    values = [
        value for change in changes for one in change.details for value in (one["before"], one["after"])
    ]
    names: dict[str, str] = {}
    for model, prefix in ((Webhook, "whk_"), (OAuthCredential, "oac_")):
        ids = {value for value in values if isinstance(value, str) and value.startswith(prefix)}
        if ids:
            query = select(model.id, model.name).where(model.id.in_(ids), model.space_id == space_id)
            names |= {row.id: row.name for row in db.session().execute(query)}
    return names
