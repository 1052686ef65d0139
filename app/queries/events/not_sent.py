"""Why webhooks did not get an event, by what each of them was when it was published (C6).

What a webhook was is a row (`WebhookVersion`), so that this is right for events from before an edit, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from app.core.exact_json import stored
from app.core.extensions import db
from app.models import Delivery, Event, Webhook, WebhookVersion
from app.models.condition import CONDITION_NOT_MET, Condition, conditions_from, values_at, why_not_wanted
from app.models.delivery import HELD
from app.models.field_values import EventFields, is_scalar
from app.models.webhook import OFF, PAUSED, STOPPED, UNCONFIRMED
from app.queries.webhooks.settings_then import Since, since_when, versions_then

CREATED_LATER, DELETED, OFF_THEN = "created_later", "deleted", "off_at_the_time"
NOT_SUBSCRIBED, JUST_CHANGED = "not_subscribed", "just_changed"
# Webhooks that are looked at, newest first, and values that are shown of a field, each this long.
MOST_WEBHOOKS, MOST_VALUES, LONGEST_VALUE = 1_000, 3, 200


@dataclass(frozen=True, slots=True)
class FailedCondition:
    """A condition that did not hold, and what its field had: the first values, as text; empty if it was not there."""

    condition: Condition
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotSent:
    """A webhook that did not get an event.

    reason: created_later, deleted, off_at_the_time, not_subscribed, other_project, condition_not_met,
    condition_too_large, unconfirmed, or just_changed: it was being changed in that moment. `at` and `by`: since when it
    was so, and who did it; "" if that is not known. `never_on`: it had not been turned on at all.
    """

    webhook_id: str
    name: str
    reason: str
    at: datetime | None = None
    by: str = ""
    never_on: bool = False
    conditions: tuple[FailedCondition, ...] = ()
    projects: tuple[str, ...] = ()


def not_sent(event: Event, sent_to: set[str]) -> list[NotSent]:
    """The reason for each webhook of the space that is not among `sent_to`. Five statements."""
    webhooks = [one for one in _webhooks(event.space_id) if one.id not in sent_to]
    there = [one.id for one in webhooks if _was_there(one, event)]
    then = versions_then(event.space_id, there, event.created_at)
    since = since_when(event.space_id, [one for one in then.values() if one.state == OFF])
    deleted = [one.id for one in webhooks if one.deleted_at and one.deleted_at <= event.created_at]
    last = versions_then(event.space_id, deleted, None)
    judge = _Judge(event, then, since, last)
    return [judge.why(webhook) for webhook in webhooks]


def held_since(event: Event, deliveries: Sequence[Delivery]) -> dict[str, Since]:
    """By webhook id, since when and by whom the webhooks were not on that held the event when it was published."""
    held = [one.webhook_id for one in deliveries if one.status == HELD]
    then = versions_then(event.space_id, held, event.created_at)
    return since_when(event.space_id, [one for one in then.values() if one.state in (PAUSED, STOPPED)])


class _Judge:
    """Says of each webhook why it did not get one event."""

    def __init__(
        self,
        event: Event,
        then: dict[str, WebhookVersion],
        off_since: dict[str, Since],
        last: dict[str, WebhookVersion],
    ) -> None:
        self._event = event
        self._then = then
        self._off_since = off_since
        self._last = last
        self._fields = EventFields(stored(event.data))

    def why(self, webhook: Webhook) -> NotSent:
        at = self._event.created_at
        if webhook.created_at > at:
            return NotSent(webhook.id, webhook.name, CREATED_LATER, webhook.created_at)
        if webhook.deleted_at is not None and webhook.deleted_at <= at:
            by = self._last.get(webhook.id)
            return NotSent(webhook.id, webhook.name, DELETED, webhook.deleted_at, by.actor_name if by else "")
        version = self._then.get(webhook.id)
        if version is None:
            return NotSent(webhook.id, webhook.name, JUST_CHANGED)
        if version.state == OFF:
            return self._off(webhook, version)
        return self._unwanted(webhook, version)

    def _off(self, webhook: Webhook, version: WebhookVersion) -> NotSent:
        if version.state_reason == UNCONFIRMED:
            return NotSent(webhook.id, webhook.name, UNCONFIRMED)
        since = self._off_since[webhook.id]
        first = since.version
        return NotSent(
            webhook.id, webhook.name, OFF_THEN, first.valid_from, first.actor_name, never_on=since.always
        )

    def _unwanted(self, webhook: Webhook, version: WebhookVersion) -> NotSent:
        if self._event.type not in version.events:
            return NotSent(webhook.id, webhook.name, NOT_SUBSCRIBED)
        conditions = conditions_from(version.conditions)
        reason = why_not_wanted(version.projects, conditions, self._event.project_id, self._fields)
        failed = tuple(self._failed(conditions)) if reason == CONDITION_NOT_MET else ()
        return NotSent(
            webhook.id,
            webhook.name,
            reason or JUST_CHANGED,
            conditions=failed,
            projects=tuple(version.projects),
        )

    def _failed(self, conditions: Sequence[Condition]) -> list[FailedCondition]:
        return [
            FailedCondition(one, _shown(self._event, one.field))
            for one in conditions
            if not one.holds_in(self._fields)
        ]


def _shown(event: Event, path: str) -> tuple[str, ...]:
    found = []
    for value in values_at(stored(event.data), path):
        if is_scalar(value) and value is not None and value != "":
            found.append(_as_text(value)[:LONGEST_VALUE])
        if len(found) == MOST_VALUES:
            break
    return tuple(found)


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _was_there(webhook: Webhook, event: Event) -> bool:
    gone = webhook.deleted_at is not None and webhook.deleted_at <= event.created_at
    return webhook.created_at <= event.created_at and not gone


def _webhooks(space_id: str) -> list[Webhook]:
    query = select(Webhook).where(Webhook.space_id == space_id).order_by(Webhook.id.desc())
    columns = load_only(Webhook.name, Webhook.created_at, Webhook.deleted_at)
    return list(_session().scalars(query.options(columns).limit(MOST_WEBHOOKS)))[::-1]


def _session() -> Session:
    return db.session()
