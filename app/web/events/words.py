"""Why a webhook did not get an event, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

_NOT_SENT = {
    "created_later": _l("It was created after the event."),
    "deleted": _l("It has been deleted since."),
    "off_at_the_time": _l("It was off at the time."),
    "unconfirmed": _l("Its receiver had not confirmed yet."),
    "not_subscribed": _l("It does not send this kind of event."),
    "other_project": _l("It sends events of other projects only."),
    "condition_not_met": _l("The data did not meet its conditions."),
}


def not_sent_words(reason: str) -> str:
    """A sentence for a reason of `queries.events.NotSent`."""
    return str(_NOT_SENT.get(reason, reason))
