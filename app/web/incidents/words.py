"""An incident in words: "08:37 to now · 1,203 events · 401 from Caddy · still failing"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.models import Incident, Webhook
from app.models.incident import ACCEPTED, DELETED, OTHER_REASONS, TURNED_OFF, TURNED_ON
from app.models.webhook import PAUSED, STOPPED
from app.web.times import clock, span
from app.web.words import Badge, code_words, reason_words

# So many reasons stand in one sentence.
MOST_NAMED = 3

_OPEN = Badge(_l("Still failing"), "bad", "cross")
_ENDED = {
    ACCEPTED: Badge(_l("Works again"), "ok", "check"),
    TURNED_ON: Badge(_l("Turned on again"), "off", "check"),
    TURNED_OFF: Badge(_l("Turned off"), "off", "circle"),
    DELETED: Badge(_l("Webhook deleted"), "off", "circle"),
}


def incident_sentence(incident: Incident, webhook: Webhook) -> str:
    """When, how many events, why, and how it stands."""
    parts = [
        incident_window(incident),
        _events(incident),
        *_reasons(incident),
        state_words(incident, webhook),
    ]
    return " · ".join(part for part in parts if part)


def incident_window(incident: Incident) -> str:
    """`08:37 to now`, or `08:37 to 09:12`."""
    if incident.closed_at is None:
        return _("%(start)s to now", start=clock(incident.opened_at))
    return span(incident.opened_at, incident.closed_at)


def state_words(incident: Incident, webhook: Webhook) -> str:
    """How it stands, or how it ended."""
    if incident.ended_by:
        return {
            ACCEPTED: _("works again"),
            TURNED_ON: _("turned on again"),
            TURNED_OFF: _("turned off by a person"),
            DELETED: _("the webhook was deleted"),
        }[incident.ended_by]
    if webhook.state == STOPPED:
        return _("turned off by us")
    return _("paused while it failed") if webhook.state == PAUSED else _("still failing")


def incident_badge(incident: Incident) -> Badge:
    """The badge of an incident."""
    return _ENDED[incident.ended_by] if incident.ended_by else _OPEN


def reason_with_server(reason: Mapping[str, Any]) -> str:
    """`401 from Caddy`, `401 Unauthorized`, `Connection refused`."""
    if reason["reason"] == OTHER_REASONS:
        return _("other reasons")
    if not str(reason["reason"]).startswith("http_"):
        return reason_words(reason["reason"])
    if reason["server"]:
        return _("%(code)s from %(server)s", code=reason["status"], server=reason["server"])
    return code_words(reason["status"])


def _events(incident: Incident) -> str:
    if not incident.attempts:  # not counted yet
        return ""
    count = f"{incident.failed:,}"
    return ngettext("%(count)s event", "%(count)s events", incident.failed, count=count)


def _reasons(incident: Incident) -> list[str]:
    if not incident.reasons:
        return [reason_words(incident.reason)] if incident.reason else []
    if len(incident.reasons) < 2:
        return [reason_with_server(one) for one in incident.reasons]
    named = [f"{reason_with_server(one)} ({one['failed']:,})" for one in incident.reasons[:MOST_NAMED]]
    left = len(incident.reasons) - MOST_NAMED
    more = [ngettext("%(num)s more reason", "%(num)s more reasons", left)] if left > 0 else []
    return [", ".join(named + more)]
