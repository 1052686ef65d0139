"""The confirmation links that were sent to receivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from app.core.extensions import db
from app.models import Confirmation


def newest_links(webhook_ids: Sequence[str]) -> Mapping[str, Confirmation]:
    """Per webhook the link that was sent last: one query, none if nobody waits."""
    if not webhook_ids:
        return {}
    newest = (
        select(func.max(Confirmation.id))
        .where(Confirmation.webhook_id.in_(webhook_ids))
        .group_by(Confirmation.webhook_id)
    )
    found = db.session().scalars(
        select(Confirmation).where(Confirmation.id.in_(newest)).execution_options(populate_existing=True)
    )
    return {link.webhook_id: link for link in found}
