"""What answers say of events and their types."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.api.schemas.deliveries import DeliveryBrief


class PublishedOut(TypedDict):
    """An accepted event; `deliveries`: how many webhooks get it."""

    id: str
    type: str
    created_at: str
    deliveries: int


class BatchOut(TypedDict):
    """An accepted batch: ids in the order of the events."""

    accepted: int
    ids: list[str]


class EventOut(TypedDict):
    """An event and where it went. In a list `data` is null where it is longer than 16 KiB.

    `data_fault`: where the data does not fit the schema of its type, as path and sentence.
    """

    id: str
    type: str
    data: dict[str, Any] | None
    data_fault: str | None
    object_id: str | None
    project_id: str | None
    actor_id: str | None
    occurred_at: str
    created_at: str
    deliveries: list[DeliveryBrief]


class FailedConditionOut(TypedDict):
    """A condition that did not hold; `found`: the first values that its field had, none if it was empty."""

    field: str
    op: Literal["is", "is_not", "contains", "greater", "less"]
    value: str | float | bool | None
    found: list[str]


class NotSentOut(TypedDict):
    """A webhook that did not get the event, and why, by its settings when the event was published.

    `since`, `by`: when it was turned off, deleted or created, and who did that; null where it does not matter.
    """

    webhook_id: str
    reason: Literal[
        "created_later",
        "deleted",
        "off_at_the_time",
        "not_subscribed",
        "other_project",
        "condition_not_met",
        "condition_too_large",
        "unconfirmed",
        "just_changed",
    ]
    since: str | None
    by: str | None
    conditions: list[FailedConditionOut]


class EventDetailOut(EventOut):
    """An event, where it went, and where it did not."""

    not_sent: list[NotSentOut]


class EventTypeOut(TypedDict):
    """An event type; `own`: this space added it."""

    key: str
    group: str
    group_title: str
    object: str
    object_title: str
    action: str
    action_title: str
    title: str
    description: str
    sample: dict[str, Any]
    json_schema: dict[str, Any] | None
    record_id_path: str | None
    own: bool
