"""Why a webhook did not get an event, in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from app.models import Event, WebhookVersion
from app.models.condition import CONDITION_NOT_MET, CONDITION_TOO_LARGE, OTHER_PROJECT
from app.models.field_values import is_empty
from app.models.webhook import PAUSED, UNCONFIRMED
from app.queries.events.not_sent import (
    CREATED_LATER,
    DELETED,
    JUST_CHANGED,
    NOT_SUBSCRIBED,
    OFF_THEN,
    FailedCondition,
    NotSent,
)
from app.queries.webhooks.settings_then import Since
from app.web.times import absolute

# What the event was none of a webhook's business, or before or after its time: said last.
FAR_OFF = (NOT_SUBSCRIBED, CREATED_LATER, DELETED)


def not_sent_words(one: NotSent, event: Event) -> list[str]:
    """Sentences, the reason first."""
    if one.reason == CONDITION_NOT_MET:
        return [_condition_words(failed) for failed in one.conditions]
    if one.reason == OTHER_PROJECT:
        return [_project_words(one, event)]
    if one.reason in (OFF_THEN, CREATED_LATER, DELETED):
        return [_state_words(one)]
    return [
        {
            UNCONFIRMED: _("It was waiting for its receiver to confirm."),
            NOT_SUBSCRIBED: _("It was not set up to send this kind of event."),
            CONDITION_TOO_LARGE: _("The data has more values than conditions may look at."),
            JUST_CHANGED: _("Its settings were being changed at that very moment."),
        }[one.reason]
    ]


def held_words(since: Mapping[str, Since]) -> defaultdict[str, str]:
    """By webhook id why it holds the event; empty where that is not known."""
    words: defaultdict[str, str] = defaultdict(str)
    for webhook_id, one in since.items():
        words[webhook_id] = _held_words(one.version)
    return words


def _held_words(version: WebhookVersion) -> str:
    values = {"time": absolute(version.valid_from), "who": version.actor_name or _("somebody")}
    if version.state_reason == UNCONFIRMED:
        return _("It waits for its receiver to confirm, since %(time)s.", **values)
    if version.state == PAUSED:
        return _("%(who)s had paused it on %(time)s.", **values)
    return _("We had turned it off on %(time)s.", **values)


def _state_words(one: NotSent) -> str:
    values = {"time": absolute(one.at) if one.at else "", "who": one.by or _("somebody")}
    if one.reason == CREATED_LATER:
        return _("It did not exist yet. It was created on %(time)s.", **values)
    if one.reason == DELETED:
        return _("%(who)s had deleted it on %(time)s.", **values)
    if one.never_on:
        return _("It was off. Since %(who)s created it on %(time)s, nobody had turned it on.", **values)
    return _("It was off. %(who)s had turned it off on %(time)s.", **values)


def _project_words(one: NotSent, event: Event) -> str:
    said = ngettext(
        "It sends events of project %(names)s only.",
        "It sends events of the projects %(names)s only.",
        len(one.projects),
        names=", ".join(f"“{name}”" for name in one.projects[:5]),
    )
    if event.project_id is None:
        return f"{said} {_('This one belongs to no project.')}"
    return f"{said} {_('This one belongs to “%(project)s”.', project=event.project_id)}"


def _condition_words(failed: FailedCondition) -> str:
    """Which condition did not hold, and what the value was."""
    return f"{_wanted_words(failed)} {_found_words(failed)}"


def _wanted_words(failed: FailedCondition) -> str:
    condition = failed.condition
    values = {"field": condition.field, "value": condition.value}
    if is_empty(condition.value):
        empty, filled = (
            _("“%(field)s” must be empty.", **values),
            _("“%(field)s” must not be empty.", **values),
        )
        return filled if condition.op == "is_not" else empty
    return {
        "is": _("“%(field)s” must be “%(value)s”.", **values),
        "is_not": _("“%(field)s” must not be “%(value)s”.", **values),
        "contains": _("“%(field)s” must contain “%(value)s”.", **values),
        "greater": _("“%(field)s” must be greater than %(value)s.", **values),
        "less": _("“%(field)s” must be less than %(value)s.", **values),
    }[condition.op]


def _found_words(failed: FailedCondition) -> str:
    if not failed.found:
        return _("It was empty.")
    return _("It was %(found)s.", found=", ".join(f"“{one}”" for one in failed.found))
