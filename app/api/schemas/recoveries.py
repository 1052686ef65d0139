"""What answers say of recoveries."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11


class RecoveryOut(TypedDict):
    """Events of a webhook that are sent again. Of a dry run `id` and `state` are null: nothing was started.

    `state`: `running`; `stopping` (what is under way is waited for); `stopped` (by a person, or the webhook went);
    `paused` (it stopped by itself, see `stop_reason`); `finished`. `done` of `total` have an outcome: `succeeded`,
    `failed` or `skipped` (delivered since, being sent, or left out by the webhook's conditions).
    """

    id: str | None
    webhook_id: str
    state: Literal["running", "stopping", "stopped", "paused", "finished"] | None
    stop_reason: Literal["person", "failures", "webhook_off", "webhook_deleted"] | None
    total: int
    done: int
    succeeded: int
    failed: int
    skipped: int
    created_at: str | None
    finished_at: str | None
