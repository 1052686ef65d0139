"""What webhooks were at a moment in the past: the version that was valid then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from app.core.extensions import db
from app.models import WebhookVersion


def versions_then(
    space_id: str, webhook_ids: Sequence[str], at: datetime | None
) -> dict[str, WebhookVersion]:
    """By webhook id, the version of each that was valid at that moment; None: the newest. One statement.

    Of a webhook that was not there yet there is none.
    """
    if not webhook_ids:
        return {}
    newest = select(WebhookVersion.webhook_id, func.max(WebhookVersion.version).label("version"))
    newest = newest.where(WebhookVersion.webhook_id.in_(webhook_ids)).group_by(WebhookVersion.webhook_id)
    return _versions(space_id, newest if at is None else newest.where(WebhookVersion.valid_from <= at))


@dataclass(frozen=True, slots=True)
class Since:
    """The version with which a webhook came into a state; `always`: it had never been in another."""

    version: WebhookVersion
    always: bool


def since_when(space_id: str, versions: Sequence[WebhookVersion]) -> dict[str, Since]:
    """By webhook id, how each came into the state that it has in its version of these. Two statements."""
    if not versions:
        return {}
    before = [
        (WebhookVersion.webhook_id == one.webhook_id)
        & (WebhookVersion.version < one.version)
        & (WebhookVersion.state != one.state)
        for one in versions
    ]
    last_other = dict(
        db.session()
        .execute(
            select(WebhookVersion.webhook_id, func.max(WebhookVersion.version))
            .where(or_(*before))
            .group_by(WebhookVersion.webhook_id)
        )
        .all()
    )
    behind = [
        (WebhookVersion.webhook_id == one.webhook_id)
        & (WebhookVersion.version > last_other.get(one.webhook_id, -1))
        & (WebhookVersion.version <= one.version)
        for one in versions
    ]
    first = select(WebhookVersion.webhook_id, func.min(WebhookVersion.version).label("version"))
    found = _versions(space_id, first.where(or_(*behind)).group_by(WebhookVersion.webhook_id))
    return {webhook_id: Since(row, webhook_id not in last_other) for webhook_id, row in found.items()}


def _versions(space_id: str, which: Select[str, int]) -> dict[str, WebhookVersion]:
    wanted = which.subquery()
    same = (WebhookVersion.webhook_id == wanted.c.webhook_id) & (WebhookVersion.version == wanted.c.version)
    query = select(WebhookVersion).join(wanted, same).where(WebhookVersion.space_id == space_id)
    return {row.webhook_id: row for row in db.session().scalars(query)}
