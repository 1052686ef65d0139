"""A change in words: what was done, by whom, and each field before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import Change
from app.services.actor import COMMAND, KEY, RECEIVER, US
from app.services.webhooks import changes as kinds
from app.web.webhooks.fields import Choices, rule_choices, verification_choices

_KINDS = {
    kinds.CREATED: _l("Created"),
    kinds.EDITED: _l("Settings changed"),
    kinds.DELETED: _l("Deleted"),
    kinds.TURNED_ON: _l("Turned on"),
    kinds.TURNED_OFF: _l("Turned off"),
    kinds.PAUSED: _l("Paused"),
    kinds.RESUMED: _l("Resumed"),
    kinds.STOPPED: _l("Turned off by us"),
    kinds.BACK: _l("Back by itself"),
    kinds.ASKED: _l("Asked to confirm"),
    kinds.WAITS: _l("Waits for confirmation"),
    kinds.CONFIRMED: _l("Confirmed"),
    kinds.HELD_SENT: _l("What waited was sent"),
    kinds.HELD_SKIPPED: _l("What waited was skipped"),
    kinds.KEY_ROTATED: _l("New secret key"),
    kinds.OLD_KEYS_ENDED: _l("Old secret keys ended"),
    kinds.SIGN_IN_EDITED: _l("Its sign-in changed"),
    kinds.DEFAULTS_EDITED: _l("Defaults changed"),
}

_FIELDS = {
    "name": _l("Name"),
    "url": _l("Address"),
    "events": _l("Events"),
    "method": _l("Method"),
    "projects": _l("Projects"),
    "conditions": _l("Conditions"),
    "auth.kind": _l("Sign-in"),
    "auth.username": _l("User name"),
    "auth.password": _l("Password"),
    "auth.credential_id": _l("Sign-in from the list"),
    "format": _l("Format"),
    "payload.mode": _l("Data sent"),
    "payload.fields": _l("Fields sent"),
    "sns.signature_version": _l("Amazon SNS signature version"),
    "success.rule": _l("What counts as delivered"),
    "timeout_s": _l("Time limit in seconds"),
    "retry.schedule": _l("Repeated after, in seconds"),
    "failure_limit": _l("Turned off after failed tries in a row"),
    "failure_window_s": _l("But not before, in seconds"),
    "back_by_itself": _l("Back by itself"),
    "verification": _l("Before it works"),
    "max_in_flight": _l("At the same time"),
    "rate_per_s": _l("At most per second"),
    "ordered": _l("Strictly in order"),
    "state": _l("State"),
    "held": _l("What waited"),
    "force": _l("Without our test message"),
    "secret": _l("Secret key"),
    "overlap_s": _l("The old key goes on for, in seconds"),
    "copied_from": _l("Copy of"),
    "reason": _l("Reason"),
    "sign_in.name": _l("Name of the sign-in"),
    "sign_in.token_url": _l("Token address"),
    "sign_in.method": _l("Method of the token request"),
    "sign_in.send_in": _l("Where its values go"),
    "sign_in.authorize_url": _l("Address where people sign in"),
}

# Fields that are chosen from a list: their values are said as the form says them.
_CHOICES: dict[str, Callable[[], Choices]] = {
    "verification": verification_choices,
    "success.rule": rule_choices,
}

_STATES = {
    "on": _l("on"),
    "off": _l("off"),
    "paused": _l("paused"),
    "stopped": _l("turned off by us"),
}


def change_words(change: Change) -> str:
    """What was done, in two or three words."""
    return str(_KINDS.get(change.kind, change.kind))


def actor_words(change: Change) -> str:
    """Who did it."""
    if change.actor_kind == US:
        return _("Hookdesk itself")
    if change.actor_kind == RECEIVER:
        return _("The receiver")
    if change.actor_kind == KEY:
        return _("API key “%(name)s”", name=change.actor_name)
    if change.actor_kind == COMMAND:
        return _("Command line (%(name)s)", name=change.actor_name)
    return change.actor_name


def field_words(field: str) -> str:
    """The name of a field; headers and parameters by their own."""
    if field.startswith("sign_in.parameters."):
        return _("Parameter %(name)s", name=field.removeprefix("sign_in.parameters."))
    if field.startswith("headers."):
        return _("Request header %(name)s", name=field.removeprefix("headers."))
    return str(_FIELDS.get(field, field))


def value_words(detail: dict[str, Any], when: str) -> str:
    """A field's value `before` or `after`, as text; empty where there was none."""
    value = detail[when]
    if detail["field"] == "state" and value in _STATES:
        return str(_STATES[value])
    if choices := _CHOICES.get(detail["field"]):
        return next((label for key, label, _hint in choices() if key == value), str(value or ""))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_item_words, value))
    return "" if value is None else str(value)


def secret_words(detail: dict[str, Any]) -> str:
    """What happened to a secret, without a value."""
    if detail["before"] is None:
        return _("set")
    return _("removed") if detail["after"] is None else _("changed")


def _item_words(item: Any) -> str:
    if isinstance(item, dict):
        return " ".join(str(value) for value in item.values() if value is not None)
    return str(item)
