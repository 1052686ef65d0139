"""What was changed on a webhook, or in all of a space, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from app.audit.actions import EDITED, REVERTED
from app.audit.read import AuditFilters, AuditPage, entries
from app.audit.subject import OAUTH_CREDENTIAL, ROLE, SPACE
from app.core.extensions import db
from app.models import Change, OAuthCredential, Webhook

PAGE = 25
LATEST = 10


ChangePage = AuditPage


def changes_of(space_id: str, webhook_id: str, before: str | None = None, limit: int = PAGE) -> ChangePage:
    """Changes of one webhook of the space that are older than the one whose id is `before`."""
    return audit_page(space_id, AuditFilters(subject=webhook_id), before, limit)


def changes_of_space(space_id: str, kinds: Iterable[str], limit: int = LATEST) -> Sequence[Change]:
    """The latest changes of these kinds that are not about one webhook."""
    about = (SPACE, ROLE, OAUTH_CREDENTIAL)
    query = select(Change).where(
        Change.space_id == space_id, Change.subject_kind.in_(about), Change.kind.in_(list(kinds))
    )
    return db.session().scalars(query.order_by(Change.id.desc()).limit(limit)).all()


def settings_changes(space_id: str, webhook_id: str, since: datetime, limit: int = PAGE) -> Sequence[Change]:
    """Changes of a webhook's settings since then, newest first."""
    filters = AuditFilters(since=since, subject=webhook_id, actions=(EDITED, REVERTED))
    return entries(db.session(), space_id, filters, None, limit).changes


def audit_page(
    space_id: str, filters: AuditFilters, before: str | None = None, limit: int = PAGE
) -> ChangePage:
    """Entries of the space's audit that fit, newest first."""
    return entries(db.session(), space_id, filters, before, limit)


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
