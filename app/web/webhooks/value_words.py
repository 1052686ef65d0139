"""A setting's value in words, as the form of a webhook says it: for the record of changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models.retry_schedule import DEFAULT, STANDARD_WEBHOOKS
from app.services.webhooks.holding import SEND, SKIP
from app.web import times
from app.web.catalogue import catalogue_here
from app.web.oauth_credentials.words import grant_choices, place_choices
from app.web.roles.words import permission_words
from app.web.webhooks.conditions import op_choices
from app.web.webhooks.fields import Choices, auth_choices, mode_choices, rule_choices, verification_choices
from app.web.webhooks.payload_form import format_choices, sns_version_choices

_FEW: Mapping[str, Mapping[Any, Any]] = {
    "state": {
        "on": _l("on"),
        "off": _l("off"),
        "paused": _l("paused"),
        "stopped": _l("turned off by us"),
    },
    "held": {SEND: _l("sent"), SKIP: _l("skipped")},
    "reason": {
        "failures": _l("too many failed tries in a row"),
        "gone": _l("410 Gone: the address has gone"),
    },
}

# Fields that are chosen from a list: their values are said as the form says them.
_CHOSEN: Mapping[str, Callable[[], Choices]] = {
    "verification": verification_choices,
    "success.rule": rule_choices,
    "format": format_choices,
    "sns.signature_version": sns_version_choices,
    "payload.mode": mode_choices,
    "auth.kind": auth_choices,
    "sign_in.send_in": place_choices,
    "sign_in.parameters.grant_type": grant_choices,
}

# Values in seconds.
_LENGTHS = frozenset({"timeout_s", "failure_window_s", "overlap_s"})
# Ids of what has a name.
_NAMED = frozenset({"copied_from", "auth.credential_id", "delivery.webhook_id"})


def value_words(field: str, value: Any, names: Mapping[str, str]) -> str:
    """The value of a field as text; empty where there is none. names: of webhooks and OAuth credentials, by id."""
    if value is None or value == "":
        return ""
    if field in _FEW:
        return str(_FEW[field].get(value, value))
    if field in _CHOSEN:
        return next((label for key, label, _hint in _CHOSEN[field]() if key == value), str(value))
    if field in _NAMED:
        return names.get(value, str(value))
    if field in _LENGTHS:
        return times.length(value)
    if field == "retry.schedule":
        return _schedule(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_ITEMS.get(field, str)(item) for item in value)
    return str(value)


def _schedule(gaps: list[int]) -> str:
    if tuple(gaps) == STANDARD_WEBHOOKS:
        return _("5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h.").rstrip(".")
    if tuple(gaps) == DEFAULT:
        return _("After 5 minutes, then after 10 more")
    return ", ".join(map(times.length, gaps)) or _("Not at all")


def _event(key: str) -> str:
    known = catalogue_here().get(key)
    return known.title if known else key


def _condition(one: Mapping[str, Any]) -> str:
    comparison = next((label for key, label in op_choices() if key == one["op"]), one["op"])
    return f"{one['field']} {comparison} “{one['value']}”"


def _field(one: Mapping[str, str]) -> str:
    if one["name"] == one["path"]:
        return one["path"]
    return _("%(field)s as “%(name)s”", field=one["path"], name=one["name"])


_ITEMS: Mapping[str, Callable[[Any], str]] = {
    "events": _event,
    "conditions": _condition,
    "payload.fields": _field,
    "role.permissions": permission_words,
}
