"""What answers say of webhooks and what new ones start with."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.api.schemas.deliveries import AttemptOut


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
    """How we prove who we are; the password is never shown. `credential_id`: of the OAuth credential (oauth)."""

    kind: Literal["none", "basic", "oauth"]
    username: str
    credential_id: NotRequired[str]


class SuccessOut(TypedDict):
    """Which answer counts as delivered."""

    rule: Literal["2xx", "status_ok"]


class RetryOut(TypedDict):
    """Seconds to wait after each failed attempt."""

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


class TestedOut(WebhookOut):
    """A webhook and the test that was sent to it."""

    attempt: AttemptOut


class TestedOut2(TypedDict):
    """A test of a webhook that is not stored."""

    attempt: AttemptOut
