"""What the letters about a webhook say: what happened, why, what to do, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Space, Webhook
from app.models.alert_choice import AT_ONCE, DIGEST
from app.models.notice import (
    BACK,
    CERTIFICATE_ENDS,
    INCIDENT_CLOSED,
    INCIDENT_OPENED,
    RECOVERY_FINISHED,
    TURNED_OFF,
    WARNING,
)
from app.models.webhook import GONE
from app.queries.deliveries.detail import last_attempts
from app.queries.deliveries.explanations import explain_attempt
from app.queries.next_steps import next_step_of
from app.queries.webhooks.listing import totals_of
from app.sending.failures.diagnosis import Explanation, explain
from app.services.webhooks.forecast import forecast_of

Details = Mapping[str, Any]


def letter_about(kind: str, webhook: Webhook, details: Details | None = None) -> tuple[str, str]:
    """(subject, text) of the letter for a kind of notice. `details`: `Notice.details`, what the kind needs."""
    space = db.session().get_one(Space, webhook.space_id)
    subject, sentences = NOTICES[kind].letter(webhook, space, details or {})
    paragraphs = [*sentences, *_why(webhook, kind), _address(webhook), _reason_for_writing(space)]
    return subject, "\n\n".join(filter(None, paragraphs)) + "\n"


def trial_letter() -> tuple[str, str]:
    """(subject, text) of a letter that only shows that mail arrives."""
    return _("Mail from Hookdesk arrives"), _(
        "This is the letter you asked for. Nothing else happened."
    ) + "\n"


def _warning(webhook: Webhook, space: Space, _details: Details) -> tuple[str, list[str]]:
    return _("“%(name)s” is failing and will be turned off", name=webhook.name), [
        _("The webhook “%(name)s” of the space “%(space)s” is failing.", name=webhook.name, space=space.name),
        _failures(webhook),
        forecast_of(webhook, clock, lambda end: _("at about %(time)s", time=clock(end))),
    ]


def _turned_off(webhook: Webhook, space: Space, _details: Details) -> tuple[str, list[str]]:
    held = totals_of([webhook.id])[webhook.id].held
    return _("“%(name)s” was turned off", name=webhook.name), [
        _(
            "We turned off the webhook “%(name)s” of the space “%(space)s” at %(time)s.",
            name=webhook.name,
            space=space.name,
            time=clock(webhook.state_since),
        ),
        "" if webhook.state_reason == GONE else _failures(webhook),
        ngettext("%(num)s event is waiting.", "%(num)s events are waiting.", held) if held else "",
        _("Nothing is lost: its events are held until you turn it on again, then you send or skip them."),
    ]


def _back(webhook: Webhook, space: Space, _details: Details) -> tuple[str, list[str]]:
    return _("“%(name)s” works again", name=webhook.name), [
        _(
            "The webhook “%(name)s” of the space “%(space)s” accepted our test message at %(time)s.",
            name=webhook.name,
            space=space.name,
            time=clock(webhook.state_since),
        ),
        _("We turned it on again and are sending what waited. You need not do anything."),
    ]


def _incident_opened(webhook: Webhook, space: Space, details: Details) -> tuple[str, list[str]]:
    return _("“%(name)s” has begun to fail", name=webhook.name), [
        _(
            "The webhook “%(name)s” of the space “%(space)s” has begun to fail.",
            name=webhook.name,
            space=space.name,
        ),
        ngettext("%(num)s try has failed so far.", "%(num)s tries have failed so far.", details["failed"]),
    ]


def _incident_closed(webhook: Webhook, space: Space, details: Details) -> tuple[str, list[str]]:
    since = clock(datetime.fromisoformat(details["opened_at"]))
    return _("“%(name)s” no longer fails", name=webhook.name), [
        _(
            "The webhook “%(name)s” of the space “%(space)s” delivers again.",
            name=webhook.name,
            space=space.name,
        ),
        ngettext(
            "Since %(time)s %(num)s try had failed.",
            "Since %(time)s %(num)s tries had failed.",
            details["failed"],
            time=since,
        ),
        _("If events were lost on the other side, resend them from its page."),
    ]


def _certificate_ends(webhook: Webhook, space: Space, details: Details) -> tuple[str, list[str]]:
    known = {"host": urlsplit(webhook.url).hostname, "date": details["date"]}
    return _(
        "The security certificate for “%(name)s” ends on %(date)s", name=webhook.name, date=details["date"]
    ), [
        _("The security certificate of %(host)s ends on %(date)s.", **known),
        _(
            "From then on the webhook “%(name)s” of the space “%(space)s” sends nothing.",
            name=webhook.name,
            space=space.name,
        ),
        _("Next step: %(step)s", step=_("Ask the receiver's developer to renew it.")),
    ]


def _recovery_finished(webhook: Webhook, space: Space, details: Details) -> tuple[str, list[str]]:
    return _("The resending to “%(name)s” has finished", name=webhook.name), [
        _(
            "The resending to the webhook “%(name)s” of the space “%(space)s” has come to its end:",
            name=webhook.name,
            space=space.name,
        ),
        _(
            "%(succeeded)s delivered, %(failed)s failed, %(skipped)s skipped, of %(total)s in all.",
            succeeded=details["succeeded"],
            failed=details["failed"],
            skipped=details["skipped"],
            total=details["total"],
        ),
    ]


def _failures(webhook: Webhook) -> str:
    lane = webhook.lane
    if lane.failing_since is None:
        return ""
    return _(
        "%(n)s failed tries in a row since %(time)s.",
        n=lane.failures_in_a_row,
        time=clock(lane.failing_since),
    )


def _why(webhook: Webhook, kind: str) -> list[str]:
    if not NOTICES[kind].explained or (reason := _explanation(webhook)) is None:
        return []
    quote = [_("They said: “%(quote)s”", quote=reason.quote)] if reason.quote else []
    step = _("Next step: %(step)s", step=_next_step(webhook, reason))
    return [_("Why: %(what)s", what=reason.what), *quote, step]


def _next_step(webhook: Webhook, reason: Explanation) -> str:
    """As its page says it."""
    step = next_step_of(webhook, reason, totals_of([webhook.id])[webhook.id].held)
    return step.next if step else reason.next


def _explanation(webhook: Webhook) -> Explanation | None:
    attempt = last_attempts([webhook]).get(webhook.id)
    if attempt is not None:
        return explain_attempt(attempt, webhook.timeout_s, clock)
    known = {"status": webhook.lane.last_status, "host": urlsplit(webhook.url).hostname}
    return explain(webhook.lane.last_reason, known, _) if webhook.lane.last_reason else None


def _address(webhook: Webhook) -> str:
    base_url = current_app.config["SETTINGS"].base_url
    return _("See why and fix it: %(address)s", address=f"{base_url}/webhooks/{webhook.id}")


def _reason_for_writing(space: Space) -> str:
    address = f"{current_app.config['SETTINGS'].base_url}/settings/alerts"
    return _(
        "You get this because of your alerts in the space “%(space)s”. Change them: %(address)s",
        space=space.name,
        address=address,
    )


def clock(moment: datetime) -> str:
    """A moment as letters say it. The reader's zone is not known here, so it is UTC and says so."""
    return f"{moment:%H:%M} UTC" if moment.date() == utc_now().date() else f"{moment:%Y-%m-%d %H:%M} UTC"


