"""The names of what entries of the audit are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.audit.subject import API_KEY, DELIVERY, OAUTH_CREDENTIAL, PERSON, ROLE, WEBHOOK
from app.core.extensions import db
from app.models import ApiKey, Change, Membership, OAuthCredential, Person, Role, Webhook

_TABLES: dict[str, Any] = {
    WEBHOOK: Webhook,
    OAUTH_CREDENTIAL: OAuthCredential,
    ROLE: Role,
    API_KEY: ApiKey,
}


def subject_names(space_id: str, changes: Iterable[Change]) -> dict[str, str]:
    """By id, the names of what these entries are about and mention, as they are now; one query per kind."""
    ids: dict[str, set[str]] = {}
    for change in changes:
        if change.subject_id:
            ids.setdefault(change.subject_kind, set()).add(change.subject_id)
        if change.subject_kind == DELIVERY:
            webhooks = {one["after"] for one in change.details if one["field"] == "delivery.webhook_id"}
            ids.setdefault(WEBHOOK, set()).update(webhooks)
    names: dict[str, str] = {}
    for kind in ids.keys() & _TABLES.keys():
        table = _TABLES[kind]
        query = select(table.id, table.name).where(table.id.in_(ids[kind]), table.space_id == space_id)
        names |= {row.id: row.name for row in db.session().execute(query)}
    return names | _emails(space_id, ids.get(PERSON, set()))


def _emails(space_id: str, ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    query = select(Person.id, Person.email).join(Membership, Membership.person_id == Person.id)
    rows = db.session().execute(query.where(Membership.space_id == space_id, Person.id.in_(ids)))
    return {row.id: row.email for row in rows}
