"""Does it work, and if not, what now? The answer for one webhook, ready to be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.times import utc_now
from app.models import Attempt, Confirmation, Incident, Webhook
from app.models.webhook import GONE, OFF, ON, PAUSED, STOPPED, UNCONFIRMED
from app.queries.deliveries.detail import last_attempts
from app.queries.deliveries.explanations import RetryPlan, explain_attempt
from app.queries.incidents import open_incidents_of
from app.queries.next_steps import next_step_of, why_stopped
from app.queries.webhooks.confirmations import newest_links
from app.queries.webhooks.listing import Hour, Totals, hours_of, totals_of
from app.queries.webhooks.recovery_probes import next_pings
from app.sending.failures.diagnosis import Explanation, explain
from app.services.webhooks.forecast import forecast_of
from app.services.webhooks.holding import SKIP, held_rate
from app.web.times import about, absolute, clock, relative
from app.web.words import host_of


@dataclass(frozen=True, slots=True)
class Health:
    """A webhook as the list and its page show it.

    `reason`: why its last attempt failed. `state`: what its being stopped, or waiting for its receiver, means,
    if it is. `link`: the confirmation link that was sent last, if it waits for that. `next_ping`: when we look
    whether it works again. `incident`: the one that is open.
    """

    webhook: Webhook
    hours: list[Hour]
    totals: Totals
    attempt: Attempt | None
    reason: Explanation | None
    state: Explanation | None
    link: Confirmation | None = None
    next_ping: datetime | None = None
    incident: Incident | None = None

    @property
    def failed_today(self) -> int:
        """Failed attempts of the last 24 hours."""
        return sum(hour.failed for hour in self.hours)

    @property
    def delivered_today(self) -> int:
        """Delivered attempts of the last 24 hours."""
        return sum(hour.delivered for hour in self.hours)

    @property
    def totals_version(self) -> str:
        """Changes when a count does."""
        return ".".join(map(str, astuple(self.totals)))

    @property
    def version(self) -> str:
        """Changes when what is said about it would change."""
        held = (self.totals.held, self.webhook.lane.held_order)
        return f"{self.webhook.status}.{self.webhook.version}.{held}.{self.failed_today}"


def health_of(
    webhooks: list[Webhook],
    hours: dict[str, list[Hour]] | None = None,
    incidents: dict[str, Incident] | None = None,
) -> list[Health]:
    """The health of webhooks in four queries, however many there are, or six if some do not work.

    hours, incidents: by webhook id, the last 24 hours and the open incident, if the caller has read them already.
    """
    if not webhooks:
        return []
    ids = [webhook.id for webhook in webhooks]
    hours, totals = hours_of(ids) if hours is None else hours, totals_of(ids)
    attempts = last_attempts([w for w in webhooks if w.lane.last_reason is not None])
    links = newest_links([w.id for w in webhooks if w.status == UNCONFIRMED])
    pings = next_pings(webhooks)
    incidents = open_incidents_of(ids) if incidents is None else incidents
    return [
        Health(
            webhook=w,
            hours=hours[w.id],
            totals=totals[w.id],
            attempt=attempts.get(w.id),
            reason=_last_failure(w, attempts.get(w.id)),
            state=_what_state_means(w, totals[w.id], links.get(w.id)),
            link=links.get(w.id),
            next_ping=pings.get(w.id),
            incident=incidents.get(w.id),
        )
        for w in webhooks
    ]


def _what_state_means(webhook: Webhook, totals: Totals, link: Confirmation | None) -> Explanation | None:
    if webhook.status == UNCONFIRMED:
        ago = (relative(link.asked_at) or absolute(link.asked_at)) if link else None
        return explain("unconfirmed", {"host": host_of(webhook.url), "ago": ago}, _)
    return why_stopped(webhook, totals.held) if webhook.state == STOPPED else None


def _last_failure(webhook: Webhook, attempt: Attempt | None) -> Explanation | None:
    if webhook.lane.last_reason is None or webhook.state == PAUSED or webhook.status == UNCONFIRMED:
        return None
    if _failed_before_it_was_turned_on(webhook):
        return None
    if attempt is not None:
        return explain_attempt(attempt, webhook.timeout_s, clock, RetryPlan())
    known = {"status": webhook.lane.last_status, "host": host_of(webhook.url)}
    return explain(webhook.lane.last_reason, known, _)


def _failed_before_it_was_turned_on(webhook: Webhook) -> bool:
    """What failed then says nothing about now."""
    failed = webhook.lane.last_failure_at
    return webhook.state == ON and failed is not None and failed <= webhook.state_since


def since_sentence(health: Health) -> str:
    """How often it failed in a row, and since when."""
    lane = health.webhook.lane
    if lane.failing_since is None:
        return ""
    return ngettext(
        "%(num)s failed try since %(time)s.",
        "%(num)s failed tries in a row since %(time)s.",
        lane.failures_in_a_row,
        time=clock(lane.failing_since),
    )


def forecast_sentence(health: Health) -> str:
    """How close it is to being turned off by us, and when that will be; empty while it is not failing."""
    webhook, now = health.webhook, utc_now()
    if webhook.state != ON or not (webhook.is_warned or webhook.status == "failing"):
        return ""
    return forecast_of(webhook, clock, lambda end: _("in about %(time)s", time=about(end - now)))


def diagnosis_sentences(health: Health, saved: bool = False) -> list[str]:
    """What there is to say about a webhook, the most important first. `saved`: it was just saved."""
    webhook = health.webhook
    if webhook.deleted_at:
        return [
            _("It was deleted on %(time)s. Its history stays readable.", time=absolute(webhook.deleted_at))
        ]
    sentences = [*_SENTENCES[webhook.status](health), forecast_sentence(health), *_held_sentences(health)]
    if saved:
        is_off = webhook.status == OFF
        sentences = [_("Saved. It is off.") if is_off else _("Saved."), *sentences]
    return [sentence for sentence in sentences if sentence]


def next_step(health: Health) -> Explanation | None:
    """What to do about it and who; None if there is nothing to do."""
    if health.webhook.deleted_at or health.webhook.state == OFF and health.webhook.status != UNCONFIRMED:
        return None
    return next_step_of(health.webhook, health.reason, health.totals.held, health.state)


def _working(health: Health) -> list[str]:
    last, confirmed = health.webhook.lane.last_sent_at, health.webhook.confirmed_at
    if health.reason is not None:
        return [health.reason.what]
    if last is not None:
        return [_("It works. Last sent: %(time)s.", time=relative(last) or absolute(last))]
    receiver = _("Its receiver confirmed on %(time)s.", time=absolute(confirmed)) if confirmed else ""
    return [_("It is on and waits for the first event."), receiver]


def _works_again(webhook: Webhook) -> str:
    if webhook.lane.last_reason is not None:  # its last try failed, before it was turned on
        return _("It is on again. Nothing has been sent since.")
    return _("It works now.")


def _some_failing(health: Health) -> list[str]:
    return [
        health.reason.what if health.reason else _works_again(health.webhook),
        since_sentence(health) if health.reason else "",
        ngettext(
            "%(num)s try failed in the last 24 hours.",
            "%(num)s tries failed in the last 24 hours.",
            health.failed_today,
        ),
    ]


def _failing(health: Health) -> list[str]:
    return [health.reason.what if health.reason else "", since_sentence(health)]


def _stopped(health: Health) -> list[str]:
    state = health.state.what if health.state else ""
    reason = health.reason.what if health.reason else ""
    return [state] if health.webhook.state_reason == GONE else [state, reason, _about_ping(health)]


def _about_ping(health: Health) -> str:
    """That it may come back by itself, and when we look."""
    if health.next_ping is None:
        return ""
    if health.next_ping <= utc_now():
        return _("We send a test message now and then, and go on once it is accepted.")
    return _(
        "We send a test message at %(time)s and go on by ourselves once it is accepted.",
        time=clock(health.next_ping),
    )


def _off(health: Health) -> list[str]:
    waits = _("Its receiver has not confirmed yet: it works once it is on and confirmed, in any order.")
    unconfirmed = waits if health.webhook.must_confirm else ""
    return [_("Nothing is sent while it is off, and what happens meanwhile is not kept for it."), unconfirmed]


def _paused(health: Health) -> list[str]:
    return [
        _("Paused since %(time)s. Events wait until you resume it.", time=clock(health.webhook.state_since))
    ]


def _unconfirmed(health: Health) -> list[str]:
    sentences = [health.state.what if health.state else "", _about_link(health)]
    if health.webhook.state == OFF:
        sentences.append(_("What happens until then is not kept for it."))
    else:
        sentences.append(_("What happens until then waits, and is sent afterwards."))
    return sentences


def _about_link(health: Health) -> str:
    """Whether the link got there, and how long it may be followed."""
    link = health.link
    if link is None:
        return ""
    if link.reason is not None:
        facts = {"host": host_of(link.url), "status": link.status, "test": True}
        return _("We could not hand over the link: %(why)s", why=explain(link.reason, facts, _).what)
    if link.expires_at <= utc_now():
        return _("The link has expired. Send it again.")
    return _("The link works until %(time)s.", time=absolute(link.expires_at))


def _held_sentences(health: Health) -> list[str]:
    webhook, held = health.webhook, health.totals.held
    if webhook.lane.held_order not in {None, SKIP} and webhook.state == ON:
        left = ngettext("%(num)s is left.", "%(num)s are left.", held) if held else ""
        return [_("What waited is being sent."), left]
    told = webhook.state == STOPPED and webhook.state_reason != GONE
    if not held or told:
        return []
    return [
        ngettext("%(num)s event is waiting.", "%(num)s events are waiting.", held),
        _pace_sentence(webhook, held),
    ]


def _pace_sentence(webhook: Webhook, held: int) -> str:
    """How what waits will be sent, if that is ordered."""
    if webhook.state not in {ON, PAUSED}:
        return ""
    if webhook.one_by_one:
        return _("If you send them, they go one after the other, the oldest first.")
    return _(
        "If you send them, they go the oldest first, at most %(n)s a second: about %(time)s.",
        n=held_rate(webhook),
        time=about(timedelta(seconds=held / held_rate(webhook))),
    )


_SENTENCES: dict[str, Callable[[Health], list[str]]] = {
    "working": _working,
    "some_failing": _some_failing,
    "failing": _failing,
    STOPPED: _stopped,
    OFF: _off,
    PAUSED: _paused,
    UNCONFIRMED: _unconfirmed,
}
