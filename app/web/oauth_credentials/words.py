"""What OAuth credentials are called on screen: grants, places, states."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models.oauth_credential import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    FAILING,
    NOT_CONNECTED,
    PASSWORD,
    REFRESH_TOKEN,
    UNUSED,
    WORKS,
)
from app.web.words import Badge

Choices = list[tuple[str, str, str]]

_STATES = {
    WORKS: Badge(_l("Works"), "ok", "check"),
    UNUSED: Badge(_l("Not used yet"), "off", "circle"),
    NOT_CONNECTED: Badge(_l("Not connected"), "wait", "clock"),
    FAILING: Badge(_l("Gets no access token"), "bad", "cross"),
}


def state_badge(state: str) -> Badge:
    """The badge of an OAuth credential's state."""
    return _STATES[state]


def grant_choices() -> Choices:
    """(grant_type, label, hint): how an access key is got (RFC 6749)."""
    return [
        (
            CLIENT_CREDENTIALS,
            _("With a client ID and a client secret"),
            _("The usual way between two systems (client_credentials)."),
        ),
        (
            AUTHORIZATION_CODE,
            _("Somebody signs in at the other system"),
            _("With the button Connect, or with a code that they copy (authorization_code)."),
        ),
        (
            REFRESH_TOKEN,
            _("With a refresh token that you have"),
            _("It is renewed by itself (refresh_token)."),
        ),
        (PASSWORD, _("With a user name and a password"), _("For older systems (password).")),
    ]


def grant_words(grant: str) -> str:
    """A grant in a few words."""
    return next(label for value, label, _hint in grant_choices() if value == grant)


def place_choices() -> Choices:
    """(send_in, label, hint): where the parameters go."""
    return [
        ("form", _("In the body, as a form"), _("What most systems want.")),
        ("basic", _("Client ID and secret as Basic, the rest in the body"), ""),
        ("json", _("In the body, as JSON"), ""),
        ("query", _("In the address, as query parameters"), ""),
    ]
