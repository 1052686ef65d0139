"""What answers look like: typed dictionaries, from which the OpenAPI document is made. `shapes` fills them."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

Trigger = Literal["scheduled", "manual", "test", "ping"]
DeliveryStatus = Literal["pending", "sending", "succeeded", "failed", "held", "cancelled"]


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


class Timings(TypedDict):
    """Milliseconds of each phase; null where the try did not get there."""

    dns: float | None
    connect: float | None
    tls: float | None
    first_byte: float | None
    total: float


class RequestOut(TypedDict):
    """What we sent, secrets masked."""

    method: str
    url: str
    headers: list[list[str]]
    body: str


class ResponseOut(TypedDict):
    """What came back: the first 64 KiB of the body, and how long it was (`body_size`, bytes)."""

    status: int
    headers: list[list[str]]
    body: str
    body_size: int
    truncated: bool


class ExplanationOut(TypedDict):
    """Why it failed, in plain words; the next step, and who must act."""

    what: str
    next: str
    who: Literal["you", "they", "nobody"]


class AttemptOut(TypedDict):
    """One try."""

    id: str
    number: int
    trigger: Trigger
    started_at: str
    duration_ms: float
    timings: Timings
    request: RequestOut
    response: ResponseOut | None
    outcome: Literal["succeeded", "failed", "unknown"]
    reason: str | None
    detail: str
    explanation: ExplanationOut | None


class DeliveryBrief(TypedDict):
    """One event for one webhook."""

    id: str
    event_id: str
    webhook_id: str
    event_type: str
    status: DeliveryStatus
    attempts_count: int
    next_attempt_at: str | None
    last_status: int | None
    last_reason: str | None
    created_at: str


class DeliveryOut(DeliveryBrief):
    """One event for one webhook, with its data and its tries, oldest first.

    In a list bodies are cut after 2 KiB, and `payload` is null where it is longer than 16 KiB.
    """

    payload: Any
    attempts: list[AttemptOut]


class EventOut(TypedDict):
    """An event and where it went. In a list `data` is null where it is longer than 16 KiB."""

    id: str
    type: str
    data: dict[str, Any] | None
    object_id: str | None
    project_id: str | None
    actor_id: str | None
    occurred_at: str
    created_at: str
    deliveries: list[DeliveryBrief]


class NotSentOut(TypedDict):
    """A webhook that did not get the event, and why."""

    webhook_id: str
    reason: Literal[
        "created_later",
        "deleted",
        "off_at_the_time",
        "not_subscribed",
        "other_project",
        "condition_not_met",
        "unconfirmed",
    ]


class EventDetailOut(EventOut):
    """An event, where it went, and where it did not."""

    not_sent: list[NotSentOut]


class Counts(TypedDict):
    """Deliveries of a webhook since it was made."""

    triggered: int
    delivered: int
    failed: int
    waiting: int
    held: int


class ConditionOut(TypedDict):
    """The event is sent only if the field of its data fits."""

    field: str
    op: Literal["is", "is_not", "contains", "greater", "less"]
    value: str | bool | int | float


class AuthOut(TypedDict):
    """How we prove who we are; the password is never shown. `credential_id`: of the sign-in (oauth)."""

    kind: Literal["none", "basic", "oauth"]
    username: str
    credential_id: NotRequired[str]


class SuccessOut(TypedDict):
    """Which answer counts as delivered."""

    rule: Literal["2xx", "status_ok"]


class RetryOut(TypedDict):
    """Seconds to wait after each failed try."""

    schedule: list[int]


class PayloadFieldOut(TypedDict):
    """A field of the data, and the key it is sent as."""

    path: str
    name: str


class PayloadOut(TypedDict):
    """What of the data is sent: all of it (raw), or these fields."""

    mode: Literal["raw", "fields"]
    fields: list[PayloadFieldOut]


class SnsOut(TypedDict):
    """How messages of the format sns are signed: 1 with SHA-1, 2 with SHA-256."""

    signature_version: Literal["1", "2"]


class WarningOut(TypedDict):
    """Something odd about a setting, which is stored all the same."""

    field: str
    message: str


class WebhookDefaultsOut(TypedDict):
    """What a new webhook of the space starts with where its creation names no value."""

    format: str
    sns: SnsOut
    success: SuccessOut
    timeout_s: int
    retry: RetryOut
    failure_limit: int
    failure_window_s: int
    back_by_itself: bool
    verification: Literal["ping", "confirmation", "none"]
    rate_per_s: int | None
    max_in_flight: int
    ordered: bool


class WebhookOut(WebhookDefaultsOut):
    """A webhook. Values of headers that carry secrets are null. `secret`: only in answers that make one,
    and with it, in the format space, the `secret` that its messages say (`space_secret`).

    `warnings`: in answers for one webhook, if there are any.
    """

    id: str
    name: str
    url: str
    events: list[str]
    method: str
    projects: list[str]
    conditions: list[ConditionOut]
    auth: AuthOut
    headers: dict[str, str | None]
    payload: PayloadOut
    state: Literal["off", "on", "paused", "stopped"]
    state_reason: str | None
    state_since: str
    status: Literal["off", "working", "some_failing", "failing", "paused", "stopped", "unconfirmed"]
    confirmation: Literal["unconfirmed", "confirmed"] | None
    last_sent_at: str | None
    last_status: int | None
    last_reason: str | None
    counts: Counts
    created_at: str
    updated_at: str
    secret: NotRequired[str]
    space_secret: NotRequired[str]
    warnings: NotRequired[list[WarningOut]]


class ActorOut(TypedDict):
    """Who did it: a person (by e-mail address), an API key, the command line, the receiver, or us."""

    kind: Literal["person", "key", "command", "receiver", "us"]
    id: str | None
    name: str


class FieldChangeOut(TypedDict):
    """A field before and after; of a secret only whether there was one (bullets) or not (null)."""

    field: str
    before: Any
    after: Any
    secret: bool


class ChangeOut(TypedDict):
    """What was done to a webhook: by whom, when, from which network address (empty: from none)."""

    id: str
    kind: str
    at: str
    by: ActorOut
    address: str
    changes: list[FieldChangeOut]


class TestedOut(WebhookOut):
    """A webhook and the test that was sent to it."""

    attempt: AttemptOut


class TriedOut(TypedDict):
    """A test of a webhook that is not stored."""

    attempt: AttemptOut


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
