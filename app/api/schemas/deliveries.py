"""What answers say of deliveries and their tries."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

Trigger = Literal["scheduled", "manual", "test", "ping"]
DeliveryStatus = Literal["pending", "sending", "succeeded", "failed", "held", "cancelled"]


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
    """One attempt."""

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
