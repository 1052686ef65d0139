"""Scopes for what a person points at on a list: one for each webhook that it touches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.models import Delivery, Webhook
from app.models.recovery import FAILED, HELD
from app.queries.deliveries.listing import Filters, find_deliveries
from app.queries.deliveries.statuses import along
from app.queries.recoveries.candidates import DELIVERY, between, of_status, statuses_of
from app.queries.recoveries.scope import Scope

# So many deliveries one selection may name, or a search find.
MOST_CHOSEN = 1000
# More webhooks than this nobody resends to by one decision.
MOST_WEBHOOKS = 50


def scopes_of_selection(session: Session, space_id: str, ids: Sequence[str]) -> list[Scope]:
    """The chosen deliveries; those of other spaces are left out."""
    rows = session.execute(
        select(Delivery.webhook_id, Delivery.id).where(
            Delivery.id.in_(ids[:MOST_CHOSEN]), Delivery.space_id == space_id
        )
    )
    chosen: dict[str, list[str]] = defaultdict(list)
    for webhook_id, delivery_id in rows:
        chosen[webhook_id].append(delivery_id)
    return [
        Scope(space_id, webhook_id, delivery_ids=tuple(sorted(found)))
        for webhook_id, found in sorted(chosen.items())
    ]


def scopes_of_search(session: Session, space_id: str, filters: Filters) -> list[Scope]:
    """What a search finds, which is never much."""
    page = find_deliveries(space_id, filters, limit=MOST_CHOSEN)
    return scopes_of_selection(session, space_id, [row.delivery.id for row in page.rows])


def scopes_of_time(session: Session, scope: Scope) -> list[Scope]:
    """A scope without a webhook (its id is empty), once for each webhook of the space that has something in it."""
    if scope.webhook_id:
        return [scope]
    found = {
        one for status in (FAILED, HELD) if status in scope.which for one in _with(session, scope, status)
    }
    return [replace(scope, webhook_id=one) for one in sorted(found)[:MOST_WEBHOOKS]]


def webhooks_of(session: Session, space_id: str, ids: Iterable[str]) -> dict[str, Webhook]:
    """These webhooks of the space by their ids."""
    query = select(Webhook).where(Webhook.space_id == space_id, Webhook.id.in_(list(ids)))
    return {webhook.id: webhook for webhook in session.scalars(query)}


def first_and_last(session: Session, scope: Scope) -> tuple[str, str] | None:
    """The oldest and the newest delivery of a scope of a time; None if there is none."""
    ends: list[str] = []
    for status in statuses_of(scope):
        query = of_status(scope, status)
        ends += session.scalars(query.order_by(Delivery.id).limit(1))
        ends += session.scalars(query.order_by(Delivery.id.desc()).limit(1))
    return (min(ends), max(ends)) if ends else None


def _with(session: Session, scope: Scope, status: str) -> Iterable[str]:
    return session.scalars(_of_space(scope, status).distinct())


def _of_space(scope: Scope, status: str) -> Select[str]:
    if status == FAILED:
        query = along(select(Delivery.webhook_id).where(Delivery.space_id == scope.space_id), FAILED, "space")
    else:
        here = select(Webhook.id).where(Webhook.space_id == scope.space_id)
        query = along(select(Delivery.webhook_id).where(Delivery.webhook_id.in_(here)), HELD, "webhook")
    query = query.where(*between(Delivery.id, DELIVERY, scope))
    if scope.event_type:
        query = query.where(Delivery.event_type == scope.event_type)
    if scope.reason:
        query = query.where(Delivery.last_reason == scope.reason)
    return query
