"""What answers say of a check of a receiver."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

Mark = Literal["bad", "warn", "good", "info", "skipped"]


class CardLineOut(TypedDict):
    """One line of the score card. `who` must act, if somebody must."""

    name: str
    mark: Mark
    tried: str
    happened: str
    right: str
    who: Literal["you", "they"] | None


class ReceiverCheckOut(TypedDict):
    """A check. `mark`: the worst of its lines, null until it is done or if nothing could be sent."""

    id: str
    webhook_id: str
    state: Literal["waiting", "running", "done"]
    mark: Literal["bad", "warn", "good"] | None
    url: str
    scheduled: bool
    lines: list[CardLineOut]
    created_at: str
    finished_at: str | None
