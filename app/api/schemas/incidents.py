"""What answers say of incidents."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.api.schemas.deliveries import ExplanationOut


class IncidentReasonOut(TypedDict):
    """A reason of an incident: how many events and tries failed for it, what the receiver calls itself."""

    reason: str
    server: str | None
    failed: int
    attempts: int


class IncidentOut(TypedDict):
    """Consecutive failures of one webhook.

    `reason` is that of most events, `reasons` are all of them. `failed` counts events, `attempts` tries.
    `ended_by` and `closed_at` are null while it still fails.
    """

    id: str
    webhook_id: str
    reason: str | None
    opened_at: str
    closed_at: str | None
    ended_by: Literal["accepted", "turned_on", "turned_off", "deleted"] | None
    failed: int
    attempts: int
    reasons: list[IncidentReasonOut]
    explanation: ExplanationOut | None
