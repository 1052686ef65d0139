"""The choices that the form of a webhook offers, in words."""

from __future__ import annotations

from flask_babel import gettext as _

from app.models.webhook import METHODS

Choices = list[tuple[str, str, str]]


def method_choices() -> Choices:
    """(value, label, hint)."""
    hints = {"GET": _("values go into the address"), "DELETE": _("values go into the address")}
    return [(method, method, hints.get(method, "")) for method in METHODS]


def mode_choices() -> Choices:
    """What of the data is sent (A9)."""
    return [
        ("raw", _("Everything"), _("All data of the event.")),
        ("fields", _("Chosen fields"), _("Only what you pick, each under a name of your own.")),
    ]


def auth_choices() -> Choices:
    """How we sign in at the receiver (A7)."""
    return [
        ("none", _("None: the signature is enough"), ""),
        ("basic", _("User name and password (Basic)"), ""),
        ("oauth", _("An access token of an OAuth connection"), ""),
    ]


def rule_choices() -> Choices:
    """Which answer counts as delivered (A11)."""
    return [
        ("2xx", _("Any success code (200 to 299)"), _("What most systems answer.")),
        (
            "status_ok",
            _('Exactly 200 with {"status":"OK"} as JSON'),
            _("For receivers that confirm each message."),
        ),
    ]


def retry_choices() -> Choices:
    """When a failed attempt is repeated (B2)."""
    return [
        ("default", _("After 5 minutes, then after 10 more"), _("3 tries in all.")),
        (
            "standard",
            _("For more than a day, further and further apart"),
            _("5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h."),
        ),
        ("none", _("Not at all"), _("1 try.")),
        ("own", _("At times of your own"), ""),
    ]


def verification_choices() -> Choices:
    """What the receiver must do before the webhook works (A13, A14)."""
    return [
        ("ping", _("Accept a test message"), _("We send it when you turn the webhook on.")),
        (
            "confirmation",
            _("Confirm by following a link"),
            _("We send the link to the address. The webhook works once the receiver has opened it."),
        ),
        ("none", _("Nothing"), _("It works as soon as you turn it on.")),
    ]