class NoticeKind(NamedTuple):
    """What is said of a kind of notice: in a list, where people choose, and in its letter (subject, paragraphs).

    `default`: how those who may manage webhooks are told, unless they choose another way. `explained`: the letter
    also says why the webhook's last try failed.
    """

    words: str
    choice: str
    default: str
    letter: Callable[[Webhook, Space, Details], tuple[str, list[str]]]
    explained: bool = False


# Who finds them: `notices.FOUND_BY_LOOKING`; the others are told by whoever does the thing (`happenings`; `BACK` by
# whoever turned the webhook on again).
NOTICES: dict[str, NoticeKind] = {
    TURNED_OFF: NoticeKind(
        _l("Turned off by us"), _l("We turned a webhook off"), AT_ONCE, _turned_off, explained=True
    ),
    WARNING: NoticeKind(
        _l("Will be turned off"),
        _l("A webhook is half-way to being turned off"),
        AT_ONCE,
        _warning,
        explained=True,
    ),
    BACK: NoticeKind(_l("Came back by itself"), _l("A webhook came back by itself"), AT_ONCE, _back),
    INCIDENT_OPENED: NoticeKind(
        _l("Began to fail"), _l("A webhook begins to fail"), DIGEST, _incident_opened, explained=True
    ),
    INCIDENT_CLOSED: NoticeKind(
        _l("No longer fails"), _l("A webhook no longer fails"), DIGEST, _incident_closed
    ),
    CERTIFICATE_ENDS: NoticeKind(
        _l("Certificate ends soon"),
        _l("A receiver's security certificate ends within 14 days"),
        AT_ONCE,
        _certificate_ends,
    ),
    RECOVERY_FINISHED: NoticeKind(
        _l("Resending finished"), _l("A resending of many events has finished"), DIGEST, _recovery_finished
    ),
}
