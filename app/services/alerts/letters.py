"""What the letters about a webhook say: what happened, why, what to do, and where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Space, Webhook
from app.models.notice import BACK, TURNED_OFF, WARNING
from app.models.webhook import GONE
from app.queries.deliveries.detail import last_attempts
from app.queries.deliveries.explanations import explain_attempt
from app.queries.next_steps import next_step_of
from app.queries.webhooks.listing import totals_of
from app.sending.failures.diagnosis import Explanation, explain
from app.services.webhooks.forecast import forecast_of


def letter_about(kind: str, webhook: Webhook) -> tuple[str, str]:
    """(subject, text) of the letter for a kind of notice."""
    space = db.session().get_one(Space, webhook.space_id)
    subject, sentences = NOTICES[kind].letter(webhook, space)
    paragraphs = [*sentences, *_why(webhook, kind), _address(webhook), _reason_for_writing(space)]
    return subject, "\n\n".join(filter(None, paragraphs)) + "\n"


def trial_letter() -> tuple[str, str]:
    """(subject, text) of a letter that only shows that mail arrives."""
    return _("Mail from Hookdesk arrives"), _(
        "This is the letter you asked for. Nothing else happened."
    ) + "\n"


def _warning(webhook: Webhook, space: Space) -> tuple[str, list[str]]:
    return _("“%(name)s” is failing and will be turned off", name=webhook.name), [
        _("The webhook “%(name)s” of the space “%(space)s” is failing.", name=webhook.name, space=space.name),
        _failures(webhook),
        forecast_of(webhook, _clock, lambda end: _("at about %(time)s", time=_clock(end))),
    ]


def _turned_off(webhook: Webhook, space: Space) -> tuple[str, list[str]]:
    held = totals_of([webhook.id])[webhook.id].held
    return _("“%(name)s” was turned off", name=webhook.name), [
        _(
            "We turned off the webhook “%(name)s” of the space “%(space)s” at %(time)s.",
            name=webhook.name,
            space=space.name,
            time=_clock(webhook.state_since),
        ),
        "" if webhook.state_reason == GONE else _failures(webhook),
        ngettext("%(num)s event is waiting.", "%(num)s events are waiting.", held) if held else "",
        _("Nothing is lost: its events are held until you turn it on again, then you send or skip them."),
    ]


def _back(webhook: Webhook, space: Space) -> tuple[str, list[str]]:
    return _("“%(name)s” works again", name=webhook.name), [
        _(
            "The webhook “%(name)s” of the space “%(space)s” accepted our test message at %(time)s.",
            name=webhook.name,
            space=space.name,
            time=_clock(webhook.state_since),
        ),
        _("We turned it on again and are sending what waited. You need not do anything."),
    ]


def _failures(webhook: Webhook) -> str:
    lane = webhook.lane
    if lane.failing_since is None:
        return ""
    return _(
        "%(n)s failed tries in a row since %(time)s.",
        n=lane.failures_in_a_row,
        time=_clock(lane.failing_since),
    )


def _why(webhook: Webhook, kind: str) -> list[str]:
    if kind == BACK or (reason := _explanation(webhook)) is None:
        return []
    return [_("Why: %(what)s", what=reason.what), _("Next step: %(step)s", step=_next_step(webhook, reason))]


def _next_step(webhook: Webhook, reason: Explanation) -> str:
    """As its page says it."""
    step = next_step_of(webhook, reason, totals_of([webhook.id])[webhook.id].held)
    return step.next if step else reason.next


def _explanation(webhook: Webhook) -> Explanation | None:
    attempt = last_attempts([webhook]).get(webhook.id)
    if attempt is not None:
        return explain_attempt(attempt, webhook.timeout_s, _clock)
    known = {"status": webhook.lane.last_status, "host": urlsplit(webhook.url).hostname}
    return explain(webhook.lane.last_reason, known, _) if webhook.lane.last_reason else None


def _address(webhook: Webhook) -> str:
    base_url = current_app.config["SETTINGS"].base_url
    return _("See why and fix it: %(address)s", address=f"{base_url}/webhooks/{webhook.id}")


def _reason_for_writing(space: Space) -> str:
    return _("You get this because you may manage webhooks in the space “%(space)s”.", space=space.name)


def _clock(moment: datetime) -> str:
    """The reader's zone is not known here, so it is UTC and says so."""
    return f"{moment:%H:%M} UTC" if moment.date() == utc_now().date() else f"{moment:%Y-%m-%d %H:%M} UTC"


class NoticeKind(NamedTuple):
    """What is said of a kind of notice: in a list, and in its letter (subject, paragraphs)."""

    words: str
    letter: Callable[[Webhook, Space], tuple[str, list[str]]]


# Who finds them: `notices.FOUND_BY_LOOKING`; `BACK` is told by whoever turned the webhook on again.
NOTICES: dict[str, NoticeKind] = {
    WARNING: NoticeKind(_l("Will be turned off"), _warning),
    TURNED_OFF: NoticeKind(_l("Turned off by us"), _turned_off),
    BACK: NoticeKind(_l("Came back by itself"), _back),
}
