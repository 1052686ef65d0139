"""What a person asks to resend, read from an address or a form: chosen ones, filters, an incident, or a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.core.errors import FieldError
from app.core.extensions import db
from app.core.times import utc_now
from app.models.recovery import FAILED, HELD, NEVER_SENT, WHICH
from app.queries.deliveries.listing import Filters
from app.queries.incidents import get_incident
from app.queries.recoveries.failures import scope_of_incident
from app.queries.recoveries.listing import find_recovery
from app.queries.recoveries.resolving import (
    MOST_CHOSEN,
    scopes_of_search,
    scopes_of_selection,
    scopes_of_time,
)
from app.queries.recoveries.scope import Scope, scope_of
from app.services.recoveries.schema import FASTEST
from app.web.times import typed_moment, zone

NAMES = (
    "webhook_id",
    "since",
    "until",
    "event_type",
    "reason",
    "q",
    "status",
    "failed_of",
    "again",
    "incident",
)
_ID = re.compile(r"dlv_[0-9a-f]{12,36}")
# What the list shows that has no delivery to resend.
_NOT_TO_RESEND = ("succeeded", "sending", "pending", "cancelled")


@dataclass(slots=True)
class Asked:
    """What was asked for: scopes by webhook, what was typed, and what is wrong with it.

    of_a_time: it has a beginning and an end that may be changed on the page.
    """

    typed: dict[str, str]
    ids: list[str]
    which: list[str]
    rate_per_s: int | None = None
    scopes: list[Scope] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    of_a_time: bool = False

    def shown(self, name: str) -> str:
        """What stands in the field of a time, in the reader's zone. A browser takes nothing else there."""
        try:
            moment = typed_moment(self.typed[name])
        except (ValueError, OverflowError):
            return ""
        return moment.astimezone(zone()).strftime("%Y-%m-%dT%H:%M") if moment else ""

    def fields(self) -> list[tuple[str, str]]:
        """The same as names and values of a form."""
        values = [(name, value) for name, value in self.typed.items() if value]
        values += [("id", one) for one in self.ids]
        values += [(one, "1") for one in self.which] if self.of_a_time else []
        return values + ([("rate_per_s", str(self.rate_per_s))] if self.rate_per_s else [])


def asked_in(space_id: str, values: MultiDict[str, str]) -> Asked:
    """Read it. Raises `NotFound` for a recovery or an incident of another space."""
    typed = {name: values.get(name, "").replace("\0", "").strip()[:200] for name in NAMES}
    ids = [one for one in values.getlist("id")[:MOST_CHOSEN] if _ID.fullmatch(one)]
    asked = Asked(typed, ids, _which(typed, values))
    asked.rate_per_s = _rate(values.get("rate_per_s", "").strip(), asked.errors)
    asked.scopes = _scopes(db.session(), space_id, asked)
    return asked


def _which(typed: Mapping[str, str], values: Mapping[str, str]) -> list[str]:
    """The kinds that are ticked; of a list what its status filter shows."""
    ticked = [one for one in WHICH if values.get(one)]
    if ticked:
        return ticked
    if typed["status"] in _NOT_TO_RESEND:
        return []
    return [typed["status"]] if typed["status"] in (FAILED, HELD) else [FAILED, HELD]


def _scopes(session: Session, space_id: str, asked: Asked) -> list[Scope]:
    typed = asked.typed
    if asked.ids:
        return scopes_of_selection(session, space_id, asked.ids)
    if typed["failed_of"]:
        of = find_recovery(space_id, typed["failed_of"])
        return [Scope(space_id, of.webhook_id, failed_of=of.id)]
    if typed["incident"]:
        return [scope_of_incident(session, get_incident(space_id, typed["incident"]))]
    if typed["again"]:
        return [scope_of(find_recovery(space_id, typed["again"]))]
    since, until = _times(asked)
    if asked.errors:
        return []
    if typed["q"]:
        return scopes_of_search(session, space_id, _filters(asked, since, until))
    asked.of_a_time = True
    _check_never_sent(asked, since)
    return [] if asked.errors else scopes_of_time(session, _scope(space_id, asked, since, until))


def _check_never_sent(asked: Asked, since: datetime | None) -> None:
    if NEVER_SENT not in asked.which:
        return
    if since is None:
        asked.errors.append(
            FieldError("since", _("Enter since when. Events that were never sent may be many."))
        )
    if not asked.typed["webhook_id"]:
        asked.errors.append(FieldError("never_sent", _("Choose one webhook to send it what was never sent.")))


def _scope(space_id: str, asked: Asked, since: datetime | None, until: datetime | None) -> Scope:
    typed = asked.typed
    return Scope(
        space_id=space_id,
        webhook_id=typed["webhook_id"],
        which=tuple(asked.which),
        since=since,
        until=until,
        event_type=typed["event_type"] or None,
        reason=typed["reason"] or None,
    )


def _filters(asked: Asked, since: datetime | None, until: datetime | None) -> Filters:
    typed: dict[str, Any] = {
        name: asked.typed[name] or None for name in ("webhook_id", "event_type", "reason", "status", "q")
    }
    return Filters(**typed, since=since, until=until)


def _times(asked: Asked) -> tuple[datetime | None, datetime | None]:
    """The time as typed; it ends now at the latest."""
    since = _moment("since", asked)
    until = _moment("until", asked)
    if until is not None and len(asked.typed["until"]) == len("2026-11-21T09:30"):
        until += timedelta(minutes=1)  # the field has minutes; "to 14:05" includes that minute
    if since and until and until <= since:
        asked.errors.append(FieldError("until", _("This is before the beginning. Enter a later time.")))
    now = utc_now()
    return since, min(until, now) if until else now


def _moment(name: str, asked: Asked) -> datetime | None:
    try:
        return typed_moment(asked.typed[name])
    except (ValueError, OverflowError):
        asked.errors.append(FieldError(name, _("Enter a date and time such as 2026-11-21T09:30.")))
        return None


def _rate(text: str, errors: list[FieldError]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= FASTEST:
        return int(text)
    errors.append(FieldError("rate_per_s", _("Enter a whole number from 1 to %(n)s.", n=f"{FASTEST:,}")))
    return None
