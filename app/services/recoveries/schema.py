"""What a program may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask_babel import gettext as _
from pydantic import Field, ValidationInfo, field_validator

from app.core.times import utc_now
from app.core.validation import Rfc3339, Schema
from app.queries.recoveries.scope import Scope

FASTEST = 1000


class RecoveryIn(Schema):
    """Send again what `which` names of one webhook, from `since` on and before `until` (now, if it is left out).

    `dry_run`: count only, start nothing.
    """

    webhook_id: Annotated[str, Field(min_length=1, max_length=40)]
    since: Rfc3339
    until: Rfc3339 | None = None
    which: Annotated[list[Literal["failed", "held", "never_sent"]], Field(min_length=1, max_length=3)]
    rate_per_s: Annotated[int, Field(ge=1, le=FASTEST)] | None = None
    dry_run: bool = False

    @field_validator("until")
    @classmethod
    def _in_order(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        since = info.data.get("since")
        if value is not None and since is not None and value <= since:
            raise ValueError(_("This is before the beginning. Enter a later time."))
        return value

    def scope(self, space_id: str) -> Scope:
        """The scope, which ends now at the latest."""
        now = utc_now()
        until = min(self.until, now) if self.until else now
        return Scope(space_id, self.webhook_id, tuple(dict.fromkeys(self.which)), self.since, until)
