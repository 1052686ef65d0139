"""A setting's value in words, as the form of a webhook says it: for the record of changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.services.webhooks.fields import Choice, Schedule
from app.services.webhooks.holding import SEND, SKIP
from app.services.webhooks.schema import SETTINGS
from app.web import times
from app.web.catalogue import catalogue_here
from app.web.oauth_credentials.words import grant_choices, place_choices
from app.web.roles.words import permission_words
from app.web.webhooks.conditions import op_choices

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

Choices = list[tuple[str, str, str]]
# Fields besides a webhook's settings that are chosen from a list: their values are said as the form says them.
_CHOSEN: Mapping[str, Callable[[], Choices]] = {
    "sign_in.send_in": place_choices,
    "sign_in.parameters.grant_type": grant_choices,
}

LONG_SCHEDULE = 3
# Values in seconds.
_LENGTHS = frozenset({"overlap_s", *(name for name, one in SETTINGS.items() if one.length)})
# Ids of what has a name.
_NAMED = frozenset(
    {"copied_from", "delivery.webhook_id", *(name for name, one in SETTINGS.items() if one.refers)}
)


def value_words(field: str, value: Any, names: Mapping[str, str]) -> str:
    """The value of a field as text; empty where there is none. names: of webhooks and OAuth credentials, by id."""
    if value is None or value == "":
        return ""
    if field in _FEW:
        return str(_FEW[field].get(value, value))
    kind = SETTINGS[field].input if field in SETTINGS else None
    if isinstance(kind, Choice):
        return next((str(one.label) for one in kind.options if one.value == value), str(value))
    if isinstance(kind, Schedule):
        return _schedule(kind, value)
    if field in _CHOSEN:
        return next((label for key, label, _hint in _CHOSEN[field]() if key == value), str(value))
    if field in _NAMED:
        return names.get(value, str(value))
    if field in _LENGTHS:
        return times.length(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_ITEMS.get(field, str)(item) for item in value)
    return str(value)


def _schedule(kind: Schedule, gaps: list[int]) -> str:
    known = next((key for key, own in kind.known.items() if own == tuple(gaps)), None)
    option = next((one for one in kind.options if one.value == known), None)
    if option is None:
        return ", ".join(map(times.length, gaps))
    # A long schedule is said by its gaps, which stand in its hint.
    return str(option.hint).rstrip(".") if len(gaps) > LONG_SCHEDULE else str(option.label)


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
    "portal_link.permissions": permission_words,
}
