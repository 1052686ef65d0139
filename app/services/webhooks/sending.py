"""How a webhook sends, and what counts as delivered: what a space may choose once for all its new webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from app.core.validation import Schema
from app.models.rate_limit import FASTEST
from app.models.retry_schedule import DEFAULT, check_schedule
from app.models.webhook import FAILURE_WINDOW_S
from app.services.webhooks.payload import Sns

WEEK_S = 7 * 24 * 3600


class Success(Schema):
    """Which answer counts as delivered."""

    rule: Literal["2xx", "status_ok"] = "2xx"


class Retry(Schema):
    """Seconds to wait after each failed attempt; empty: no retries."""

    schedule: list[int] = Field(default_factory=lambda: list(DEFAULT))

    @field_validator("schedule")
    @classmethod
    def _reasonable(cls, value: list[int]) -> list[int]:
        return list(check_schedule(value))


class Sending(Schema):
    """The settings that fit many webhooks. What stands here as default is so where a space chose nothing."""

    format: Literal["standard", "space", "notification", "sns", "plain"] = "standard"
    sns: Sns = Field(default_factory=Sns)
    success: Success = Field(default_factory=Success)
    timeout_s: Annotated[int, Field(ge=1, le=30)] = 5
    retry: Retry = Field(default_factory=Retry)
    failure_limit: Annotated[int, Field(ge=1, le=1000)] = 10
    failure_window_s: Annotated[int, Field(ge=0, le=WEEK_S)] = FAILURE_WINDOW_S
    back_by_itself: bool = False
    verification: Literal["ping", "confirmation", "none"] = "ping"
    rate_per_s: Annotated[int, Field(ge=1, le=FASTEST)] | None = None
    max_in_flight: Annotated[int, Field(ge=1, le=100)] = 10
    ordered: bool = False
